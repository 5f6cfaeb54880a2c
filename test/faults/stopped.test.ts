import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPrograms, isStopped, runWorker, startWorker } from '../helpers/programs.ts';
import type { Programs, Report, Running } from '../helpers/programs.ts';
import { tempDirectory, tempRepository } from '../helpers/repository.ts';
import { get, newStore, open, put, rebuiltRows, rowsOf } from '../helpers/store.ts';
import { judge } from '../helpers/witness.ts';

/** No publish may take longer because another writer has been stopped. */
const bound = 3_000;
const others = 4;
let programs: Programs;
let calls: Promise<readonly string[]> | undefined;

beforeAll(async () => {
  programs = await buildPrograms();
});
afterAll(() => programs.remove());

const repository = async (): Promise<string> => {
  const directory = tempRepository();
  await (await newStore(directory)).close();
  return directory;
};

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await sleep(5);
};

/** Other writers at work while one is stopped. */
const startOthers = (directory: string, start: string, count: number): Running[] =>
  Array.from({ length: others }, (_, at) =>
    startWorker(programs, {
      directory,
      agent: `agent-${at}`,
      ids: ['shared', `own-${at}`],
      count,
      start,
    }),
  );

const worst = (reports: readonly Report[]): number => Math.max(...reports.map(({ ms }) => ms));

/** Stops a writer at a call, lets others publish, wakes it up again; returns what the others reported. */
const stopAt = async (
  phase: string,
  at: number,
  when: 'before' | 'after',
  count: number,
): Promise<Report[]> => {
  const directory = await repository();
  const start = join(tempDirectory(), 'start');
  const running = startOthers(directory, start, count);
  const work = { directory, agent: 'victim', ids: ['shared'], count: 1 };
  const victim = startWorker(programs, work, { at, when, signal: 'SIGSTOP' });
  await until(() => isStopped(victim));
  await sleep(300);
  writeFileSync(start, '');
  await Promise.all(running.map(({ ended }) => ended));
  expect(isStopped(victim), phase).toBe(true);
  victim.child.kill('SIGCONT');
  await victim.ended;

  const reports = running.flatMap((one) => one.reports);
  expect(reports, phase).toHaveLength(others * count);
  expect(victim.reports, phase).toHaveLength(1);
  judge(directory, [...reports, ...victim.reports]);
  // Whatever the stopped one has to say is an answer, or a refusal in plain words.
  expect(victim.reports[0]?.error ?? 'CONFLICT', phase).toMatch(/^(CONFLICT|TIMEOUT)$/);
  const store = await open(directory);
  expect((await put(store, 'after', 1)).ref).toBe('after@1');
  expect(await get(store, 'after')).toBe(1);
  expect(await rebuiltRows(directory)).toEqual(await rowsOf(store));
  await store.close();
  const refused = reports.filter(({ error }) => error !== undefined);
  console.log(
    `stopped ${phase}: ${refused.length} of ${reports.length} refused, worst ${worst(reports).toFixed(0)} ms; the stopped one: ${victim.reports[0]?.error ?? 'published'}`,
  );
  return reports;
};

/** The writing calls of a publish that nobody disturbs. */
const countCalls = async (): Promise<readonly string[]> => {
  const work = { directory: await repository(), agent: 'victim', ids: ['shared'], count: 1 };
  const counted = await runWorker(programs, work, { at: 0, when: 'before', signal: 'SIGSTOP' });
  return counted
    .said()
    .split('\n')
    .filter((line) => line.startsWith('call '));
};

const find = async (pattern: RegExp): Promise<number> => {
  const index = (await (calls ??= countCalls())).findIndex((call) => pattern.test(call));
  if (index < 0) throw new Error(`no call like ${String(pattern)}`);
  return index + 1;
};

const phases = [
  ['before its pack', /mkdirSync .*objects\/pack/, 'before'],
  ['with half a pack', /openSync .*concord_idx/, 'before'],
  ['with its pack in place', /mkdirSync .*locks/, 'before'],
  ['before it takes the lock', /linkSync/, 'before'],
  ['after the ref has moved', /renameSync .*main\.lock/, 'after'],
  ['before it tells the index', /unlinkSync .*\.keep/, 'after'],
] as const;

test.each(phases)(
  'a writer stopped %s holds nobody up',
  async (phase, pattern, when) => {
    const reports = await stopAt(phase, await find(pattern), when, 3);
    expect(reports.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(worst(reports)).toBeLessThan(bound);
  },
  60_000,
);

test('a writer stopped with the lock of the ref in its hands: others are told so', async () => {
  const reports = await stopAt('with the lock', await find(/linkSync/), 'after', 1);
  expect(reports.map(({ error }) => error)).toEqual(reports.map(() => 'TIMEOUT'));
  for (const { message } of reports)
    expect(message).toMatch(/main\.lock stands in the way: process \d+ holds it/);
}, 60_000);

test('a writer stopped at any moment, again and again', async () => {
  const directory = await repository();
  const start = join(tempDirectory(), 'start');
  const stop = join(tempDirectory(), 'stop');
  const work = { directory, ids: ['shared', 'victim'], count: 0, until: stop, start };
  const victim = startWorker(programs, { ...work, agent: 'victim' });
  const running = Array.from({ length: others }, (_, at) =>
    startWorker(programs, { ...work, agent: `agent-${at}`, ids: ['shared', `own-${at}`] }),
  );
  await sleep(800);
  writeFileSync(start, '');
  for (let times = 0; times < 6; times += 1) {
    await sleep(100 + Math.random() * 200);
    victim.child.kill('SIGSTOP');
    await sleep(400);
    victim.child.kill('SIGCONT');
  }
  writeFileSync(stop, '');
  await Promise.all([victim, ...running].map(({ ended }) => ended));
  const reports = running.flatMap((one) => one.reports);
  judge(directory, [...reports, ...victim.reports]);
  expect(reports.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(worst(reports)).toBeLessThan(bound);
  console.log(
    `stopped at random: ${reports.length} publishes, worst ${worst(reports).toFixed(0)} ms`,
  );
}, 60_000);
