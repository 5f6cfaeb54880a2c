import { registration } from '../agent.ts';
import type { Time } from '../entity.ts';
import { ConcordError } from '../error.ts';
import type { Event } from '../event.ts';
import { formatRef, parseRef, splitRef } from '../names.ts';
import type { Circumstances } from '../react.ts';
import { addSeconds, clock } from '../time.ts';
import type { View } from '../view.ts';
import {
  blockedBy,
  checkBudget,
  claimable,
  isLost,
  isClaimable,
  workerOf,
  isFor,
} from './claimable.ts';
import type { Claim, Contract, Pinned } from './contract.ts';
import { outputsOf } from './contract.ts';
import { artifactDependencies, contractDependencies, metBy } from './dependency.ts';
import { contractOf } from './find.ts';
import { move } from './status.ts';

/** The session that calls. `tokens` are what it remembers of its claims, by contract. */
export type Holder = {
  readonly session: string;
  /** A person's claim does not run out. */
  readonly person: boolean;
  readonly tokens: ReadonlyMap<string, string>;
};

export type ClaimRequest = {
  readonly holder: Holder;
  readonly contractId?: string | undefined;
  /** Take back what another session of the same name holds. */
  readonly takeover?: boolean | undefined;
  /** One more, though something is held. */
  readonly another?: boolean | undefined;
};

export type Claimed = {
  readonly events: readonly Event[];
  /** What the caller holds now; undefined when nothing is ready for it. */
  readonly contract: Contract | undefined;
  /** It held it before. */
  readonly still: boolean;
};

/** Gives the caller a contract: the one it names, or the best that is ready for it. */
export const claim = (view: View, request: ClaimRequest, circumstances: Circumstances): Claimed => {
  const { agent, time } = circumstances;
  const events: Event[] = [...registration(view, agent, time)];
  if (request.contractId !== undefined) {
    const contract = contractOf(view, request.contractId);
    if (isHeldBy(contract, request.holder)) return { events: [], contract, still: true };
    checkClaimable(view, contract, request, circumstances);
    return take(view, contract, request, circumstances, events);
  }
  const held = request.another ? undefined : heldBy(view, request.holder)[0];
  if (held) return { events: [], contract: held, still: true };
  for (const contract of claimable(view, workerOf(view, agent), time)) {
    if (isHeldBy(contract, request.holder)) continue;
    const taken = take(view, contract, request, circumstances, events);
    if (taken.contract) return taken;
    events.push(...taken.events.slice(events.length));
  }
  const happened = events.some(({ type }) => type !== 'agent-registered');
  return { events: happened ? events : [], contract: undefined, still: false };
};

export const isHeldBy = ({ id, status, claim: of }: Contract, { tokens }: Holder): boolean =>
  status === 'in_progress' && of !== undefined && tokens.get(id) === of.token;

/** What the session holds, of what it remembers. */
export const heldBy = (view: View, holder: Holder): Contract[] =>
  [...holder.tokens.keys()].flatMap((id) => {
    const contract = view.contract(id);
    return contract && isHeldBy(contract, holder) ? [contract] : [];
  });

const checkClaimable = (
  view: View,
  contract: Contract,
  { takeover }: ClaimRequest,
  { agent, time, conditions }: Circumstances,
): void => {
  const worker = workerOf(view, agent);
  const { id, status, claim: of } = contract;
  if (status === 'in_progress' && takeover && of?.agent === agent) return;
  if (isClaimable(view, contract, worker, time)) return;
  checkBudget(view, contract, worker, time);
  const reasons = blockedBy(view, contract, conditions, time, worker);
  if (status === 'in_progress' && of) throw heldByAnother(contract, of, agent);
  if (status === 'ready' && !isFor(contract, worker))
    throw new ConcordError(
      'NOT_ALLOWED',
      `${id} is for ${contract.assignee}, not for ${agent}; nothing was changed.`,
      {
        hint: 'Its assigner or the lead can give it to another.',
        next: { operation: 'contract_claim', input: {} },
      },
    );
  if (status === 'pending' || status === 'ready')
    throw new ConcordError('NOT_READY', `${id} cannot be claimed yet; nothing was changed.`, {
      hint: `Waits for: ${reasons.join('; ')}.`,
      next: { operation: 'contract_get', input: { contractId: id } },
    });
  move(contract, 'contract-claimed');
};

/** A holder's name with what tells its sessions apart: api-dev#7c2e. */
export const liveName = ({ agent, session }: Claim): string => `${agent}#${session.slice(0, 4)}`;

export const until = ({ expires }: Claim): string =>
  expires === undefined ? 'until it is done' : `until ${clock(expires)}`;

const heldByAnother = (contract: Contract, of: Claim, agent: string): ConcordError => {
  const own = of.agent === agent;
  const who = own ? `Another session of your name, ${liveName(of)},` : liveName(of);
  return new ConcordError(
    'CLAIM_HELD',
    `${who} holds ${contract.id} ${until(of)}; nothing was changed.`,
    {
      hint: own
        ? 'takeover takes it back, if that session is gone: its token is void then.'
        : 'It can be claimed by others once its lease has run out or it is released.',
      next: own
        ? { operation: 'contract_claim', input: { contractId: contract.id, takeover: true } }
        : { operation: 'contract_claim', input: {} },
    },
  );
};

/** The claim itself. Taking what has run out, and was not parked, is the next attempt; where none is left, the contract has failed and is not given out. */
const take = (
  view: View,
  contract: Contract,
  { holder }: ClaimRequest,
  circumstances: Circumstances,
  before: readonly Event[],
): Claimed => {
  const { agent, time } = circumstances;
  const again = isLost(contract, time);
  if (again && contract.attempt >= contract.maxAttempts) {
    const reason = `${contract.claim?.agent} let it run out, and all ${contract.maxAttempts} attempts are used up`;
    const failed = move(
      contract,
      'contract-failed',
      { claim: undefined, reason: { by: agent, time, text: reason } },
      { reason },
    );
    return { events: [...before, failed], contract: undefined, still: false };
  }
  const event = claimEvent(view, contract, holder, circumstances, again);
  return { events: [...before, event], contract: event.contract, still: false };
};

export const claimEvent = (
  view: View,
  contract: Contract,
  holder: Pick<Holder, 'session' | 'person'>,
  { agent, time, op, conditions }: Circumstances,
  again: boolean,
): ReturnType<typeof move> => {
  const inputs = pinned(view, contract, conditions);
  return move(contract, 'contract-claimed', {
    attempt: contract.attempt + (again ? 1 : 0),
    notBefore: undefined,
    claim: {
      agent,
      session: holder.session,
      token: op,
      since: time,
      renewed: time,
      ...(!holder.person &&
        contract.leaseSeconds > 0 && { expires: addSeconds(time, contract.leaseSeconds) }),
      ...(inputs.length > 0 && { inputs }),
    },
  });
};

/** What the work stands on: named inputs, all outputs of the contracts it waited for, and what met its other dependencies. */
const pinned = (
  view: View,
  contract: Contract,
  conditions: Circumstances['conditions'],
): Pinned[] => {
  const named = (contract.inputs?.artifacts ?? []).flatMap((text): Pinned[] => {
    const { id, version } = parseRef(text, 'inputs.artifacts');
    const latest = view.latest(id)?.version;
    if (version === undefined) return latest === undefined ? [] : [{ ref: formatRef(id, latest) }];
    return [{ ref: formatRef(id, version), ...(version !== latest && { older: true as const }) }];
  });
  const made = contractDependencies(contract).flatMap((id) => newest(view, view.contract(id)));
  const met = artifactDependencies(contract).flatMap(
    (dependency) => metBy(view, dependency, conditions) ?? [],
  );
  const byRef = new Map(named.map((one) => [one.ref, one]));
  for (const ref of [...made, ...met]) if (!byRef.has(ref)) byRef.set(ref, { ref });
  return [...byRef.values()];
};

/** What a contract has published, each as it is now: who waited for it works from what there is, not from what was overtaken. */
const newest = (view: View, contract: Contract | undefined): string[] => {
  const ids = new Set((contract ? outputsOf(contract) : []).map(({ ref }) => splitRef(ref).id));
  return [...ids].flatMap((id) => {
    const latest = view.latest(id)?.version;
    return latest === undefined ? [] : [formatRef(id, latest)];
  });
};

/** A renewal, when a third of the lease has passed since the last one; `now` may be past its end if nobody took it. */
export const renewal = (
  contract: Contract,
  { time }: Pick<Circumstances, 'time'>,
  always = false,
): readonly Event[] => {
  const { claim: of, leaseSeconds, status } = contract;
  if (!of?.expires || status !== 'in_progress') return [];
  if (!always && !of.parked && !isDue(of.renewed, leaseSeconds, time)) return [];
  const { parked: _over, ...held } = of;
  return [
    move(contract, 'contract-renewed', {
      claim: { ...held, renewed: time, expires: addSeconds(time, leaseSeconds) },
    }),
  ];
};

/** Whether a third of the lease has passed. */
export const isDue = (renewed: Time, leaseSeconds: number, now: Time): boolean =>
  addSeconds(renewed, Math.ceil(leaseSeconds / 3)) <= now;
