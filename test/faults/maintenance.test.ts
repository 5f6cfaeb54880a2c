import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tryGit } from '../../src/store/git.ts';
import { buildPrograms, startWorker } from '../helpers/programs.ts';
import type { Programs } from '../helpers/programs.ts';
import { tempDirectory, tempRepository } from '../helpers/repository.ts';
import { newStore, open, rebuiltRows, rowsOf } from '../helpers/store.ts';
import { judge } from '../helpers/witness.ts';

const seconds = 5;
let programs: Programs;

beforeAll(async () => {
  programs = await buildPrograms();
});
afterAll(() => programs.remove());

test(`${seconds} seconds of the user's maintenance beside two writers lose nothing`, async () => {
  const directory = tempRepository();
  await (await newStore(directory)).close();
  const stop = join(tempDirectory(), 'stop');
  const writers = [0, 1].map((at) =>
    startWorker(programs, {
      directory,
      agent: `agent-${at}`,
      ids: ['shared', `own-${at}`],
      count: 0,
      until: stop,
    }),
  );
  const end = Date.now() + seconds * 1000;
  const runs = new Map<string, number>();
  const loop = async (...args: string[]): Promise<void> => {
    while (Date.now() < end) {
      const { status } = await tryGit(directory, args);
      if (status === 0) runs.set(args.join(' '), (runs.get(args.join(' ')) ?? 0) + 1);
      else await sleep(5);
    }
  };
  await Promise.all([
    loop('gc', '-q', '--prune=now'),
    loop('pack-refs', '--all'),
    loop('repack', '-a', '-d', '-q'),
    loop('prune', '--expire=now'),
  ]);
  writeFileSync(stop, '');
  await Promise.all(writers.map(({ ended }) => ended));
  const reports = writers.flatMap((one) => one.reports);
  judge(directory, reports);
  expect(reports.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(reports.length).toBeGreaterThan(20);
  expect(runs.size).toBe(4);
  expect(await rebuiltRows(directory)).toEqual(await rowsOf(await open(directory)));
  const count = [...runs].map(([name, times]) => `${times} ${name}`).join(', ');
  console.log(`maintenance: ${reports.length} publishes beside ${count}`);
}, 60_000);
