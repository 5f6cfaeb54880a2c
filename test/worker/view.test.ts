import { describe, expect, test } from 'vitest';
import type { Ending, Run, WorkerState } from '../../src/worker/state.ts';
import { lineOf } from '../../src/worker/view/line.ts';
import { openScreen } from '../../src/worker/view/screen.ts';
import { viewOf } from '../../src/worker/view/view.ts';
import { lasting } from '../../src/worker/view/words.ts';

const now = new Date(2026, 10, 22, 12, 4, 31).getTime();

const run = (more: Partial<Run> = {}): Run => ({
  id: 'run-7c2e',
  agent: 'api-dev',
  contract: 'build-api',
  attempt: 2,
  began: now - 12 * 60_000,
  heard: now - 5_000,
  usd: 0.8,
  ...more,
});

const ending = (more: Partial<Ending> = {}): Ending => ({
  at: now,
  agent: 'api-dev',
  contract: 'build-api',
  attempt: 2,
  outcome: 'completed',
  seconds: 180,
  usd: 0.42,
  ...more,
});

const state = (more: Partial<WorkerState> = {}): WorkerState => ({
  line: 'main',
  phase: 'working',
  runs: [
    run(),
    run({ agent: 'qa-dev', contract: 'write-tests', attempt: 1, heard: now - 300_000 }),
  ],
  parallel: 2,
  endings: [ending({ contract: 'setup-schema', agent: 'db-dev' })],
  counts: { ready: 1, waiting: 3, completed: 4, failed: 0 },
  budget: { spent: 4.1, limit: 10 },
  ...more,
});

const view = (more: Partial<WorkerState> = {}, width = 80): readonly string[] =>
  viewOf(state(more), { width, now, colour: false });

describe('the view', () => {
  test('shows who works on what, what ended, what it costs, and what Ctrl-C does', () => {
    expect(view()).toEqual([
      'main: 2 of 2 at work, 1 ready, 3 waiting, 4 completed   4.10 of 10.00 USD',
      '  build-api    api-dev  attempt 2  12 min  0.80 USD',
      '  write-tests  qa-dev              12 min  0.80 USD  silent for 5 min',
      'Ended',
      '  12:04  setup-schema  db-dev  completed, 0.42 USD, 3 min',
      'Ctrl-C: no new starts; again: stop',
    ]);
  });

  test('says that nobody is at work, what failed, and why something ended', () => {
    const endings = [ending({ outcome: 'failed', usd: 0, reason: 'Write was\nnot allowed' })];
    const counts = { ready: 0, waiting: 0, completed: 0, failed: 1 };
    const { budget: _, ...rest } = state({ runs: [], endings, counts, phase: 'stopping' });
    expect(viewOf(rest, { width: 80, now, colour: false })).toEqual([
      'main: 0 of 2 at work, 0 ready, 0 waiting, 0 completed, 1 failed',
      '  nobody is at work',
      'Ended',
      '  12:04  build-api  api-dev  failed, 0.00 USD, 3 min, Write was not allowed',
      'Nothing new is started. Ctrl-C: stop what runs, and release it',
    ]);
  });

  test.each([1, 10, 40])('keeps to a width of %d', (width) => {
    const reason = '😀'.repeat(100);
    const lines = view({ endings: [ending({ outcome: 'failed', reason })] }, width);
    for (const line of lines) {
      expect(Array.from(line).length).toBeLessThanOrEqual(width);
      expect(Buffer.from(line).toString()).toBe(line);
    }
  });

  test('keeps to the height, and says how many are left out', () => {
    const runs = Array.from({ length: 50 }, (_, at) => run({ contract: `c-${at}` }));
    const lines = viewOf(state({ runs }), { width: 80, height: 12, now, colour: false });
    expect(lines.length).toBeLessThanOrEqual(12);
    expect(lines).toContain('  and 44 more');
  });

  test('text of agents and programs steers no terminal', () => {
    const evil = 'a\u001b[2J\nb\u202e';
    const lines = view({
      runs: [run({ agent: evil, contract: evil })],
      endings: [ending({ outcome: 'gave up', reason: evil, contract: evil })],
    });
    // oxlint-disable-next-line no-control-regex -- that there is none is the point
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  test('colour is nothing but strong and faint', () => {
    const lines = viewOf(state(), { width: 80, now, colour: true });
    expect(lines[0]).toBe(`\u001b[1m${view()[0] ?? ''}\u001b[22m`);
    // oxlint-disable-next-line no-control-regex -- they are taken out
    expect(lines.map((line) => line.replace(/\u001b\[(1|2|22)m/g, ''))).toEqual(view());
  });

  test.each([
    [0, '0 s'],
    [-3, '0 s'],
    [89.4, '89 s'],
    [90, '2 min'],
    [5399, '1 h 30 min'],
    [7200, '2 h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(lasting(seconds)).toBe(text);
  });
});

describe('a line', () => {
  test('tells one thing that happened', () => {
    const at = now;
    expect(lineOf({ type: 'started', at, run: run() })).toBe(
      '12:04:31 api-dev started build-api (attempt 2)',
    );
    expect(lineOf({ type: 'started', at, run: run({ attempt: 1 }) })).toBe(
      '12:04:31 api-dev started build-api',
    );
    expect(lineOf({ type: 'ended', at, ending: ending() })).toBe(
      '12:04:31 api-dev ended build-api: completed, 0.42 USD, 3 min',
    );
    expect(lineOf({ type: 'phase', at, phase: 'stopping' })).toMatch(/^12:04:31 nothing new/);
    expect(lineOf({ type: 'note', at, text: 'a\nb\u0007' })).toBe('12:04:31 a b\\u{0007}');
  });
});

/** A terminal that understands what is written to it, as far as it is needed here. */
const terminal = (rows = 24) => {
  const lines: string[] = [''];
  let [row, written, cursor] = [0, 0, true];
  const act = (part: string): void => {
    const up = /^\u001b\[(\d+)A$/.exec(part); // oxlint-disable-line no-control-regex -- it is what is read
    if (up) row -= Number(up[1]);
    else if (part === '\u001b[J') lines.splice(row, lines.length, '');
    else if (part === '\u001b[?25l') cursor = false;
    else if (part === '\u001b[?25h') cursor = true;
    else if (part === '\n') lines[(row += 1)] ??= '';
    else if (!part.startsWith('\u001b') && part !== '\r' && part !== '') lines[row] = part;
  };
  return {
    rows,
    write: (text: string) => {
      written += 1;
      // oxlint-disable-next-line no-control-regex -- it is what is read
      for (const part of text.split(/(\u001b\[[?\d]*[A-Za-z]|\r|\n)/)) act(part);
    },
    shown: () => lines.slice(0, -1),
    written: () => written,
    cursor: () => cursor,
  };
};

describe('the screen', () => {
  test('draws in place, with one write a picture', () => {
    const at = terminal();
    const screen = openScreen(at);
    screen.draw(['one', 'two', 'three']);
    screen.draw(['four', 'five']);
    expect(at.shown()).toEqual(['four', 'five']);
    expect(at.written()).toBe(2);
    screen.close();
  });

  test('lines that stay go above', () => {
    const at = terminal();
    const screen = openScreen(at);
    screen.draw(['picture']);
    screen.print(['news']);
    screen.draw(['other']);
    expect(at.shown()).toEqual(['news', 'other']);
    screen.close();
    screen.print(['last']);
    expect(at.shown().at(-1)).toBe('last');
  });

  test('is never higher than the terminal', () => {
    const at = terminal(4);
    const screen = openScreen(at);
    screen.draw(['1', '2', '3', '4', '5']);
    expect(at.shown()).toEqual(['1', '2', '3']);
    screen.close();
  });

  test('gives the cursor back once, also when the process ends', () => {
    const at = terminal();
    const listeners = process.listenerCount('exit');
    const screen = openScreen(at);
    screen.draw(['one']);
    expect(at.cursor()).toBe(false);
    expect(process.listenerCount('exit')).toBe(listeners + 1);
    screen.close();
    screen.close();
    expect(at.cursor()).toBe(true);
    expect(process.listenerCount('exit')).toBe(listeners);
    expect(at.written()).toBe(2);
  });
});
