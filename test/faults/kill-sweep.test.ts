import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPrograms, runWorker } from '../helpers/programs.ts';
import type { Programs } from '../helpers/programs.ts';
import { git, tempRepository } from '../helpers/repository.ts';
import { fsck, get, newStore, open, put, rebuiltRows, rowsOf, tipOf } from '../helpers/store.ts';
import { callsIn, copyOf, harmless, sweep } from './sweep.ts';
import type { Point } from './sweep.ts';

let programs: Programs;

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

const killAt = async (from: string, { at, when }: Point): Promise<void> => {
  const directory = copyOf(from);
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
  async (how, packed) => {
    const from = await template(packed);
    const counted = await runWorker(programs, work(copyOf(from)), harmless);
    const calls = callsIn(counted.said());
    expect(counted.reports).toEqual([expect.objectContaining({ ref: 'doc-v@1' })]);
    expect(calls.length).toBeGreaterThan(20);
    await sweep(`publish ${how}`, calls, 3, (point) => killAt(from, point));
  },
  300_000,
);
