import { registration } from '../agent.ts';
import type { Contract } from '../contract/contract.ts';
import { idOfPlace, lists } from '../contract/keys.ts';
import { restored } from '../contract/status.ts';
import { needed } from '../contract/update.ts';
import { ConcordError } from '../error.ts';
import type { Event } from '../event.ts';
import { canonical } from '../json.ts';
import type { Json } from '../json.ts';
import { pausedEvent } from '../pipeline/create.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { Circumstances } from '../react.ts';
import type { Latest, View } from '../view.ts';
import type { Origin } from './line.ts';
import { withoutClaim } from './past.ts';
import type { Past } from './past.ts';
import { freeName, summaryOf } from './snapshot.ts';

export type RollbackRequest = {
  readonly to: Origin;
  readonly past: Past;
  readonly reason?: string | undefined;
  /** The commit that the line stands at now: it gets a snapshot of its own, so that the way back is open. */
  readonly head: string;
  /** Whether git has a tag of this name that the line does not know. */
  readonly isTaken?: (name: string) => boolean;
  /** What one transaction did is taken back: whoever works on something else goes on. */
  readonly undo?: true | undefined;
};

/**
 * Takes the line's contracts and latest artifacts back to what they were. Nothing is lost: versions stay readable and their numbers are not
 * used again. Agents, types and settings stay; every claim is void.
 */
export const rollBack = (
  view: View,
  { to, past, reason, head, isTaken, undo }: RollbackRequest,
  circumstances: Circumstances,
): readonly Event[] => {
  const text = needed(reason, 'roll back');
  const said = { reason: `back to ${to.name}` };
  const touched = [...(undo ? [] : claimsLeft(view, past)), ...past.contracts];
  const contracts = touched.flatMap(([id, then]) => {
    const [now, back] = [view.contract(id), then && withoutClaim(then)];
    if (undo && isSameClaim(now, then)) return [];
    return same(now, back) ? [] : restored(now, back, said);
  });
  const artifacts = [...past.artifacts].flatMap(([id, then]) => backTo(view, id, then));
  const pipelines = [...past.pipelines].flatMap(([id, then]) =>
    pipelineBack(view.pipeline(id), then, to, circumstances),
  );
  const events = [...contracts, ...artifacts, ...pipelines];
  if (events.length === 0)
    throw new ConcordError('NOT_ALLOWED', `The line is as it was at ${to.name}; nothing was done.`);
  const { agent, time } = circumstances;
  const name = freeName(view, undo ? 'before-undo' : 'before-rollback', isTaken);
  const summary = summaryOf(view);
  return [
    { type: 'line-rolled-back', to, reason: text },
    { type: 'snapshot-created', snapshot: { name, summary, commit: head } },
    ...registration(view, agent, time),
    ...events,
  ];
};

/** Its holder has renewed it in between, no more. */
const isSameClaim = (now: Contract | undefined, then: Contract | undefined): boolean =>
  now?.status === 'in_progress' &&
  then?.status === 'in_progress' &&
  now.claim?.token === then.claim?.token;

/** What somebody has worked on since before that point. */
function* claimsLeft(view: View, { contracts }: Past): Generator<readonly [string, Contract]> {
  for (const place of view.places(lists.status('in_progress'))) {
    const contract = view.contract(idOfPlace(place));
    if (contract && !contracts.has(contract.id)) yield [contract.id, contract];
  }
}

const same = (a: Contract | Pipeline | undefined, b: Contract | Pipeline | undefined): boolean =>
  canonical((a ?? null) as unknown as Json) === canonical((b ?? null) as unknown as Json);

/** The event that makes this the line's latest version of an artifact; none where it is. */
export const backTo = (view: View, id: string, latest: Latest | undefined): Event[] => {
  const now = view.latest(id);
  if (now?.version === latest?.version) return [];
  return latest
    ? [{ type: 'artifact-restored', id, latest }]
    : [{ type: 'artifact-withdrawn', id }];
};

/** Rules come back as they were, but for one thing: what is paused now, or was not there then, does not run by itself. */
const pipelineBack = (
  now: Pipeline | undefined,
  then: Pipeline | undefined,
  to: Origin,
  { agent, time }: Circumstances,
): Event[] => {
  const reason = { by: agent, time, text: `the line went back to ${to.name}` };
  if (!then) return now && !now.paused ? [pausedEvent(now, reason)] : [];
  const paused = now ? (now.paused ?? then.paused) : reason;
  const { paused: _before, ...rules } = then;
  const pipeline: Pipeline = { ...rules, ...(paused && { paused }) };
  if (same(now, pipeline)) return [];
  return [{ type: now ? 'pipeline-changed' : 'pipeline-created', pipeline }];
};
