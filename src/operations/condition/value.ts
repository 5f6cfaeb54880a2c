import { isObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { count, oneLine, shown } from '../../model/text.ts';

/** JSON, and what is computed from it: whole numbers written in a condition are CEL's 64-bit integers. */
export type Value = Json | bigint | readonly Value[];

/**
 * Why a part has no value. Returned, not thrown: `a || b` goes on after one, and ten thousand exceptions are slow. For the same reason its
 * text is made only when it is wanted.
 */
export class Failure {
  readonly text: () => string;
  constructor(text: () => string) {
    this.text = text;
  }
}

export type Outcome = Value | Failure;

/** Takes from what a run may spend; throws when nothing is left. */
export type Spend = (steps: number) => void;

const int64 = 2n ** 63n;

/** So many characters can be looked at in the time of one step. */
const characters = 32;

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

const isMap = (value: Value): value is { readonly [key: string]: Json } =>
  typeof value !== 'bigint' && isObject(value);

const isNumber = (value: Value): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

/** What a value is, in words for a message. */
export const kindOf = (value: Value): string => {
  if (value === null) return 'null';
  if (isList(value)) return 'a list';
  if (isNumber(value)) return 'a number';
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? 'true or false' : 'a map';
};

/** The cost of reading a text once. */
export const readText = (text: string, spend: Spend): void => {
  spend(text.length / characters);
};

/** Whether `text` has the part. Finding it may take the product of both lengths, so that is what it costs. */
export const contains = (text: string, part: string, spend: Spend): boolean => {
  if (part.length > text.length) return false;
  const positions = text.length - part.length + 1;
  spend((positions * Math.max(1, part.length)) / (characters * 8) + text.length / characters);
  return text.includes(part);
};

/** Own keys only: `constructor` and `__proto__` are no fields unless the data has them. */
export const member = (holder: Value, key: string): Value | undefined =>
  isMap(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined;

/** Why `holder.key` has no value; `path` and `asked` are how the holder is written and how to ask for the key first. */
export const lacks = (holder: Value, key: string, path: string, asked: string): string => {
  if (!isMap(holder)) return `${path} is ${kindOf(holder)}, so it has no field ${shown(key)}.`;
  return `${path} has no field ${shown(key)}${fieldsOf(holder)}. If it may be missing, write ${asked} && ...`;
};

/** At most a few of the keys: counting or sorting them all would cost as much as the data is large. */
const fieldsOf = (holder: { readonly [key: string]: Json }): string => {
  const some: string[] = [];
  for (const key in holder) {
    if (some.length === 6) return `, only ${some.join(', ')}, ...`;
    if (Object.hasOwn(holder, key)) some.push(oneLine(key, 40));
  }
  return some.length === 0 ? '' : `, only ${some.join(', ')}`;
};

/** What `list[index]` or `map[key]` is. */
export const element = (holder: Value, index: Value, path: () => string): Outcome => {
  const value = typeof index === 'string' ? member(holder, index) : at(holder, index);
  if (value !== undefined) return value;
  return new Failure(() => {
    if (typeof index === 'string')
      return lacks(holder, index, path(), `${shown(index)} in ${path()}`);
    if (!isList(holder) || !isNumber(index))
      return `${path()} is ${kindOf(holder)}: ${kindOf(index)} is no key of it.`;
    return `${path()} has no element ${index}: it has ${count(holder.length, 'element')}, from 0 on.`;
  });
};

const at = (holder: Value, index: Value): Value | undefined => {
  if (!isList(holder) || !isNumber(index)) return undefined;
  const place = Number(index);
  return Number.isInteger(place) && place >= 0 ? holder[place] : undefined;
};

/** Numbers are equal by value; values of two kinds are never equal. */
export const equal = (a: Value, b: Value, spend: Spend): boolean => {
  spend(1);
  // Texts of one length may differ in the last character only.
  if (typeof a === 'string' && typeof b === 'string' && a.length === b.length) readText(a, spend);
  if (a === b) return true;
  // oxlint-disable-next-line eslint/eqeqeq -- the one comparison of a double with a 64-bit integer that loses no digit
  if (isNumber(a) && isNumber(b)) return a == b;
  if (isList(a) && isList(b))
    return a.length === b.length && a.every((item, index) => equal(item, b[index] ?? null, spend));
  if (!isMap(a) || !isMap(b)) return false;
  const keys = keysOf(a, spend);
  return (
    keys.length === keysOf(b, spend).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal(a[key] ?? null, b[key] ?? null, spend))
  );
};

/** The keys of a map. When there are thousands, making the list takes several steps a key. */
export const keysOf = (map: { readonly [key: string]: Json }, spend: Spend): readonly string[] => {
  const keys = Object.keys(map);
  spend(6 + keys.length * 5);
  return keys;
};

/** What a comprehension goes over: the elements of a list, the keys of a map. */
export const items = (
  value: Value,
  path: () => string,
  spend: Spend,
): readonly Value[] | Failure => {
  if (isList(value)) return value;
  if (isMap(value)) return keysOf(value, spend);
  return new Failure(() => `${path()} is ${kindOf(value)}, not a list.`);
};

/** `a in b`: an element of a list, a key of a map. */
export const isIn = (a: Value, b: Value, path: () => string, spend: Spend): Outcome => {
  if (isList(b)) return b.some((item) => equal(a, item, spend));
  if (isMap(b)) return typeof a === 'string' && Object.hasOwn(b, a);
  return new Failure(() => {
    const hint = typeof b === 'string' ? ` Text is searched with ${path()}.contains(...).` : '';
    return `${path()} is ${kindOf(b)}, not a list or a map.${hint}`;
  });
};

/** size(...): characters of a text, elements of a list, fields of a map. */
export const size = (value: Value, path: () => string, spend: Spend): Outcome => {
  spend(1);
  if (isList(value)) return BigInt(value.length);
  if (isMap(value)) return BigInt(keysOf(value, spend).length);
  if (typeof value !== 'string')
    return new Failure(() => `${path()} is ${kindOf(value)}, which has no size.`);
  spend(value.length / 8);
  let found = 0;
  for (const _ of value) found += 1;
  return BigInt(found);
};

/** `a < b` and its like. */
export const compare = (op: string, a: Value, b: Value, spend: Spend): Outcome => {
  if (typeof a === 'string' && typeof b === 'string')
    spend(Math.min(a.length, b.length) / characters);
  else if (!(isNumber(a) && isNumber(b)) && !(typeof a === 'boolean' && typeof b === 'boolean'))
    return new Failure(() => `${kindOf(a)} and ${kindOf(b)} cannot be compared with ${op}.`);
  if (op === '<') return a < b;
  if (op === '<=') return a <= b;
  return op === '>' ? a > b : a >= b;
};

/** `a + b` and its like. An integer and a double make a double. */
export const compute = (op: string, a: Value, b: Value, spend: Spend): Outcome => {
  if (typeof a === 'bigint' && typeof b === 'bigint') return integer(op, a, b);
  if (isNumber(a) && isNumber(b)) return double(op, Number(a), Number(b));
  if (op === '+' && typeof a === 'string' && typeof b === 'string') {
    spend((a.length + b.length) / characters);
    return a + b;
  }
  if (op === '+' && isList(a) && isList(b)) {
    spend((a.length + b.length) / 2);
    return [...a, ...b];
  }
  return new Failure(() => `${kindOf(a)} and ${kindOf(b)} cannot be computed with ${op}.`);
};

const integer = (op: string, a: bigint, b: bigint): Outcome => {
  if (b === 0n && (op === '/' || op === '%'))
    return new Failure(() => `${a} ${op} 0 has no value.`);
  if (op === '+') return fits(a + b);
  if (op === '-') return fits(a - b);
  if (op === '*') return fits(a * b);
  return fits(op === '/' ? a / b : a % b);
};

const double = (op: string, a: number, b: number): Outcome => {
  if (b === 0 && op === '%') return new Failure(() => `${a} % 0 has no value.`);
  if (op === '+') return a + b;
  if (op === '-') return a - b;
  if (op === '*') return a * b;
  return op === '/' ? a / b : a % b;
};

/** CEL's integers have 64 bits; without a bound they would grow with every multiplication. */
export const fits = (value: bigint): Outcome =>
  value >= -int64 && value < int64 ? value : new Failure(() => 'The number is too large.');
