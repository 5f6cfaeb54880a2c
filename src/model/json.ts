import { invalid } from './error.ts';
import { oneLine, shown } from './text.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

/** What one artifact's data may hold. Anything larger is attached as a file. */
export const dataLimits = { bytes: 64 * 1024, depth: 64, keys: 10_000 } as const;

/** Bytes as JSON, levels of nesting, keys and items in all. */
export type Limits = { readonly [limit in keyof typeof dataLimits]: number };

const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The value itself when it is plain JSON within the limits; throws INVALID with the path otherwise. Numbers must be finite, and
 * integers safe, so that what is read back is what was sent. `depth` and `keys` are counted before anything walks the value by
 * recursion, so a deep value is refused, not a crash.
 */
export const checkJson = (value: unknown, field: string, limits: Limits = dataLimits): Json => {
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
    if (!isPlain(item.value)) throw invalid(place(path), 'plain JSON', 'an object of another kind');
    if (depth > limits.depth)
      throw invalid(field, `at most ${limits.depth} levels deep`, `more, at ${place(path)}`);
    for (const [key, child] of Object.entries(item.value)) {
      keys += 1;
      if (keys > limits.keys) throw invalid(field, `at most ${limits.keys} keys and items`, 'more');
      if (forbidden.has(key))
        throw invalid(place(`${path}.${key}`), 'another name', `the reserved name ${shown(key)}`);
      open.push({
        value: child,
        path: Array.isArray(item.value) ? `${path}[${key}]` : `${path}.${key}`,
        depth: depth + 1,
      });
    }
  }
  if (limits.bytes < Infinity) checkBytes(value as Json, field, limits.bytes);
  return value as Json;
};

/** A date or a map would be written as something else than it is. */
const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
};

/** Keys are text from agents: in a refusal they stand on one line, and cut. */
const place = (path: string): string => oneLine(path, 120);

const checkBytes = (value: Json, field: string, limit: number): void => {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes <= limit) return;
  throw invalid(field, `at most ${limit / 1024} KiB of JSON`, `${bytes} bytes`, {
    hint: 'Attach large contents as files (attach).',
  });
};

const checkScalar = (value: unknown, path: string): void => {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return;
  if (typeof value !== 'number') throw invalid(place(path), 'JSON', typeof value);
  if (!Number.isFinite(value)) throw invalid(place(path), 'a finite number', String(value));
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw invalid(place(path), 'an integer of at most 2^53 - 1, or text', String(value));
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
