import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitBytes } from '../../src/operations/fit-bytes.ts';
import type { Section } from '../../src/operations/fit-bytes.ts';

const bytes = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);

test('what fits is left as it is', () => {
  const sections = [
    { lines: ['You are ann.'], weight: 9 },
    { title: 'Ready', lines: ['  a', '  b'], weight: 8 },
    { title: 'Nothing', lines: [], weight: 1 },
  ];
  expect(fitBytes(sections, 100)).toEqual(['You are ann.', 'Ready', '  a', '  b']);
});

test('the least important is cut first, from its end, and says how much is left out', () => {
  const sections = [
    { title: 'Ready', lines: ['  aaaaaaaaaa', '  bbbbbbbbbb'], weight: 8 },
    {
      title: 'Last',
      lines: ['  cccccccccc', '  dddddddddd', '  eeeeeeeeee'],
      weight: 1,
      rest: 'concord log',
    },
  ];
  expect(fitBytes(sections, 70)).toEqual([
    'Ready',
    '  aaaaaaaaaa',
    '  bbbbbbbbbb',
    'Last',
    '  ... 3 more: concord log',
  ]);
});

test('never more than the limit, but for the titles themselves', () => {
  const section: fc.Arbitrary<Section> = fc.record({
    title: fc.constant('T'),
    lines: fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 20 }),
    weight: fc.integer({ min: 0, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(section, { maxLength: 12 }), (sections) => {
      expect(bytes(fitBytes(sections, 1_000))).toBeLessThanOrEqual(1_000);
    }),
  );
});
