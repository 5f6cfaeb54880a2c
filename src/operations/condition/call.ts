import { shown } from '../../model/text.ts';
import { contains, Failure, fits, kindOf, readText, size } from './value.ts';
import type { Outcome, Spend, Value } from './value.ts';

/** Numbers as JSON writes them, and not longer than a number gets. */
const numeral = /^[+-]?\d{1,24}(\.\d{1,24})?([eE][+-]?\d{1,3})?$/;
const wholeNumeral = /^[+-]?\d{1,19}$/;

const truths = new Map([
  ...['1', 't', 'true', 'TRUE', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'false', 'FALSE', 'False'].map((word) => [word, false] as const),
]);

/** `name(value)`; `path` is how the value is written. */
export const convert = (name: string, value: Value, path: () => string, spend: Spend): Outcome => {
  if (name === 'size') return size(value, path, spend);
  // Numbers and text become each other slowly.
  spend(25);
  const converted = converters.get(name)?.(value);
  return converted ?? new Failure(() => `${path()} is ${plain(value)}: no ${name} is made of it.`);
};

/** `text.name(part)`; `path` is how the text is written. */
export const method = (
  name: string,
  receiver: Value,
  part: Value | undefined,
  path: () => string,
  spend: Spend,
): Outcome => {
  if (name === 'size') return size(receiver, path, spend);
  const noText = [receiver, part].find((one) => one !== undefined && typeof one !== 'string');
  if (noText !== undefined || typeof receiver !== 'string') {
    return new Failure(() => {
      const isList = name === 'contains' && Array.isArray(receiver);
      const hint = isList ? ` Whether a list has an element is asked with ... in ${path()}.` : '';
      return `${path()}.${name}(...) needs text, not ${kindOf(noText ?? receiver)}.${hint}`;
    });
  }
  return textMethod(name, receiver, typeof part === 'string' ? part : '', spend);
};

const textMethod = (name: string, text: string, part: string, spend: Spend): Outcome => {
  if (name === 'contains') return contains(text, part, spend);
  if (name === 'startsWith' || name === 'endsWith') {
    readText(part, spend);
    // A text put together of many becomes one when it is read for the first time.
    readText(text, spend);
    return name === 'startsWith' ? text.startsWith(part) : text.endsWith(part);
  }
  spend(text.length / 2);
  if (name === 'trim') return text.trim();
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
};

const toInt = (value: Value): Outcome | undefined => {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number')
    return Number.isFinite(value) ? fits(BigInt(Math.trunc(value))) : undefined;
  return typeof value === 'string' && wholeNumeral.test(value)
    ? fits(BigInt(value.replace('+', '')))
    : undefined;
};

const toDouble = (value: Value): Outcome | undefined => {
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value);
  return typeof value === 'string' && numeral.test(value) ? Number(value) : undefined;
};

const toText = (value: Value): Outcome | undefined => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return typeof value === 'boolean' ? String(value) : undefined;
};

const toBool = (value: Value): Outcome | undefined => {
  if (typeof value === 'boolean') return value;
  return typeof value === 'string' ? truths.get(value) : undefined;
};

const converters = new Map<string, (value: Value) => Outcome | undefined>([
  ['int', toInt],
  ['double', toDouble],
  ['string', toText],
  ['bool', toBool],
]);

/** A list or a map is named, not written out: that could be long. */
const plain = (value: Value): string => {
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'object' && value !== null ? kindOf(value) : shown(value, 40);
};
