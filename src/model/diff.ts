import { canonical, isObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';

/** One difference between two values, at a path such as `endpoints[1].method`. */
export type Difference =
  | { readonly path: string; readonly kind: 'added'; readonly after: Json }
  | { readonly path: string; readonly kind: 'removed'; readonly before: Json }
  | {
      readonly path: string;
      readonly kind: 'changed';
      readonly before: Json;
      readonly after: Json;
    };

/**
 * What must change to get from `before` to `after`, by path. Objects are compared by key; lists by a longest common subsequence of
 * equal items, so an item put in front is one addition; items between two equal ones are paired in order and compared deeper.
 */
export const diff = (before: Json, after: Json, path = ''): readonly Difference[] => {
  if (canonical(before) === canonical(after)) return [];
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) =>
      entry(own(before, key), own(after, key), path === '' ? key : `${path}.${key}`),
    );
  }
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(before, after, path);
  return [{ path, kind: 'changed', before, after }];
};

/** An own member only: "toString" is a key like any other. */
const own = (value: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(value, key) ? value[key] : undefined;

const entry = (
  before: Json | undefined,
  after: Json | undefined,
  path: string,
): readonly Difference[] => {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [{ path, kind: 'added', after: after as Json }];
  if (after === undefined) return [{ path, kind: 'removed', before }];
  return diff(before, after, path);
};

const diffLists = (
  before: readonly Json[],
  after: readonly Json[],
  path: string,
): readonly Difference[] => {
  const differences: Difference[] = [];
  let i = 0;
  let j = 0;
  for (const [nextI, nextJ] of [
    ...commonItems(before, after),
    [before.length, after.length] as const,
  ]) {
    for (; i < nextI || j < nextJ; i += 1, j += 1) {
      const index = j < nextJ ? j : i;
      differences.push(
        ...entry(
          i < nextI ? before[i] : undefined,
          j < nextJ ? after[j] : undefined,
          `${path}[${index}]`,
        ),
      );
    }
    i = nextI + 1;
    j = nextJ + 1;
  }
  return differences;
};

/** Above this many pairs of items, lists are compared place by place: the table below would cost too much. */
const tableLimit = 250_000;

/** Pairs of indices of equal items, rising on both sides: a longest common subsequence, by the usual table. */
const commonItems = (
  before: readonly Json[],
  after: readonly Json[],
): (readonly [number, number])[] => {
  const a = before.map(canonical);
  const b = after.map(canonical);
  if (a.length * b.length > tableLimit)
    return a.flatMap((item, index) => (item === b[index] ? [[index, index] as const] : []));
  const table = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const cell = (i: number, j: number): number => table[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = table[i];
      if (row)
        row[j] = a[i] === b[j] ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) {
      pairs.push([i, j]);
      i += 1;
      j += 1;
    } else if (cell(i + 1, j) >= cell(i, j + 1)) i += 1;
    else j += 1;
  }
  return pairs;
};
