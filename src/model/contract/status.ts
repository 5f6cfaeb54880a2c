import { ConcordError } from '../error.ts';
import { ordered, statuses } from './contract.ts';
import type { Contract, Status } from './contract.ts';

/** A status, or that there is no such contract. */
export type From = Status | 'none';

type Row = {
  readonly from: readonly From[];
  /** `same`: the event changes something else than the status. `stated`: the event says which. `none`: it is not on this line any more. */
  readonly to: Status | 'same' | 'stated' | 'none';
  /** What a caller does to bring it about, and who may; absent for what only reactions do. */
  readonly verb?: string;
  readonly who?: string;
};

const open = ['pending', 'ready', 'in_progress'] as const;
const all = [...open, 'completed', 'failed', 'cancelled'] as const;
const owner = 'its assigner or the lead';

/**
 * The whole life of a contract. A contract is made pending and becomes ready by an event of its own, in the same transaction when
 * nothing is missing.
 */
const table = {
  'contract-created': { from: ['none', 'cancelled'], to: 'pending', verb: 'create', who: 'anyone' },
  'contract-ready': { from: ['pending'], to: 'ready' },
  'contract-blocked': { from: ['ready'], to: 'pending' },
  'contract-reset': { from: ['in_progress', 'completed'], to: 'pending' },
  'contract-claimed': {
    from: ['ready', 'in_progress'],
    to: 'in_progress',
    verb: 'claim',
    who: 'an agent it is for',
  },
  'contract-renewed': { from: ['in_progress'], to: 'same', verb: 'renew', who: 'its holder' },
  'contract-parked': { from: ['in_progress'], to: 'same', verb: 'park', who: 'its holder' },
  'contract-released': { from: ['in_progress'], to: 'ready', verb: 'release', who: 'its holder' },
  'contract-output': { from: ['in_progress', 'completed'], to: 'same' },
  'contract-completed': {
    from: ['in_progress'],
    to: 'completed',
    verb: 'complete',
    who: 'its holder',
  },
  'contract-attempt-failed': {
    from: ['in_progress'],
    to: 'ready',
    verb: 'fail',
    who: 'its holder',
  },
  'contract-failed': { from: [...open, 'completed'], to: 'failed' },
  'contract-reopened': {
    from: ['completed', 'failed'],
    to: 'pending',
    verb: 'reopen',
    who: 'anyone, with a reason',
  },
  'contract-cancelled': { from: [...open, 'failed'], to: 'cancelled', verb: 'cancel', who: owner },
  'contract-recovered': { from: [...open, 'completed'], to: 'same' },
  'contract-noted': { from: [...open, 'failed'], to: 'same' },
  'contract-amended': {
    from: [...open, 'completed', 'failed'],
    to: 'same',
    verb: 'amend',
    who: owner,
  },
  // A line goes back to an earlier state, begins anew from one, or takes over another line's.
  'contract-restored': { from: ['none', ...all], to: 'stated' },
  'contract-withdrawn': { from: all, to: 'none' },
  'contract-replayed': { from: [...open, 'completed', 'failed'], to: 'pending' },
} as const satisfies Record<string, Row>;

export type ContractEventType = keyof typeof table;

export const contractEventTypes = Object.keys(table) as ContractEventType[];

export const isContractEventType = (text: string): text is ContractEventType =>
  Object.hasOwn(table, text);

/** The status that an event leaves; undefined where it cannot happen. `stated` is what the event itself says of it. */
export const statusAfter = (
  type: ContractEventType,
  before: From,
  stated?: string,
): From | undefined => {
  const row: Row = table[type];
  if (!row.from.includes(before)) return undefined;
  if (row.to === 'stated') return statuses.find((status) => status === stated);
  return row.to === 'same' ? before : row.to;
};

/** The status that an event leads to by itself; undefined for one that changes something else. */
export const statusOf = (type: ContractEventType, stated?: string): From | undefined => {
  const { to }: Row = table[type];
  if (to === 'stated') return statuses.find((status) => status === stated);
  return to === 'same' ? undefined : to;
};

/** What can be done with a contract of this status, and by whom. */
export const allowedNow = (status: Status): string => {
  const rows = Object.values(table) as readonly Row[];
  const actions = rows.flatMap(({ from, verb, who }) =>
    verb !== undefined && from.includes(status) ? [`${verb} (${who})`] : [],
  );
  return `Allowed now: ${actions.join(', ')}.`;
};

/** Something happened to a contract. The event carries the contract as it was and as it is. */
export type ContractEvent = {
  readonly type: ContractEventType;
  readonly before?: Contract;
  readonly contract: Contract;
  readonly reason?: string;
  /** The version that led to it, or that it is about. */
  readonly cause?: string;
};

export type Said = { readonly reason?: string; readonly cause?: string };

const spoken: Readonly<Record<Status, string>> = {
  pending: 'waiting',
  ready: 'ready',
  in_progress: 'in progress',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
};

export const statusWord = (status: Status): string => spoken[status];

/** The one way from one state of a contract to the next; a move that is not in the table is refused. */
export const move = (
  before: Contract,
  type: ContractEventType,
  changes: { readonly [K in keyof Contract]?: Contract[K] | undefined } = {},
  said: Said = {},
): ContractEvent => {
  const status = statusAfter(type, before.status);
  if (status === undefined || status === 'none') throw refusedMove(before, type);
  const contract = ordered({ ...before, ...changes, status });
  return { type, before, contract, ...said };
};

/** A contract as it was at another point of this line or of another one; without `then`, there was none. */
export const restored = (
  before: Contract | undefined,
  then: Contract | undefined,
  said: Said = {},
): readonly ContractEvent[] => {
  if (then) {
    const contract = ordered(then);
    return [{ type: 'contract-restored', ...(before && { before }), contract, ...said }];
  }
  return before ? [{ type: 'contract-withdrawn', before, contract: before, ...said }] : [];
};

const refusedMove = ({ id, status }: Contract, type: ContractEventType): ConcordError => {
  const { verb } = table[type] as Row;
  const fact =
    verb === undefined
      ? `${id} is ${statusWord(status)}: ${type} cannot happen to it.`
      : `${id} is ${statusWord(status)} and cannot be ${participle(verb)}; nothing was changed.`;
  return new ConcordError('NOT_ALLOWED', fact, {
    hint: allowedNow(status),
    next: { operation: 'contract_get', input: { contractId: id } },
  });
};

const participle = (verb: string): string => {
  if (verb === 'cancel') return 'cancelled';
  return verb.endsWith('e') ? `${verb}d` : `${verb}ed`;
};
