import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  bin,
  hasTerminal,
  ok,
  onTerminal,
  spawned,
  storeRepository,
  text,
  within,
} from '../helpers/cli.ts';

/** Moves the cursor, sets the title, hides text, turns its direction around, in 7 and in 8 bits. */
const evil = '\u001b[2J\u001b]0;owned\u0007 \u009b31m \u202egnp.exe\u200b\r\bDONE';
// oxlint-disable-next-line no-control-regex -- these are the characters in question
const raw = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u202e]/;

const withEvil = async (): Promise<string> => {
  const directory = await storeRepository();
  writeFileSync(join(directory, 'evil.txt'), evil);
  const data = JSON.stringify({ ...text(evil), [`key ${evil}`]: evil });
  await ok(directory, [
    'publish',
    'x',
    '--type',
    'document',
    '--summary',
    `Summary ${evil}`,
    '--data',
    data,
    '--attach',
    'evil.txt',
  ]);
  const second = ['--data', JSON.stringify(text('second')), '--summary', `Second ${evil}`];
  await ok(directory, ['publish', 'x', ...second]);
  return directory;
};

const commands = [
  ['status'],
  ['get', 'x@1'],
  ['get', 'x@1', '--file', 'evil.txt'],
  ['get', 'x@1', '--json'],
  ['get', 'x@1', '--path', evil.replaceAll('\u0000', '')],
  ['get', evil],
  ['show', 'x@1'],
  ['artifact', 'list'],
  ['artifact', 'history', 'x'],
  ['artifact', 'diff', 'x'],
  ['lineage', 'x'],
  ['log'],
  ['graph'],
  ['status', '--line', evil],
];

describe('on a terminal', () => {
  test.skipIf(!hasTerminal)('(needs script) no character of an agent steers it', async () => {
    const directory = await withEvil();
    const shown = await Promise.all(
      commands.map((args) => onTerminal(directory, args, { NO_COLOR: '1', GIT_PAGER: 'cat' })),
    );
    const steering = shown.filter((output) => raw.test(output));
    expect(steering).toEqual([]);
    expect(shown[2]).toContain('\\u{001b}[2J\\u{001b}]0;owned\\u{0007} \\u{009b}31m');
    expect(shown[7]).toContain('| Second \\u{001b}[2J');
  });

  test.skipIf(!hasTerminal)('(needs script) colours, unless they are not wanted', async () => {
    const directory = await storeRepository();
    await within(directory, 'ann', ({ call }) =>
      call('artifact_publish', { artifactId: 'x', artifactType: 'document', data: text('a') }),
    );
    const bold = '\u001b[1mx@1\u001b[22m';
    const calls: [string[], NodeJS.ProcessEnv, boolean][] = [
      [['show', 'x'], {}, true],
      [['show', 'x', '--no-color'], {}, false],
      [['show', 'x'], { NO_COLOR: '1' }, false],
      [['show', 'x'], { TERM: 'dumb' }, false],
    ];
    const seen = await Promise.all(
      calls.map(async ([args, env]) => (await onTerminal(directory, args, env)).includes(bold)),
    );
    expect(seen).toEqual(calls.map(([, , coloured]) => coloured));
  });
});

describe('in a pipe', () => {
  test('no colours, unless FORCE_COLOR asks for them', async () => {
    const directory = await storeRepository();
    expect(await ok(directory, ['status'])).not.toContain('\u001b');
    expect(await ok(directory, ['status'], { env: { FORCE_COLOR: '1' } })).toContain('\u001b[1m');
    expect(await ok(directory, ['status'], { env: { FORCE_COLOR: '0' } })).not.toContain('\u001b');
  });

  test('data stays what it is: only a terminal needs protection', async () => {
    const directory = await withEvil();
    expect(await ok(directory, ['get', 'x@1', '--file', 'evil.txt'])).toBe(evil);
    expect(JSON.parse(await ok(directory, ['get', 'x@1']))).toMatchObject(text(evil));
  });

  test('a reader that closes early, such as head, ends it quietly', async () => {
    const directory = await storeRepository();
    // More than a pipe holds.
    writeFileSync(join(directory, 'large.txt'), 'line\n'.repeat(200_000));
    await ok(directory, [
      'publish',
      'x',
      '--type',
      'document',
      '--data',
      JSON.stringify(text('a')),
      '--attach',
      'large.txt',
    ]);
    const pipe = `set -o pipefail; '${process.execPath}' '${bin}' get x --file large.txt | head -n 1`;
    const done = await spawned(directory, 'bash', ['-c', pipe]);
    expect(done).toMatchObject({ code: 0, out: 'line\n', err: '' });
  });
});
