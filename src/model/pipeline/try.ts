import { ConcordError } from '../error.ts';
import { eventLine } from '../event.ts';
import type { Event } from '../event.ts';
import { Overlay } from '../overlay.ts';
import type { Circumstances } from '../react.ts';
import type { View } from '../view.ts';
import { act, filled, inOrder } from './act.ts';
import type { Wanted } from './act.ts';
import type { Action, Pipeline } from './pipeline.ts';
import { matches } from './pipelines.ts';
import { happeningOf, outdatedBy, variablesOf } from './seen.ts';
import { staleTrigger } from './pipeline.ts';

/** What a rule would make of an event. */
export type Trial = {
  /** Counts from 1. */
  readonly rule: number;
  readonly about: string;
  readonly matches: boolean;
  /** Whether the condition holds; undefined where there is none or it was not asked. */
  readonly holds?: boolean;
  /** Why it cannot be evaluated. */
  readonly why?: string;
  readonly actions: readonly Action[];
  /** Paths of the texts where nothing stands. */
  readonly missing: readonly string[];
  /** What would happen, as the state is now. */
  readonly would: readonly string[];
};

/** A dry run of a pipeline against something that has happened: nothing is written. */
export const tryPipeline = (
  view: View,
  pipeline: Pipeline,
  event: Event,
  circumstances: Circumstances,
): readonly Trial[] => {
  const happenings = [happeningOf(event, view), ...outdatedBy(event, view)];
  return pipeline.rules.flatMap((rule, index) =>
    happenings
      .filter(({ type }) => type !== staleTrigger || rule.trigger.type === staleTrigger)
      .map((happening): Trial => {
        const base = { rule: index + 1, about: `${happening.type} ${happening.subject}` };
        const nothing = { actions: [], missing: [], would: [] };
        if (!matches(rule.trigger, happening, circumstances.agent))
          return { ...base, matches: false, ...nothing };
        const values = variablesOf(happening, view, circumstances);
        const verdict =
          rule.condition === undefined
            ? undefined
            : circumstances.conditions.holds(rule.condition, values);
        if (verdict && !verdict.holds)
          return {
            ...base,
            matches: true,
            holds: false,
            ...(verdict.why !== undefined && { why: verdict.why }),
            ...nothing,
          };
        const ready = rule.actions.map((action) => filled(action, values));
        const wanted = ready.map(({ action }) => ({
          pipeline,
          rule: index,
          action,
          happening,
          stale: happening.type === staleTrigger,
        }));
        return {
          ...base,
          matches: true,
          ...(verdict && { holds: true }),
          actions: ready.map(({ action }) => action),
          missing: ready.flatMap(({ missing }) => missing),
          would: simulate(view, wanted, circumstances),
        };
      }),
  );
};

const simulate = (
  view: View,
  wanted: readonly Wanted[],
  circumstances: Circumstances,
): string[] => {
  const here = new Overlay(view);
  return inOrder(here, wanted).flatMap((one) => {
    try {
      const events = act(here, one, circumstances);
      for (const event of events) here.apply(event);
      return events.map(eventLine);
    } catch (error) {
      if (!(error instanceof ConcordError)) throw error;
      return [`refused: ${error.message}`];
    }
  });
};
