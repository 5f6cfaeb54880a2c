import { isNothing } from '../../model/budget/amount.ts';
import type { Amount } from '../../model/budget/amount.ts';
import { claimable, workerOf } from '../../model/contract/claimable.ts';
import { statuses } from '../../model/contract/contract.ts';
import type { Contract } from '../../model/contract/contract.ts';
import { idOfPlace, lists } from '../../model/contract/keys.ts';
import type { View } from '../../model/view.ts';
import { contractLine } from '../contract/shown.ts';
import type { ContractLine, Looking } from '../contract/shown.ts';

/** A contract that somebody works on. */
export type Running = ContractLine & {
  readonly since: string;
  /** When its holder was last heard of. */
  readonly heard: string;
  readonly expired: boolean;
  /** Its session has ended and left it as it stands. */
  readonly parked?: true;
  /** What work on it has cost so far, if that was told. */
  readonly spent?: Amount;
  readonly reason?: string;
};

export type Ready = ContractLine & { readonly since: string };

/** The contracts of a team at a glance: the same size for ten and for ten thousand. */
export type Contracts = {
  readonly counts: Readonly<Record<string, number>>;
  readonly failed: readonly ContractLine[];
  readonly running: readonly Running[];
  readonly ready: readonly Ready[];
  readonly waiting: readonly ContractLine[];
};

export const first = (view: View, list: string, limit: number): Contract[] => {
  const found: Contract[] = [];
  if (limit === 0) return found;
  for (const place of view.places(list)) {
    const contract = view.contract(idOfPlace(place));
    if (contract) found.push(contract);
    if (found.length >= limit) break;
  }
  return found;
};

export const contractsOf = (looking: Looking, limit: number): Contracts => {
  const { view, facts, line, now } = looking;
  const of = (status: string): Contract[] => first(view, lists.status(status), limit);
  const lastMove = (id: string): string => facts.contracts.moves(line, id, 1)[0]?.time ?? now;
  return {
    counts: Object.fromEntries(
      statuses.flatMap((status) => {
        const n = facts.contracts.count(line, lists.status(status));
        return n > 0 ? [[status, n] as const] : [];
      }),
    ),
    failed: of('failed').map((one) => contractLine(one, looking)),
    running: of('in_progress').map((one) => running(one, looking)),
    ready: of('ready').map((one) => ({ ...contractLine(one, looking), since: lastMove(one.id) })),
    waiting: of('pending').map((one) => contractLine(one, looking)),
  };
};

const running = (contract: Contract, looking: Looking): Running => {
  const { claim, reason } = contract;
  const spent = looking.view.spending().contract(contract.id);
  return {
    ...contractLine(contract, looking),
    since: claim?.since ?? looking.now,
    heard: claim?.renewed ?? looking.now,
    expired: claim?.expires !== undefined && claim.expires <= looking.now,
    ...(claim?.parked && { parked: true as const }),
    ...(!isNothing(spent) && { spent }),
    ...(reason && { reason: reason.text }),
  };
};

/** What this agent could take, best first. */
export const readyFor = (
  { view, now }: Pick<Looking, 'view' | 'now'>,
  agent: string,
  limit: number,
  session: string,
): Contract[] => {
  const found: Contract[] = [];
  for (const contract of claimable(view, workerOf(view, agent), now)) {
    // What this session holds itself, though its lease has run out, is no new work.
    if (contract.claim?.session === session && contract.claim.agent === agent) continue;
    found.push(contract);
    if (found.length >= limit) break;
  }
  return found;
};

/** Contracts given to this agent, by name or role, that wait for something: the first few. */
export const waitingFor = (view: View, agent: string, limit: number): Contract[] => {
  const { name, role } = workerOf(view, agent);
  const own = [name, ...(role === undefined || role === name ? [] : [role])];
  return own.flatMap((one) => first(view, lists.assigned(one, 'pending'), limit)).slice(0, limit);
};
