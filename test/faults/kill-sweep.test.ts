import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPrograms, runWorker } from '../helpers/programs.ts';
import type { Programs, Strike } from '../helpers/programs.ts';
import { git, tempDirectory, tempRepository } from '../helpers/repository.ts';
import { fsck, get, newStore, open, put, rebuiltRows, rowsOf, tipOf } from '../helpers/store.ts';

let programs: Programs;
const whole = process.env['CONCORD_SWEEP'] === 'full';
const seed = Number(process.env['CONCORD_SEED'] ?? Date.now() % 1000);

beforeAll(async () => {
  programs = await buildPrograms();
});
afterAll(() => programs.remove());

/** A repository with a store of a few versions, to be copied; packed as maintenance leaves it, or as it grew. */
const template = async (packed: boolean): Promise<string> => {
  const directory = tempRepository();
  const store = await newStore(directory);
  await put(store, 'doc', 'first');
  await put(store, 'other', 'first');
  await store.close();
  if (packed) {
    git(directory, 'pack-refs', '--all');
    git(directory, 'repack', '-a', '-d', '-q');
  }
  return directory;
};

/** The first version of an id that the test's own publishes do not use. */
const work = (directory: string) => ({ directory, agent: 'victim', ids: ['doc-v'], count: 1 });

const killAt = async (from: string, at: number, when: Strike['when']): Promise<void> => {
  const directory = join(tempDirectory(), 'copy');
  cpSync(from, directory, { recursive: true });
  const before = tipOf(directory);
  const victim = await runWorker(programs, work(directory), { at, when, signal: 'SIGKILL' });
  const place = `${when} call ${at}: ${victim.said()}`;
  const { signal } = await victim.ended;
  expect(signal, place).toBe('SIGKILL');
  const after = tipOf(directory);
  const isNew = after !== before;
  if (isNew) expect(git(directory, 'rev-parse', `${after}^`), place).toBe(before);
  if (victim.reports.length > 0) expect(victim.reports[0]?.commit, place).toBe(after);
  expect(fsck(directory), place).toBe('');

  const store = await open(directory);
  expect(await get(store, 'doc'), place).toBe('first');
  const began = performance.now();
  expect((await put(store, 'doc-v', 'next')).ref, place).toBe(isNew ? 'doc-v@2' : 'doc-v@1');
  const seconds = (performance.now() - began) / 1000;
  if (seconds > 1)
    console.log(`kill sweep: ${seconds.toFixed(1)} s for the next publish, ${place}`);
  expect(await rebuiltRows(directory), place).toEqual(await rowsOf(store));
  expect(fsck(directory), place).toBe('');
  git(directory, 'gc', '-q', '--prune=now');
  expect(fsck(directory), place).toBe('');
  await store.close();
};

test.each([
  ['as it grew', false],
  ['packed', true],
])(
  'kill -9 at every writing call of a publish: a repository %s',
  async (_, packed) => {
    const from = await template(packed);
    const trial = join(tempDirectory(), 'trial');
    cpSync(from, trial, { recursive: true });
    const counted = await runWorker(programs, work(trial), {
      at: 0,
      when: 'before',
      signal: 'SIGKILL',
    });
    const calls = counted
      .said()
      .split('\n')
      .filter((line) => line.startsWith('call '));
    expect(counted.reports).toEqual([expect.objectContaining({ ref: 'doc-v@1' })]);
    expect(calls.length).toBeGreaterThan(20);
    const points = calls.flatMap((call, index) =>
      (
        [
          'before',
          'after',
          ...(/^call (write|append)File/.test(call) ? ['half' as const] : []),
        ] as const
      ).map((when) => ({ at: index + 1, when })),
    );
    const chosen = whole ? points : points.filter((_point, index) => index % 3 === seed % 3);
    console.log(
      `kill sweep: ${chosen.length} of ${points.length} points at ${calls.length} calls; CONCORD_SEED=${seed}`,
    );
    const lanes = [0, 1].map(async (lane) => {
      for (const { at, when } of chosen.filter((_point, index) => index % 2 === lane))
        await killAt(from, at, when);
    });
    await Promise.all(lanes);
  },
  300_000,
);
