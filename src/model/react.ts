import type { Conditions } from './condition.ts';
import type { Time } from './entity.ts';
import type { Event } from './event.ts';
import type { View } from './view.ts';

/** Who does what is decided here, and when; `conditions` evaluates what agents wrote. */
export type Circumstances = {
  readonly agent: string;
  readonly time: Time;
  /** The operation: unique for ever. */
  readonly op: string;
  readonly conditions: Conditions;
  /** The types that come with Concord. */
  readonly types: { readonly shipped: readonly string[] };
  /** A short name for a text, the same for the same text. */
  digest(text: string): string;
};

/** What follows from the events of a round, in the state that they left. Asked again, it finds that nothing more follows. */
export type Step = (
  happened: readonly Event[],
  view: View,
  circumstances: Circumstances,
) => readonly Event[];

export const roundLimit = 64;

/**
 * Runs the cause and then, round by round, all that follows from it, until a round brings nothing new. In a round each step sees the
 * events of the round before and those of the steps before it. False when the limit was reached and more would follow.
 */
export const settle = (
  steps: readonly Step[],
  view: View,
  cause: readonly Event[],
  circumstances: Circumstances,
  apply: (event: Event) => void,
): boolean => {
  const happened: Event[] = [];
  const happen = (events: readonly Event[]): void => {
    for (const event of events) apply(event);
    happened.push(...events);
  };
  happen(cause);
  let fresh = cause;
  for (let rounds = 0; fresh.length > 0 && rounds < roundLimit; rounds += 1) {
    const before = happened.length;
    for (const step of steps) {
      const seen = [...fresh, ...happened.slice(before)];
      happen(step(seen, view, circumstances));
    }
    fresh = happened.slice(before);
  }
  return fresh.length === 0;
};
