import { isObject } from '../json.ts';
import { changeOf, paired } from './side.ts';
import type { ArtifactSide, Both, Change, Side } from './side.ts';

/** The type whose artifacts are results of tests. */
export const testResults = 'test-results';

export type Outcome = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
};

export type TestRow = Both<Outcome> & { readonly id: string; readonly change: Change };

/** The results of tests on both sides, and their sums. */
export type Tests = {
  readonly results: readonly TestRow[];
  readonly left: Outcome;
  readonly right: Outcome;
};

export const compareTests = (left: Side, right: Side): Tests => {
  const results = paired(outcomes(left), outcomes(right)).map(({ id, ...both }) => ({
    id,
    change: changeOf({ left: textOf(both.left), right: textOf(both.right) }),
    ...both,
  }));
  return {
    results,
    left: sum(results.map((row) => row.left)),
    right: sum(results.map((row) => row.right)),
  };
};

const outcomes = ({ artifacts }: Side): ReadonlyMap<string, Outcome> =>
  new Map(
    [...artifacts].flatMap(([id, side]) => {
      const outcome = outcomeOf(side);
      return outcome ? [[id, outcome] as const] : [];
    }),
  );

const outcomeOf = ({ artifact: { type, data } }: ArtifactSide): Outcome | undefined => {
  if (type !== testResults || !isObject(data)) return undefined;
  const number = (key: string): number => {
    const value = Object.hasOwn(data, key) ? data[key] : undefined;
    return typeof value === 'number' ? value : 0;
  };
  return { passed: number('passed'), failed: number('failed'), skipped: number('skipped') };
};

const textOf = (outcome: Outcome | null): string | null =>
  outcome && `${outcome.passed} ${outcome.failed} ${outcome.skipped}`;

const sum = (outcomesOfSide: readonly (Outcome | null)[]): Outcome =>
  outcomesOfSide.reduce<Outcome>(
    (all, one) => ({
      passed: all.passed + (one?.passed ?? 0),
      failed: all.failed + (one?.failed ?? 0),
      skipped: all.skipped + (one?.skipped ?? 0),
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
