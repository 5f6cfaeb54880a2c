import { expect, test } from 'vitest';
import { draw } from '../../../src/operations/log/draw.ts';
import type { Drawn } from '../../../src/operations/log/draw.ts';

const main = (position: number): Drawn => ({ line: 'main', position });
const replay = (name: string, position: number, more: Partial<Drawn> = {}): Drawn => ({
  line: `replay/${name}`,
  position,
  ...more,
});
const from = (line: string, position: number): Partial<Drawn> => ({
  forkedFrom: { line, position },
});
const into = (position: number): Partial<Drawn> => ({ mergedInto: { line: 'main', position } });

/** What stands left of each transaction, named as m3 or a1. */
const drawn = (rows: readonly Drawn[]): string[] =>
  draw(rows).flatMap(({ above, node }, index) => {
    const { line = '', position } = rows[index] ?? {};
    return [...above, `${node.padEnd(8)}${line.replace(/^.*\//, '').slice(0, 1)}${position}`];
  });

test('one line is a column; nothing goes on below its first transaction', () => {
  expect(draw([main(2), main(1)])).toEqual([
    { above: [], node: '*', beside: '│' },
    { above: [], node: '*', beside: '' },
  ]);
  expect(draw([])).toEqual([]);
});

test('a page that ends before the first transaction goes on below', () => {
  expect(draw([main(9), main(8)]).at(-1)).toEqual({ above: [], node: '*', beside: '│' });
});

test('a line that forks and is taken up', () => {
  const rows = [
    main(5),
    replay('a', 2, into(5)),
    main(4),
    replay('a', 1, from('main', 3)),
    main(3),
    main(2),
  ];
  expect(drawn(rows)).toEqual([
    '*       m5',
    '├─╮',
    '│ *     a2',
    '* │     m4',
    '│ *     a1',
    '├─╯',
    '*       m3',
    '*       m2',
  ]);
});

test('the text of a merge stands above its connection', () => {
  const [merge] = draw([main(5), replay('a', 2, into(5))]);
  expect(merge).toEqual({ above: [], node: '*', beside: '│' });
});

test('a line from the newest transaction, still open', () => {
  const rows = [replay('a', 2), replay('a', 1, from('main', 3)), main(3), main(2)];
  expect(drawn(rows)).toEqual(['  *     a2', '  *     a1', '╭─╯', '*       m3', '*       m2']);
});

test('several lines from the same transaction cross those between', () => {
  const rows = [
    replay('a', 1, from('main', 3)),
    replay('b', 1, from('main', 4)),
    main(5),
    main(4),
    main(3),
  ];
  expect(drawn(rows)).toEqual([
    '  *     a1',
    '  │ *   b1',
    '* │ │   m5',
    '├─┼─╯',
    '* │     m4',
    '├─╯',
    '*       m3',
  ]);
});

test('two forks of one transaction, of which the first begins its column', () => {
  const rows = [replay('a', 1, from('main', 3)), replay('b', 1, from('main', 3)), main(3)];
  expect(drawn(rows)).toEqual(['  *     a1', '  │ *   b1', '╭─╯ │', '├───╯', '*       m3']);
});

test('a replay of a replay, left of its parent when a column became free there', () => {
  const rows = [
    replay('a', 1, from('main', 9)),
    replay('b', 3),
    main(9),
    replay('c', 1, from('replay/b', 2)),
    replay('b', 2),
    replay('b', 1, from('main', 8)),
    main(8),
  ];
  expect(drawn(rows)).toEqual([
    '  *     a1',
    '  │ *   b3',
    '╭─╯ │',
    '*   │   m9',
    '│ * │   c1',
    '│ ╰─┤',
    '│   *   b2',
    '│   *   b1',
    '├───╯',
    '*       m8',
  ]);
});

test('a fork whose beginning is not on the page just goes on', () => {
  expect(drawn([replay('a', 1, from('main', 1)), main(7), main(6)])).toEqual([
    '  *     a1',
    '* │     m7',
    '* │     m6',
  ]);
});

test('one line that is not main begins in the first column', () => {
  expect(drawn([replay('a', 4), replay('a', 3)])).toEqual(['*       a4', '*       a3']);
});
