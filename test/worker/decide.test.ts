import { describe, expect, test } from 'vitest';
import { isMissingProgram, nextStep, recovery, verdict } from '../../src/worker/decide.ts';
import type { Exit, Found, Standing } from '../../src/worker/decide.ts';

describe('a run that this supervisor does not look after', () => {
  const found: Found = { owner: 'gone', record: true, old: false, held: true };

  test.each<[string, Partial<Found>, string]>([
    ['whose supervisor lives is its own', { owner: 'alive' }, 'leave'],
    ['whose supervisor is gone is taken over', {}, 'take'],
    ['of its own, where something failed, is gone on with', { owner: 'mine' }, 'take'],
    ['without a record is being made', { record: false, owner: 'alive' }, 'leave'],
    ['without a record, whose supervisor is gone, made no claim', { record: false }, 'discard'],
    ['without a name is being made', { record: false, owner: 'none' }, 'leave'],
    [
      'without a name, from long ago, made none',
      { record: false, owner: 'none', old: true },
      'discard',
    ],
    ['of a place that cannot be seen is left while its claim holds', { owner: 'unknown' }, 'leave'],
    ['of such a place, with a claim that is over', { owner: 'unknown', held: false }, 'take'],
  ])('%s', (_, given, then) => expect(recovery({ ...found, ...given })).toBe(then));
});

test.each([
  ['none', 'prevent'],
  ['never', 'undo'],
  ['begun', 'attend'],
] as const)('of one that was taken over, whose command has begun: %s; then %s', (stage, then) =>
  expect(nextStep(stage)).toBe(then),
);

describe('the end of a run', () => {
  const exit: Exit = {
    code: 0,
    why: undefined,
    command: './agent.sh',
    limit: 60,
    apart: false,
    lastLine: 'the last line',
    denials: [],
  };
  const held: Standing = { claim: 'held', missing: [], expects: false };
  const open: Standing = { claim: 'held', missing: ['document', 'review'], expects: true };
  const fail = (reason: string) => ({ action: 'fail', reason, fact: reason.split('; it')[0] });

  test.each<[string, Partial<Exit>, Standing, object]>([
    ['done by itself', { code: 1 }, { ...open, claim: 'done' }, { action: 'none' }],
    ['taken away', { why: 'void', code: 143 }, { ...open, claim: 'void' }, { action: 'none' }],
    ['never claimed', {}, { ...open, claim: 'unclaimed' }, { action: 'none' }],
    ['well, with nothing expected', {}, held, { action: 'complete' }],
    [
      'well, without its outputs',
      {},
      open,
      fail('./agent.sh ended without publishing document, review'),
    ],
    [
      'well, and not allowed to',
      { denials: ['Write', 'Bash(npm test)'] },
      open,
      fail(
        './agent.sh ended without publishing document, review; it was not allowed: Write, Bash(npm test)',
      ),
    ],
    [
      'well, with outputs that are not accepted',
      {},
      { ...open, missing: [] },
      fail('./agent.sh ended, and its outputs were not accepted'),
    ],
    [
      'badly',
      { code: 3 },
      open,
      fail('./agent.sh ended with exit code 3; its last words: the last line'),
    ],
    [
      'badly, with nothing expected',
      { code: 1, lastLine: '' },
      held,
      fail('./agent.sh ended with exit code 1'),
    ],
    [
      'by a signal',
      { code: 143, lastLine: '' },
      open,
      fail('./agent.sh ended with exit code 143 (SIGTERM)'),
    ],
    [
      'killed with all around it',
      { code: undefined, lastLine: '' },
      open,
      fail('./agent.sh was killed'),
    ],
    [
      'by the time limit',
      { why: 'time', code: 0, lastLine: '' },
      open,
      fail('./agent.sh took longer than 60 s and was stopped'),
    ],
    [
      'by a clean stop',
      { why: 'stop', code: 143 },
      open,
      { action: 'release', reason: './agent.sh was stopped with its supervisor' },
    ],
  ])('%s', (_, given, stands, then) =>
    expect(verdict({ ...exit, ...given }, stands)).toEqual(then),
  );

  test('whatever a command prints last, the reason is one printable line that a contract takes', () => {
    const given = {
      ...exit,
      code: 1,
      lastLine: `\u001b[31m${'x'.repeat(5000)}\u202e`,
      command: 'y'.repeat(500),
    };
    const { reason = '' } = verdict(given, open) as { reason?: string };
    expect(reason.length).toBeLessThan(400);
    expect(reason).toMatch(/^[ -~…]+$/);
  });

  test('only a program that is not there, or cannot be run, is missing', () => {
    expect([0, 1, 126, 127, undefined].filter((code) => isMissingProgram({ code }))).toEqual([
      126, 127,
    ]);
  });
});
