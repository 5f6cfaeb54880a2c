import { atPath, isObject } from '../json.ts';
import type { Json } from '../json.ts';
import { oneLine } from '../text.ts';

/** What a text says where nothing stands at its path. */
export const nothing = '∅';

/** A value is cut at so many characters. */
const limit = 200;

const placeholder = /\$\{([^{}]*)\}/g;
const path = /^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*|\[\d{1,6}\])*$/;

/** The paths that a text names; what is no path is said to be none. */
export const pathsOf = (text: string): { readonly path: string; readonly good: boolean }[] =>
  [...text.matchAll(placeholder)].map(([, inner = '']) => {
    const trimmed = inner.trim();
    return { path: trimmed, good: path.test(trimmed) };
  });

/**
 * The text with the values at its paths. One pass: what a value says is never looked at again. Values stand on one line, are cut, and
 * paths lead through own fields only. `missing` are the paths where nothing stands.
 */
export const render = (
  text: string,
  values: Readonly<Record<string, Json>>,
  otherwise = nothing,
): { readonly text: string; readonly missing: readonly string[] } => {
  const missing: string[] = [];
  const rendered = text.replace(placeholder, (_, inner: string) => {
    const value = path.test(inner.trim()) ? atPath(values, inner.trim()) : undefined;
    if (value === undefined || value === null) {
      missing.push(inner.trim());
      return otherwise;
    }
    return oneLine(typeof value === 'string' ? value : JSON.stringify(value), limit);
  });
  return { text: rendered, missing };
};

/** The same for every text inside a value. */
export const renderAll = (
  value: Json,
  values: Readonly<Record<string, Json>>,
  otherwise = nothing,
): { readonly value: Json; readonly missing: readonly string[] } => {
  const missing: string[] = [];
  const walk = (part: Json): Json => {
    if (typeof part === 'string') {
      const done = render(part, values, otherwise);
      missing.push(...done.missing);
      return done.text;
    }
    if (Array.isArray(part)) return part.map(walk);
    if (!isObject(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, walk(inner)]));
  };
  return { value: walk(value), missing };
};
