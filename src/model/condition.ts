import type { Json } from './json.ts';

/** What a condition may speak of; which of them there are depends on where it stands. */
export type Variable = 'data' | 'artifact' | 'contract' | 'event' | 'previous' | 'outputs';

export type Verdict = { readonly holds: true } | { readonly holds: false; readonly why?: string };

/** The conditions that agents write. Total: neither method throws or takes long, whatever the text is. */
export interface Conditions {
  /** Why the text is no condition over these variables, with a caret where that is known; undefined when it is one. */
  problem(expression: string, variables: readonly Variable[]): string | undefined;
  /** Whether it holds. One that cannot be evaluated does not hold, and `why` says why not; without `why` it was simply false. */
  holds(expression: string, values: Readonly<Partial<Record<Variable, Json>>>): Verdict;
}
