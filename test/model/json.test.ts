import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { atPath, canonical, checkJson, dataLimits, isObject } from '../../src/model/json.ts';
import type { Json } from '../../src/model/json.ts';
import { anyJson } from '../helpers/arbitrary.ts';
import { refusal } from '../helpers/given.ts';

const nested = (levels: number): Json => (levels === 0 ? 1 : [nested(levels - 1)]);
const listOf = (items: number): Json => Array.from({ length: items }, () => 0);
const objectOf = (keys: number): Json =>
  Object.fromEntries(Array.from({ length: keys }, (_, at) => [`k${at}`, 0]));
/** Text whose JSON, with the quotes, has so many bytes. */
const textOf = (bytes: number): Json => 'x'.repeat(bytes - 2);

describe('checkJson', () => {
  test.each([
    ['levels', nested, dataLimits.depth, /at most 64 levels/],
    ['items', listOf, dataLimits.keys, /at most 10000 keys/],
    ['keys', objectOf, dataLimits.keys, /at most 10000 keys/],
    ['bytes', textOf, dataLimits.bytes, /at most 64 KiB/],
  ] as const)('takes as many %s as the limit, and no more', (_, make, limit, text) => {
    // So many keys are more bytes than allowed: each limit is tried alone.
    const limits = make === textOf ? dataLimits : { ...dataLimits, bytes: Infinity };
    for (const value of [make(limit - 1), make(limit)])
      expect(checkJson(value, 'data', limits)).toBe(value);
    const error = refusal(() => checkJson(make(limit + 1), 'data', limits));
    expect(error.code).toBe('INVALID');
    expect(error.message).toMatch(text);
  });

  test('counts bytes, not characters', () => {
    expect(refusal(() => checkJson('é'.repeat(32 * 1024), 'data')).message).toMatch(/64 KiB/);
    expect(checkJson('é'.repeat(32 * 1024 - 1), 'data')).toHaveLength(32 * 1024 - 1);
  });

  test('counts the keys and items of all levels together', () => {
    expect(() => checkJson([listOf(5_000), listOf(4_998)], 'data')).not.toThrow();
    expect(refusal(() => checkJson([listOf(5_000), listOf(4_999)], 'data')).code).toBe('INVALID');
  });

  test('refuses what is deep enough to break a recursion', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) deep = { a: deep };
    expect(refusal(() => checkJson(deep, 'data')).message).toMatch(/levels deep/);
  });

  test('refuses a value that holds itself', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(refusal(() => checkJson(loop, 'data')).code).toBe('INVALID');
  });

  test.each(['__proto__', 'constructor', 'prototype'])('refuses the key %s at any depth', (key) => {
    const value = JSON.parse(`{"a":[{"${key}":{"polluted":true}}]}`) as unknown;
    expect(refusal(() => checkJson(value, 'data')).message).toContain(`data.a[0].${key}`);
  });

  test.each([
    [NaN, 'a finite number'],
    [Infinity, 'a finite number'],
    [-Infinity, 'a finite number'],
    [2 ** 53, 'an integer of at most 2^53 - 1'],
    [-(2 ** 53), 'an integer of at most 2^53 - 1'],
    [undefined, 'JSON'],
    [10n, 'JSON'],
    [() => 1, 'JSON'],
    [Symbol('x'), 'JSON'],
  ])('refuses %s with its place', (value, expected) => {
    const error = refusal(() => checkJson({ list: [0, { n: value }] }, 'data'));
    expect(error.code).toBe('INVALID');
    expect(error.violations[0]).toMatchObject({ path: 'data.list[1].n' });
    expect(error.violations[0]?.expected).toContain(expected);
  });

  test('takes the largest safe integers', () => {
    const value = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0.1, 5e-324];
    expect(checkJson(value, 'data')).toBe(value);
  });

  test('shows the place in one short line, whatever the keys are called', () => {
    const key = `\u001b[2J\n${'k'.repeat(5_000)}`;
    const error = refusal(() => checkJson({ [key]: NaN }, 'data'));
    expect(error.message).toMatch(/^data\.\\u\{001b\}\[2J k+… must be a finite number; got NaN\.$/);
    expect(error.message.length).toBeLessThan(200);
  });

  test('takes all JSON within the limits, and returns the value itself', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(checkJson(value, 'data')).toBe(value);
      }),
    );
  });
});

/** The same value with the keys of every object in the opposite order. */
const turned = (value: Json): Json => {
  if (Array.isArray(value)) return value.map((item: Json) => turned(item));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, child]) => [key, turned(child)]),
  );
};

describe('canonical', () => {
  test('is the same whatever the order of keys', () => {
    expect(canonical({ b: 1, a: { d: 2, c: [3] } })).toBe('{"a":{"c":[3],"d":2},"b":1}');
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(canonical(turned(value))).toBe(canonical(value));
      }),
    );
  });

  test('loses nothing', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('keeps the order of lists, and tells types apart', () => {
    const values: Json[] = [[1, 2], [2, 1], { 0: 1, 1: 2 }, '1', 1, 'null', null, [], {}, '', [[]]];
    expect(new Set(values.map(canonical)).size).toBe(values.length);
  });

  test('knows one zero only', () => expect(canonical([-0])).toBe(canonical([0])));
});

describe('atPath', () => {
  const value = { failures: [{ test: 'a', 'x-y': null }], endpoints: [] };

  test.each([
    ['failures[0].test', 'a'],
    ['failures.0.test', 'a'],
    ['failures[0].x-y', null],
    ['', value],
    ['failures[1]', undefined],
    ['failures[0].test.length', undefined],
    ['missing.deeper', undefined],
  ])('finds %j', (path, found) => expect(atPath(value, path)).toEqual(found));

  test.each(['constructor', '__proto__', 'toString', 'failures.map', 'failures[0].hasOwnProperty'])(
    'never finds what is inherited: %s',
    (path) => expect(atPath(value, path)).toBeUndefined(),
  );
});
