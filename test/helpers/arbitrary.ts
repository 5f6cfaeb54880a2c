import fc from 'fast-check';
import type { Json } from '../../src/model/json.ts';

const controls = ['\0', '\u0007', '\u001b[2J', '\t', '\n', '\r', '\r\n', '\u0085', ' ', 'a', '1'];
const marks = [
  '"',
  "'",
  '\\',
  '#',
  ': ',
  '- ',
  '? ',
  '|',
  '>',
  '%',
  '@',
  '&',
  '*',
  '!',
  '{',
  '[',
  ',',
];
const unseen = [
  '\u00a0',
  '\u202e',
  '\u2028',
  '\u200b',
  '\ufeff',
  '\ud800',
  '\udc00',
  '😀',
  '---\n',
];

/** Any text: all of Unicode, lone surrogates, and plenty of what tends to break things. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc.string({
    unit: fc.constantFrom(...controls, ...marks, ...unseen),
  }),
  fc.constantFrom('yes', 'no', 'on', 'true', 'null', '~', '', '0777', '0o17', '0x1F', '1e3'),
  fc.constantFrom('.nan', '-.inf', '<<', '=', '...', '---', '2026-01-01', '12:30:45', '1_000'),
);

const key = anyText.filter((text) => !['__proto__', 'constructor', 'prototype'].includes(text));
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((value) => !Number.isInteger(value) || Number.isSafeInteger(value)),
);

/** Any JSON that an artifact may hold. */
export const anyJson: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    number,
    anyText,
    fc.array(tie('json'), { maxLength: 4 }),
    fc
      .array(fc.tuple(key, tie('json')), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries) as Json),
  ),
})).json;

const word = fc.stringMatching(/^[a-z0-9]{1,3}([._-][a-z0-9]{1,3}){0,2}$/);

/** Names and ids that are allowed nearly always; filter by isSlug or isId. */
export const someName = word;
export const someId = fc
  .array(word, { minLength: 1, maxLength: 4 })
  .map((words) => words.join('/'));
