import type { Event } from './event.ts';
import type { View } from './view.ts';

/** What follows from one event, in the state that it left. */
export type Rule = (event: Event, view: View) => readonly Event[];

export const roundLimit = 64;

/** At most this many events may follow from one cause. */
export const consequenceLimit = 256;

/**
 * Runs the cause and then, round by round, all that the rules make of it, until a round brings nothing new. Beyond either limit the
 * round that went over it is left out: the cause itself is never lost. Returns the events in the order they happened.
 */
export const settle = (
  rules: readonly Rule[],
  view: View,
  cause: readonly Event[],
  apply: (event: Event) => void,
): Event[] => {
  const happened: Event[] = [];
  let round: readonly Event[] = cause;
  const limit = cause.length + consequenceLimit;
  for (let rounds = 0; round.length > 0 && rounds <= roundLimit; rounds += 1) {
    if (happened.length + round.length > limit) break;
    for (const event of round) apply(event);
    happened.push(...round);
    const last = round;
    round = rules.flatMap((rule) => last.flatMap((event) => rule(event, view)));
  }
  return happened;
};
