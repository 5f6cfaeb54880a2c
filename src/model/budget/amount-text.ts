import { invalid } from '../error.ts';
import { isObject } from '../json.ts';
import { shown } from '../text.ts';
import { units } from './amount.ts';
import type { Amount, Unit } from './amount.ts';

const forms =
  'an amount such as 10 (USD), 10usd, 500000tokens, 3600s, 10usd,500000tokens or {"usd":10}';

/** So much of each unit can be counted exactly. */
const most: Readonly<Record<Unit, number>> = { usd: 1e9, tokens: 1e15, seconds: 1e15 };

const named: Readonly<Record<string, Unit>> = {
  '': 'usd',
  usd: 'usd',
  token: 'tokens',
  tokens: 'tokens',
  s: 'seconds',
  second: 'seconds',
  seconds: 'seconds',
};

/** Dollars have at most six places, tokens and seconds none. */
const isCountable = (unit: Unit, value: unknown): value is number =>
  typeof value === 'number' &&
  value >= 0 &&
  value <= most[unit] &&
  (unit === 'usd' ? Math.round(value * 1e6) / 1e6 === value : Number.isInteger(value));

/** An amount as people and files write it. Throws INVALID with the field. */
export const parseAmount = (said: unknown, field: string): Amount => {
  const pairs = pairsOf(said);
  const found = new Map<Unit, number>();
  for (const [unit, value] of pairs ?? []) {
    if (unit === undefined || found.has(unit) || !isCountable(unit, value))
      throw invalid(field, forms, shown(said));
    found.set(unit, value);
  }
  if (found.size === 0) throw invalid(field, forms, shown(said));
  return Object.fromEntries(
    units.flatMap((unit) => {
      const value = found.get(unit);
      return value === undefined ? [] : [[unit, value] as const];
    }),
  );
};

type Pairs = readonly (readonly [Unit | undefined, unknown])[];

const pairsOf = (said: unknown): Pairs | undefined => {
  if (typeof said === 'number') return [['usd', said]];
  if (isObject(said))
    return Object.entries(said).map(([name, value]) => [
      units.find((unit) => unit === name),
      value,
    ]);
  if (typeof said !== 'string' || said.length > 200) return undefined;
  if (said.trim().startsWith('{')) return pairsOf(parsed(said));
  return said.split(',').map((part) => {
    const [, digits, word = ''] = /^(\d{1,16}(?:\.\d{1,6})?) ?([a-z]*)$/i.exec(part.trim()) ?? [];
    const name = word.toLowerCase();
    return [Object.hasOwn(named, name) ? named[name] : undefined, digits && Number(digits)];
  });
};

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
};
