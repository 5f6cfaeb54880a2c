import { invalid } from './error.ts';
import { shown } from './text.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

/** What one artifact's data may hold. Anything larger is attached as a file. */
export const dataLimits = { bytes: 64 * 1024, depth: 64, keys: 10_000 } as const;

const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The value itself when it is plain JSON within the limits; throws INVALID with the path otherwise. Numbers must be finite, and
 * integers safe, so that what is read back is what was sent. `depth` and `keys` are counted before anything walks the value by
 * recursion, so a deep value is refused, not a crash.
 */
export const checkJson = (value: unknown, field: string): Json => {
  let keys = 0;
  const open: { value: unknown; path: string; depth: number }[] = [
    { value, path: field, depth: 1 },
  ];
  for (let item = open.pop(); item; item = open.pop()) {
    const { path, depth } = item;
    if (typeof item.value !== 'object' || item.value === null) {
      checkScalar(item.value, path);
      continue;
    }
    if (depth > dataLimits.depth)
      throw invalid(
        field,
        `at most ${dataLimits.depth} levels deep`,
        `more, at ${path.slice(0, 80)}`,
      );
    for (const [key, child] of Object.entries(item.value)) {
      keys += 1;
      if (keys > dataLimits.keys)
        throw invalid(field, `at most ${dataLimits.keys} keys and items`, 'more');
      if (forbidden.has(key))
        throw invalid(`${path}.${key}`, 'another name', `the reserved name ${shown(key)}`);
      open.push({
        value: child,
        path: Array.isArray(item.value) ? `${path}[${key}]` : `${path}.${key}`,
        depth: depth + 1,
      });
    }
  }
  return value as Json;
};

const checkScalar = (value: unknown, path: string): void => {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return;
  if (typeof value !== 'number') throw invalid(path, 'JSON', typeof value);
  if (!Number.isFinite(value)) throw invalid(path, 'a finite number', String(value));
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw invalid(path, 'an integer of at most 2^53 - 1, or text', String(value));
  }
};

/** The same text for the same content, whatever the order of keys: what content hashes are made of. */
export const canonical = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonical(item)).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(Object.is(value, -0) ? 0 : value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`);
  return `{${members.join(',')}}`;
};

/** The value at a path such as `failures[0].test` or `endpoints.0.path`; own properties only. */
export const atPath = (value: Json, path: string): Json | undefined => {
  let here: Json | undefined = value;
  for (const key of path
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter((part) => part !== '')) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as JsonObject)[key];
  }
  return here;
};
