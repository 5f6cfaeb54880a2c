import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, nearest, oneLine, printable, shown } from '../../src/model/text.ts';
import { anyText } from '../helpers/arbitrary.ts';

/** By Unicode's own properties, not by a list like the one under test. Lone surrogates are \p{Cs}. */
const harmful =
  /\p{Cc}|\p{Cs}|\p{Zl}|\p{Zp}|\p{Bidi_Control}|[\u200b-\u200d\u2060\ufeff]|[\u{e0000}-\u{e007f}]/u;

/** Every code point there is, surrogates too, each between two letters, in lines of 4,096. */
const everything = Array.from({ length: 0x110000 / 4096 }, (_, plane) =>
  Array.from({ length: 4096 }, (__, at) => `a${String.fromCodePoint(plane * 4096 + at)}`).join(''),
);

describe.each([
  ['oneLine', (text: string) => oneLine(text, Infinity)],
  ['oneLine, cut', (text: string) => oneLine(text, 20)],
  ['printable', (text: string) => printable(text).replace(/[\n\t]/g, '')],
  ['shown', (text: string) => shown(text)],
  ['shown, inside an object', (text: string) => shown({ [text]: text })],
])('%s', (_, clean) => {
  test('leaves nothing harmful of any code point', () => {
    for (const line of everything) expect(harmful.test(clean(line))).toBe(false);
  });

  test('leaves nothing harmful of any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(clean(text)).not.toMatch(harmful);
      }),
    );
  });
});

test('the judge of these tests knows what is harmful', () => {
  for (const text of [
    '\0',
    '\u009b',
    '\u202e',
    '\u2066',
    '\u200b',
    '\u{e0041}',
    'a\ud800b',
    '\u2028',
  ])
    expect(text).toMatch(harmful);
  expect('Zoë 李 😀 👍🏽').not.toMatch(harmful);
});

describe('oneLine', () => {
  test('makes white space one space and shows the rest as escapes', () => {
    expect(oneLine('  a \r\n\t b\u001b[2Jc  ')).toBe('a b\\u{001b}[2Jc');
    expect(oneLine('a\u{e0041}\ud800')).toBe('a\\u{e0041}\\u{d800}');
  });

  test('keeps ordinary text of any language', () => {
    expect(oneLine('Zoë 李 😀 "x" \\n')).toBe('Zoë 李 😀 "x" \\n');
  });

  test('has at most the characters it is given', () => {
    expect(oneLine('a'.repeat(10), 10)).toBe('a'.repeat(10));
    expect(oneLine('a'.repeat(11), 10)).toBe(`${'a'.repeat(9)}…`);
    expect(oneLine('a'.repeat(201))).toHaveLength(200);
  });

  test('never cuts a pair of surrogates', () => {
    expect(oneLine('😀😀😀', 4)).toBe('😀…');
    expect(oneLine('😀😀😀', 5)).toBe('😀😀…');
  });
});

test('printable keeps line ends and tabs', () => {
  expect(printable('a\tb\r\nc\nd\re\u0007')).toBe('a\tb\nc\nd\\u{000d}e\\u{0007}');
});

test('shown quotes text, writes other values as JSON, and calls undefined nothing', () => {
  expect(shown('x y')).toBe('"x y"');
  expect(shown({ a: [1, null] })).toBe('{"a":[1,null]}');
  expect(shown(undefined)).toBe('nothing');
  expect(shown('a'.repeat(100), 10)).toBe(`"${'a'.repeat(9)}…"`);
});

test('count says one thing, or many', () => {
  expect([0, 1, 2].map((n) => count(n, 'version'))).toEqual([
    '0 versions',
    '1 version',
    '2 versions',
  ]);
  expect(count(2, 'entry', 'entries')).toBe('2 entries');
});

describe('nearest', () => {
  const candidates = ['api-contract', 'decision', 'document', 'review'];

  test.each([
    ['document', 'document'],
    ['documnet', 'document'],
    ['apicontract', 'api-contract'],
    ['reviews', 'review'],
    ['spreadsheet', undefined],
    ['doc', undefined],
  ])('%j is meant as %j', (typed, meant) => expect(nearest(typed, candidates)).toBe(meant));

  test('allows a third of the letters to be wrong, and no more', () => {
    expect(nearest('abcdef', ['abcdxx'])).toBe('abcdxx');
    expect(nearest('abcdef', ['abcxxx'])).toBeUndefined();
  });

  test('has no answer without candidates', () => expect(nearest('x', [])).toBeUndefined());
});
