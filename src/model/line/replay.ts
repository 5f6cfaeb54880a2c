import type { Types } from '../artifact.ts';
import { registration } from '../agent.ts';
import type { Budget } from '../budget/budget.ts';
import { outputsOf } from '../contract/contract.ts';
import type { Contract } from '../contract/contract.ts';
import { idOfPlace, lists } from '../contract/keys.ts';
import { move, restored } from '../contract/status.ts';
import { nextRound } from '../contract/reactions.ts';
import type { RegisteredType } from '../entity.ts';
import type { Event } from '../event.ts';
import type { JsonObject } from '../json.ts';
import { formatRef, splitRef } from '../names.ts';
import type { Circumstances } from '../react.ts';
import type { View } from '../view.ts';
import { affectedBy } from './affected.ts';
import type { Origin } from './line.ts';
import { overridden } from './overrides.ts';
import type { Overrides, Overridden } from './overrides.ts';
import { withoutClaim } from './past.ts';
import { backTo } from './rollback.ts';

export type ReplayRequest = {
  /** The new line. */
  readonly line: string;
  readonly from: Origin;
  readonly overrides: Overrides;
  readonly reason?: string | undefined;
  /** The budget of main, where it is another one than that of the beginning. */
  readonly budget?: Budget | undefined;
  /** What types have been registered since: work that is done now is done with them. */
  readonly registered?: readonly RegisteredType[];
};

/** What a replay does again, and what it takes over as it is. */
export type ReplayPlan = {
  readonly events: readonly Event[];
  readonly reset: readonly { readonly id: string; readonly why: string }[];
  /** Contracts whose terms change and that nobody had begun. */
  readonly changed: readonly { readonly id: string; readonly paths: readonly string[] }[];
  /** The versions that completed contracts keep. */
  readonly reused: readonly string[];
};

/**
 * How a replay begins, on the state it begins from: what the overrides change, what had failed, and all that was made from these is done
 * again, at attempt 1; the rest keeps its outputs. Claims are void.
 */
export const planReplay = (
  view: View,
  { line, from, overrides, reason, budget, registered: newer = [] }: ReplayRequest,
  types: Pick<Types, 'shipped'>,
  circumstances: Circumstances,
): ReplayPlan => {
  const changed = overridden(view, overrides, types, circumstances);
  const seeds = new Map([
    ...failed(view).map((id) => [id, 'it had failed'] as const),
    ...changed.flatMap(({ contract, paths, resets }) =>
      resets ? [[contract.id, `${paths.join(', ')} changed`] as const] : [],
    ),
  ]);
  const { contracts: why, artifacts } = affectedBy(view, seeds);
  const terms = new Map(changed.map((one) => [one.contract.id, one]));
  const reset = [...why].filter(([id]) => hasBegun(view.contract(id)));
  const again = new Set(reset.map(([id]) => id));
  const { agent, time } = circumstances;
  const started: Event = {
    type: 'replay-started',
    line,
    from,
    overrides: overrides as JsonObject,
    ...(reason?.trim() && { reason: reason.trim() }),
  };
  const events = [
    started,
    ...(budget ? [{ type: 'budget-set' as const, budget }] : []),
    ...newer.map((one): Event => ({ type: 'type-registered', registered: one })),
    ...registration(view, agent, time),
    ...reset.flatMap(([id, text]) =>
      replayed(view.contract(id), terms.get(id), text, circumstances),
    ),
    ...changed.filter(({ contract }) => !again.has(contract.id)).flatMap((one) => amended(one)),
    ...claimsLeft(view, new Set([...again, ...terms.keys()]), line),
    ...[...artifacts].flatMap((id) => backTo(view, id, notMadeBy(view, id, again))),
  ];
  return {
    events,
    reset: reset.map(([id, text]) => ({ id, why: text })),
    changed: changed.map(({ contract, paths }) => ({ id: contract.id, paths })),
    reused: reusedBut(view, again),
  };
};

const failed = (view: View): string[] => [...view.places(lists.status('failed'))].map(idOfPlace);

/** Whether there is anything to take back: a contract that nobody has touched begins anew by itself. */
const hasBegun = (contract: Contract | undefined): boolean =>
  contract !== undefined &&
  contract.status !== 'cancelled' &&
  ((contract.status !== 'pending' && contract.status !== 'ready') || contract.round > 1);

const replayed = (
  contract: Contract | undefined,
  terms: Overridden | undefined,
  text: string,
  { agent, time }: Circumstances,
): Event[] => {
  if (!contract) return [];
  const changes = {
    ...(terms?.changed ?? contract),
    ...nextRound(contract),
    attempt: 1,
    outputs: undefined,
    notBefore: undefined,
    healing: undefined,
    notes: undefined,
    reason: { by: agent, time, text },
  };
  return [move(contract, 'contract-replayed', changes, { reason: text })];
};

const amended = ({ contract, changed, paths }: Overridden): readonly Event[] => {
  const said = { reason: `changes ${paths.join(', ')}` };
  return contract.status === 'in_progress'
    ? restored(contract, withoutClaim(changed), said)
    : [move(contract, 'contract-amended', changed, said)];
};

/** What somebody works on where the replay begins is free on it: the claim holds on the line it was made on. */
const claimsLeft = (view: View, but: ReadonlySet<string>, line: string): Event[] =>
  [...view.places(lists.status('in_progress'))].flatMap((place) => {
    const contract = view.contract(idOfPlace(place));
    if (!contract || but.has(contract.id)) return [];
    const said = { reason: `its claim is not of ${line}` };
    return [move(contract, 'contract-released', { claim: undefined }, said)];
  });

/** The newest version that none of these contracts has made. */
const notMadeBy = (
  view: View,
  id: string,
  contracts: ReadonlySet<string>,
): ReturnType<View['latest']> => {
  const latest = view.latest(id);
  for (let version = latest?.version; version !== undefined; version = view.before(id, version))
    if (latest && !contracts.has(view.madeFor(id, version) ?? ''))
      return { ...latest, version, content: view.content(id, version) ?? '' };
  return undefined;
};

const reusedBut = (view: View, again: ReadonlySet<string>): string[] =>
  [...view.places(lists.status('completed'))].flatMap((place) => {
    const contract = view.contract(idOfPlace(place));
    if (!contract || again.has(contract.id)) return [];
    return outputsOf(contract).flatMap(({ ref, refused }) => {
      const { id, version } = splitRef(ref);
      return refused === undefined && view.latest(id)?.version === version
        ? [formatRef(id, version)]
        : [];
    });
  });
