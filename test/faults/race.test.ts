import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPrograms, startWorker } from '../helpers/programs.ts';
import type { Programs } from '../helpers/programs.ts';
import { tempDirectory, tempRepository } from '../helpers/repository.ts';
import { newStore, open, rebuiltRows, rowsOf } from '../helpers/store.ts';
import { judge, publishedIn } from '../helpers/witness.ts';

const writers = 8;
const each = 100;
let programs: Programs;

beforeAll(async () => {
  programs = await buildPrograms();
});
afterAll(() => programs.remove());

test(`${writers} processes with ${each} publishes each lose nothing and use no version twice`, async () => {
  const directory = tempRepository();
  await (await newStore(directory)).close();
  const start = join(tempDirectory(), 'start');
  const running = Array.from({ length: writers }, (_, at) =>
    startWorker(programs, {
      directory,
      agent: `agent-${at}`,
      ids: ['shared', `own-${at}`],
      count: each,
      start,
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const began = performance.now();
  writeFileSync(start, '');
  const ends = await Promise.all(running.map(({ ended }) => ended));
  const seconds = (performance.now() - began) / 1000;
  expect(ends).toEqual(ends.map(() => ({ code: 0, signal: null })));
  const reports = running.flatMap((one) => one.reports);
  expect(reports.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(reports).toHaveLength(writers * each);
  judge(directory, reports);
  expect(publishedIn(directory)).toHaveLength(writers * each);
  expect(await rebuiltRows(directory)).toEqual(await rowsOf(await open(directory)));
  expect(running.map((one) => one.said()).join('')).toBe('');
  const times = reports.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number): string => `${times[Math.floor(times.length * share)]?.toFixed(0)} ms`;
  console.log(
    `race: ${(reports.length / seconds).toFixed(0)} publishes a second, p50 ${at(0.5)}, p99 ${at(0.99)}, worst ${at(0.9999)}`,
  );
}, 120_000);
