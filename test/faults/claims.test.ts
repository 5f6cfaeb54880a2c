import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/operations/connect.ts';
import type { Connection } from '../../src/operations/connect.ts';
import type { StoreOptions } from '../../src/store/store.ts';
import { buildPrograms, startClaimer } from '../helpers/programs.ts';
import type { Answer, Claims, Programs, Running } from '../helpers/programs.ts';
import { tempDirectory, tempRepository } from '../helpers/repository.ts';
import { fsck, rebuiltRows, rowsOf, trailers } from '../helpers/store.ts';
import { acknowledgedIn, historyOf, wrongWithClaims } from '../helpers/witness.ts';
import type { Commit } from '../helpers/witness.ts';

const full = process.env['CONCORD_RACE'] === 'full';
/** Nobody hangs: far above what a busy machine needs. */
const bound = 15_000;
let programs: Programs;

beforeAll(async () => {
  programs = await buildPrograms();
});
afterAll(() => programs.remove());

const connected = (directory: string, agent: string, options: StoreOptions = {}): Connection => {
  const connection = connect({ agent, directory, recordCode: false, ...options });
  onTestFinished(() => connection.close());
  return connection;
};

const named = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `task-${String(at).padStart(3, '0')}`);

/** A repository with so many contracts that anybody may claim. */
const offered = async (count: number, terms: object = {}): Promise<string> => {
  const directory = tempRepository();
  const { call } = connected(directory, 'planner');
  await call('init');
  const contracts = named(count).map((contractId) => ({
    contractId,
    title: 'Write it',
    expectedOutputs: ['document'],
    ...terms,
  }));
  await call('contract_create', { contracts });
  return directory;
};

const eventsOf = (commits: readonly Commit[], type: string): string[] =>
  commits.flatMap(({ events }) => events.filter((event) => event.startsWith(`${type} `)));

const isWholeStore = async (directory: string): Promise<void> => {
  expect(fsck(directory)).toBe('');
  const store = await connected(directory, 'planner').store();
  expect(await rebuiltRows(directory)).toEqual(await rowsOf(store));
};

const figures = (answers: readonly Answer[]): string => {
  const ofOne = (operation: Answer['operation']): string => {
    const times = answers
      .filter((answer) => answer.operation === operation && answer.error === undefined)
      .map(({ began, ended }) => ended - began)
      .sort((a, b) => a - b);
    const at = (share: number): string =>
      `${times[Math.min(times.length - 1, Math.floor(times.length * share))]?.toFixed(0)} ms`;
    return `${times.length} ${operation} p50 ${at(0.5)}, p99 ${at(0.99)}, worst ${at(1)}`;
  };
  return `${ofOne('contract_claim')}; ${ofOne('artifact_publish')}`;
};

const slowest = (answers: readonly Answer[]): number =>
  Math.max(...answers.map(({ began, ended }) => ended - began));

const errorsIn = (answers: readonly Answer[]): string[] =>
  [...new Set(answers.flatMap(({ error }) => error ?? []))].sort();

const size = full ? { claimers: 16, contracts: 500 } : { claimers: 6, contracts: 60 };

test.each([
  ['all of one name', () => 'builder'],
  ['each of its own name', (at: number) => `builder-${at}`],
])(
  `${size.claimers} processes claim from ${size.contracts} contracts, %s: each has one winner`,
  async (_, agentOf) => {
    const directory = await offered(size.contracts);
    const start = join(tempDirectory(), 'start');
    const ids = named(size.contracts);
    // Some take the best, some two at once; some walk through all by name, from different ends.
    const ways: readonly Claims['take'][] = ['one', 'two', ids, [...ids].reverse()];
    const running = Array.from({ length: size.claimers }, (_none, at) =>
      startClaimer(programs, { directory, agent: agentOf(at), take: ways[at % 4], start }),
    );
    await sleep(1_000);
    const began = performance.now();
    writeFileSync(start, '');
    const ends = await Promise.all(running.map(({ ended }) => ended));
    const seconds = (performance.now() - began) / 1000;
    expect(ends).toEqual(ends.map(() => ({ code: 0, signal: null })));
    expect(running.map((one) => one.said()).join('')).toBe('');

    const answers = running.flatMap(({ reports }) => reports);
    console.log(`claims, ${agentOf(0)}: ${seconds.toFixed(1)} s; ${figures(answers)}`);
    expect(slowest(answers)).toBeLessThan(bound);
    // Only who goes by name can meet what others have.
    expect(
      errorsIn(answers).filter((error) => error !== 'CLAIM_HELD' && error !== 'NOT_ALLOWED'),
    ).toEqual([]);
    const commits = historyOf(directory);
    const acknowledged = acknowledgedIn(answers);
    expect(wrongWithClaims(commits, acknowledged)).toEqual([]);
    expect(acknowledged).toHaveLength(2 * size.contracts);
    const all = (type: string): string[] => ids.map((id) => `${type} ${id}`);
    for (const type of ['contract-claimed', 'contract-output', 'contract-completed'])
      expect(eventsOf(commits, type).sort()).toEqual(all(type));
    await isWholeStore(directory);
  },
  240_000,
);

const kills = full ? { claimers: 16, contracts: 500 } : { claimers: 4, contracts: 60 };

/** After it, those that are alive may finish: a machine may be too slow to start so many processes beside others. */
const killingTime = 60_000;

/** Kills one of them about every 200 ms and starts another in its place, until there is nothing left to do; returns all there ever were. */
const killing = async (
  startOne: () => Running<Answer>,
  isDone: () => boolean,
): Promise<{ all: Running<Answer>[]; killed: number }> => {
  const alive = Array.from({ length: kills.claimers }, startOne);
  const all = [...alive];
  let killed = 0;
  const end = Date.now() + killingTime;
  while (!isDone()) {
    await sleep(200);
    if (Date.now() > end) continue;
    const at = Math.floor(Math.random() * alive.length);
    // Most may begin to work first: on a slow machine nothing would ever be done.
    if (alive[at]?.reports.length === 0 && Math.random() < 0.75) continue;
    if (alive[at]?.child.kill('SIGKILL')) killed += 1;
    alive[at] = startOne();
    all.push(alive[at]);
  }
  return { all, killed };
};

test(`kill -9 of one of ${kills.claimers} claimers every 200 ms: all ${kills.contracts} contracts are completed, each claim has one winner`, async () => {
  const directory = await offered(kills.contracts, { leaseSeconds: 2, maxAttempts: 100 });
  const until = join(tempDirectory(), 'until');
  let started = 0;
  const startOne = (): Running<Answer> => {
    started += 1;
    const agent = started % 2 === 0 ? 'builder' : `builder-${started % kills.claimers}`;
    return startClaimer(programs, { directory, agent, take: started % 3 ? 'one' : 'two', until });
  };
  const completed = (): number =>
    trailers(directory, 'Concord-Event').filter((event) => event.startsWith('contract-completed '))
      .length;
  const { all, killed } = await killing(startOne, () => completed() === kills.contracts);
  writeFileSync(until, '');
  await Promise.all(all.map(({ ended }) => ended));

  const answers = all.flatMap(({ reports }) => reports);
  const commits = historyOf(directory);
  const acknowledged = acknowledgedIn(answers);
  const claims = eventsOf(commits, 'contract-claimed').length;
  console.log(
    `claims, killed: ${killed} kills, ${claims} claims in the history, ${acknowledged.length} answers; ${figures(answers)}; refused: ${errorsIn(answers).join(' ') || 'nothing'}`,
  );
  expect(wrongWithClaims(commits, acknowledged)).toEqual([]);
  expect(completed()).toBe(kills.contracts);
  // Where processes are started all the time, a lease may run out under a living holder, and a writer may find no turn: it is told so.
  const refusals = /^(CLAIM_LOST|CLAIM_HELD|CONFLICT)$/;
  expect(errorsIn(answers).filter((error) => !refusals.test(error))).toEqual([]);
  expect(slowest(answers)).toBeLessThan(2 * bound);
  const { call } = connected(directory, 'planner');
  const next = { title: 'One more', expectedOutputs: ['document'] };
  await call('contract_create', { contractId: 'after', ...next });
  expect(await call('contract_claim')).toMatchObject({ contract: { id: 'after' } });
  const data = { title: 'After', body: 'all' };
  expect(await call('artifact_publish', { data })).toMatchObject({
    contract: { id: 'after', status: 'completed' },
  });
  await isWholeStore(directory);
}, 300_000);
