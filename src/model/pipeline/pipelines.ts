import { ConcordError } from '../error.ts';
import type { Event, Published } from '../event.ts';
import type { JsonObject } from '../json.ts';
import { splitRef } from '../names.ts';
import { lists } from '../contract/keys.ts';
import { move } from '../contract/status.ts';
import type { Circumstances, Step } from '../react.ts';
import { Overlay } from '../overlay.ts';
import { oneLine } from '../text.ts';
import type { View } from '../view.ts';
import { act, filled, inOrder } from './act.ts';
import type { Wanted } from './act.ts';
import { isPipelineEventType, staleTrigger, watching } from './pipeline.ts';
import type { Pipeline, PipelineEvent, Trigger } from './pipeline.ts';
import { happeningOf, outdatedBy, variablesOf } from './seen.ts';
import type { Happening } from './seen.ts';

/** So many firings a transaction, at most: beyond it, none of them counts. */
export const firingLimit = 256;

/** Pipelines that do not come to an end. */
export class Runaway extends Error {
  readonly pipelines: readonly string[];
  constructor(pipelines: readonly string[]) {
    super(`pipelines do not come to an end: ${pipelines.join(', ')}`);
    this.pipelines = pipelines;
  }
}

/** The rules of pipelines as a step of the reactions of one transaction: each event is looked at once. */
export type Pipelines = {
  readonly step: Step;
  /** Those that fired in the last two rounds. */
  readonly last: () => readonly string[];
};

export const pipelines = (): Pipelines => {
  const looked = new Set<Event>();
  const reopened = new Set<string>();
  const published: Published[] = [];
  const rounds: string[][] = [];
  let firings = 0;
  const last = (): readonly string[] => [...new Set(rounds.slice(-2).flat())].sort();
  const step: Step = (happened, view, circumstances) => {
    const fresh = happened.filter(
      (event) => !looked.has(event) && !isPipelineEventType(event.type),
    );
    for (const event of fresh) looked.add(event);
    const collected = fresh.flatMap((event) => collect(event, view, circumstances));
    const fired = collected.flatMap(({ wanted }) => (wanted ? [wanted] : []));
    rounds.push(fired.map(({ pipeline }) => pipeline.id));
    const told = collected.flatMap(({ events }) => events);
    firings += told.filter(({ type }) => type === 'pipeline-fired').length;
    if (firings > firingLimit) throw new Runaway(last());
    published.push(...fresh.filter((event) => event.type === 'artifact-published'));
    if (told.length > 0) return [...told, ...apply(view, fired, circumstances, reopened)];
    // Nothing fires any more: now it is known what these versions have reopened, and what not.
    return recoveries(published.splice(0), view, reopened);
  };
  return { step, last };
};

type Firing = Wanted & { readonly firing: string };
type Collected = { readonly events: readonly PipelineEvent[]; readonly wanted?: Firing };

/** What the rules make of an event, not yet applied: by pipeline, then by rule. */
const collect = (event: Event, view: View, circumstances: Circumstances): Collected[] => {
  const happening = happeningOf(event, view);
  const stale = isWatched(view, staleTrigger) ? outdatedBy(event, view) : [];
  return [happening, ...stale].flatMap((one) => {
    // The same for every rule, and some of it is read from the disk.
    let values: JsonObject | undefined;
    const seen = (): JsonObject => (values ??= variablesOf(one, view, circumstances));
    return watchers(view, one).flatMap((pipeline) =>
      pipeline.rules.flatMap((rule, index) =>
        matches(rule.trigger, one, circumstances.agent)
          ? tryRule(pipeline, index, one, seen(), circumstances)
          : [],
      ),
    );
  });
};

const isWatched = (view: View, type: string): boolean => {
  for (const _ of view.places(watching(type))) return true;
  return false;
};

/** So many are read one by one; more of them sooner all at once, though some do not look at it. */
const few = 8;

const watchers = (view: View, { type, artifact }: Happening): Pipeline[] => {
  const lookedUp = [watching(type), ...(artifact ? [watching(type, artifact.type)] : [])];
  const ids = new Set<string>();
  for (const list of lookedUp)
    for (const id of view.places(list)) {
      ids.add(id);
      if (ids.size > few)
        return view
          .pipelines()
          .filter(({ paused }) => !paused)
          .sort((a, b) => (a.id < b.id ? -1 : 1));
    }
  return [...ids].sort().flatMap((id) => view.pipeline(id) ?? []);
};

export const matches = (trigger: Trigger, happening: Happening, agent: string): boolean => {
  const { type, artifactType, artifactId, contractId } = trigger;
  return (
    type === happening.type &&
    (artifactType === undefined || artifactType === happening.artifact?.type) &&
    (artifactId === undefined || artifactId === happening.artifact?.id) &&
    (contractId === undefined || contractId === happening.contract?.id) &&
    (trigger.agent === undefined || trigger.agent === agent)
  );
};

const tryRule = (
  pipeline: Pipeline,
  rule: number,
  happening: Happening,
  values: JsonObject,
  circumstances: Circumstances,
): Collected[] => {
  const { condition, actions = [] } = pipeline.rules[rule] ?? {};
  if (condition !== undefined) {
    const verdict = circumstances.conditions.holds(condition, values);
    if (!verdict.holds)
      return verdict.why === undefined
        ? []
        : [
            {
              events: [erred(pipeline, rule, `its condition cannot be evaluated: ${verdict.why}`)],
            },
          ];
  }
  const cause = `${happening.type} ${happening.subject}`;
  const firing = circumstances.digest(`${pipeline.id}#${rule} ${cause} ${circumstances.op}`);
  const stale = happening.type === staleTrigger;
  const ready = actions.map((action) => filled(action, values));
  const missing = [...new Set(ready.flatMap((one) => one.missing))];
  return [
    { events: [{ type: 'pipeline-fired', pipeline, rule, firing, reason: cause }] },
    ...(missing.length > 0
      ? [{ events: [erred(pipeline, rule, `nothing stands at ${missing.join(', ')}`)] }]
      : []),
    ...ready.map(({ action }) => ({
      events: [],
      wanted: { pipeline, rule, action, happening, stale, firing },
    })),
  ];
};

export const erred = (pipeline: Pipeline, rule: number, reason: string): PipelineEvent => ({
  type: 'pipeline-erred',
  pipeline,
  rule,
  reason: oneLine(reason, 500),
});

/** One action after the other, each on what those before it left; one that cannot be done is told to its owner, the others go on. */
const apply = (
  view: View,
  wanted: readonly Firing[],
  circumstances: Circumstances,
  reopened: Set<string>,
): Event[] => {
  const here = new Overlay(view);
  const events: Event[] = [];
  const happen = (more: readonly Event[]): void => {
    for (const event of more) here.apply(event);
    events.push(...more);
  };
  // What is reset because of an upstream reopening was to be reopened, too.
  for (const { action } of wanted)
    if (action.type === 'reopen_contract') reopened.add(action.contractId);
  for (const one of inOrder(here, wanted)) {
    try {
      happen(act(here, one, circumstances));
    } catch (error) {
      if (!(error instanceof ConcordError)) throw error;
      happen([erred(one.pipeline, one.rule, `${one.action.type}: ${error.message}`)]);
    }
  }
  return events;
};

/** A later version of what reopened a contract, which reopens it no more: its attempts begin anew. */
const recoveries = (
  published: readonly Published[],
  view: View,
  reopened: ReadonlySet<string>,
): Event[] => {
  const recovered = new Set<string>();
  return published.flatMap(({ artifact }) =>
    [...view.places(lists.causedBy(artifact.id))].flatMap((id) => {
      const contract = reopened.has(id) || recovered.has(id) ? undefined : view.contract(id);
      const cause = contract?.healing?.cause;
      if (!contract || cause === undefined || splitRef(cause).version >= artifact.version)
        return [];
      if (contract.status === 'failed' || contract.status === 'cancelled') return [];
      recovered.add(id);
      return [move(contract, 'contract-recovered', { attempt: 1, healing: undefined }, { cause })];
    }),
  );
};
