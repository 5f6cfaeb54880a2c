import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diff } from '../../src/model/diff.ts';
import { atPath, canonical } from '../../src/model/json.ts';
import type { Json } from '../../src/model/json.ts';
import { anyJson } from '../helpers/arbitrary.ts';

describe('objects', () => {
  test('are compared by key, at any depth', () => {
    const before = { title: 'a', gone: 1, deep: { same: [1], changed: true } };
    const after = { title: 'b', deep: { same: [1], changed: null }, come: { x: 1 } };
    expect(diff(before, after)).toEqual([
      { path: 'title', kind: 'changed', before: 'a', after: 'b' },
      { path: 'gone', kind: 'removed', before: 1 },
      { path: 'deep.changed', kind: 'changed', before: true, after: null },
      { path: 'come', kind: 'added', after: { x: 1 } },
    ]);
  });

  test('may have keys that every object inherits', () => {
    expect(diff({}, { toString: 1 })).toEqual([{ path: 'toString', kind: 'added', after: 1 }]);
    expect(diff({ valueOf: 'x' }, {})).toEqual([{ path: 'valueOf', kind: 'removed', before: 'x' }]);
  });

  test('do not differ by the order of keys', () => {
    expect(diff({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual([]);
  });

  test('and lists and single values differ as a whole', () => {
    const change = { path: 'a', kind: 'changed', before: [1], after: { 0: 1 } };
    expect(diff({ a: [1] }, { a: { 0: 1 } })).toEqual([change]);
    expect(diff(1, '1')).toEqual([{ path: '', kind: 'changed', before: 1, after: '1' }]);
  });
});

describe('lists', () => {
  const [a, b, c] = [{ m: 'a' }, { m: 'b' }, { m: 'c' }];

  test('show an item put in front as one addition', () => {
    expect(diff({ l: [a, b] }, { l: [c, a, b] })).toEqual([
      { path: 'l[0]', kind: 'added', after: c },
    ]);
  });

  test('show an item in the middle or at the end as one addition', () => {
    expect(diff([a, b], [a, c, b])).toEqual([{ path: '[1]', kind: 'added', after: c }]);
    expect(diff([a, b], [a, b, c])).toEqual([{ path: '[2]', kind: 'added', after: c }]);
  });

  test('show a removed item at its old place', () => {
    expect(diff([a, b, c], [a, c])).toEqual([{ path: '[1]', kind: 'removed', before: b }]);
    expect(diff([a, b], [])).toEqual([
      { path: '[0]', kind: 'removed', before: a },
      { path: '[1]', kind: 'removed', before: b },
    ]);
  });

  test('compare deeper what stands between equal items', () => {
    expect(diff([a, { m: 'b', n: 1 }, c], [a, { m: 'b', n: 2 }, c])).toEqual([
      { path: '[1].n', kind: 'changed', before: 1, after: 2 },
    ]);
  });

  test('too long for the table are compared place by place', () => {
    const long = Array.from({ length: 600 }, (_, at) => at);
    expect(diff(long, [...long, 600])).toEqual([{ path: '[600]', kind: 'added', after: 600 }]);
    expect(diff(long, long.with(7, -1))).toEqual([
      { path: '[7]', kind: 'changed', before: 7, after: -1 },
    ]);
  });
});

/** Few values, so that two of them have much in common; no dots in keys, so that every path can be followed. */
const small: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, 0, 1, 'x'),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'toString'), tie('json'), { maxKeys: 3 }),
  ),
})).json;

test('a value does not differ from itself', () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      expect(diff(value, structuredClone(value))).toEqual([]);
    }),
  );
});

test('two values differ when their contents do, and only then', () => {
  fc.assert(
    fc.property(small, small, (before, after) => {
      expect(diff(before, after).length > 0).toBe(canonical(before) !== canonical(after));
    }),
    { numRuns: 1_000 },
  );
});

test('what is added or changed stands at its path', () => {
  fc.assert(
    fc.property(small, small, (before, after) => {
      for (const difference of diff(before, after)) {
        if (difference.kind === 'removed') continue;
        expect(atPath(after, difference.path)).toEqual(difference.after);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('backwards, additions are removals', () => {
  const kinds = (from: Json, to: Json): number[] => {
    const all = diff(from, to).map(({ kind }) => kind);
    return ['added', 'removed', 'changed'].map((kind) => all.filter((one) => one === kind).length);
  };
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(2)),
      fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(2)),
      (before, after) => {
        const [added, removed, changed] = kinds(before, after);
        expect(kinds(after, before)).toEqual([removed, added, changed]);
      },
    ),
  );
});
