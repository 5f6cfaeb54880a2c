import { isObject } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import { oneLine } from '../../model/text.ts';

/** A line as the object it is; undefined for anything else. */
export const objectOf = (line: string): JsonObject | undefined => {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

export const partOf = (value: JsonObject | undefined, name: string): JsonObject | undefined => {
  const part = value?.[name];
  return isObject(part) ? part : undefined;
};

/** An amount that can be counted. */
export const amountAt = (value: JsonObject | undefined, name: string): number | undefined => {
  const amount = value?.[name];
  return typeof amount === 'number' && amount >= 0 && amount <= Number.MAX_SAFE_INTEGER
    ? amount
    : undefined;
};

/** The sum of those that are there; undefined when none is. */
export const sumAt = (
  value: JsonObject | undefined,
  names: readonly string[],
): number | undefined => {
  const found = names.flatMap((name) => amountAt(value, name) ?? []);
  return found.length === 0 ? undefined : found.reduce((sum, amount) => sum + amount, 0);
};

export const textAt = (value: JsonObject | undefined, name: string): string | undefined => {
  const text = value?.[name];
  return typeof text === 'string' && text.trim() !== '' ? text : undefined;
};

export const objectsAt = (value: JsonObject | undefined, name: string): readonly JsonObject[] => {
  const list = value?.[name];
  return Array.isArray(list) ? list.filter((item) => isObject(item)) : [];
};

/** Last words as they are shown: the last line of them that says something. */
export const saidOf = (text: string | undefined): string | undefined => {
  const last = text?.trimEnd().slice(-4000).split('\n').at(-1);
  const line = last === undefined ? '' : oneLine(last, 300);
  return line === '' ? undefined : line;
};

const mostDenied = 20;

/** Keeps each only once, and not more than a reason can hold. */
export const addDenied = (denied: Set<string>, tool: string | undefined, what?: string): void => {
  if (tool === undefined || denied.size >= mostDenied) return;
  denied.add(oneLine(what === undefined ? tool : `${tool} ${what}`, 120));
};
