import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { ConcordError } from '../../src/model/error.ts';
import { connect } from '../../src/operations/connect.ts';
import type { Connection } from '../../src/operations/connect.ts';
import type { StoreOptions } from '../../src/store/store.ts';
import { buildPrograms, isStopped, startClaimer } from '../helpers/programs.ts';
import type { Answer, Call, Programs, Running, Strike } from '../helpers/programs.ts';
import { tempDirectory, tempRepository } from '../helpers/repository.ts';
import { fsck, rebuiltRows, rowsOf } from '../helpers/store.ts';
import { acknowledgedIn, historyOf, wrongWithClaims } from '../helpers/witness.ts';

const leaseSeconds = 2;
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

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await sleep(5);
};

/** A contract with two outputs, so that a holder can be in the middle of it; another one waits for it. */
const repository = async (): Promise<string> => {
  const directory = tempRepository();
  const { call } = connected(directory, 'planner');
  await call('init');
  await call('contract_create', {
    contracts: [
      {
        contractId: 'api',
        title: 'Write the API',
        leaseSeconds,
        expectedOutputs: ['design', 'guide'].map((artifactId) => ({
          artifactType: 'document',
          artifactId,
        })),
      },
      { contractId: 'tests', dependencies: ['api'], expectedOutputs: ['document'] },
    ],
  });
  return directory;
};

const publish = (artifactId: string, more: Partial<Call> = {}): Call => ({
  operation: 'artifact_publish',
  input: {
    contractId: 'api',
    artifactId,
    artifactType: 'document',
    data: { title: artifactId, body: 'by the first holder' },
  },
  ...more,
});

const claim: Call = { operation: 'contract_claim', input: { contractId: 'api' } };

type Held = { readonly agent: string; readonly session: string; readonly expires: string };

const heldBy = async ({ call }: Connection): Promise<Held> => {
  const { claim: held } = (await call('contract_get', { contractId: 'api' })) as { claim: Held };
  return held;
};

/** A holder in a process of its own, with its contract and one output published; what follows, it does once `go` is there. */
const holderAtWork = async (
  directory: string,
  then: readonly Call[] = [],
  strike?: Strike,
): Promise<{ holder: Running<Answer>; go: () => void }> => {
  const file = join(tempDirectory(), 'go');
  const [first, ...rest] = then;
  const work = {
    directory,
    agent: 'first',
    calls: [
      claim,
      publish('design'),
      { ...(first ?? { operation: 'inbox_read' as const }), after: file },
      ...rest,
    ],
  };
  const holder = startClaimer(programs, work, strike);
  await until(() => holder.reports.length === 2 || holder.child.exitCode !== null);
  expect(holder.reports.map(({ error }) => error)).toEqual([undefined, undefined]);
  return { holder, go: () => writeFileSync(file, '') };
};

/** Nobody else gets it while the lease lasts, and somebody does as soon as it has ended. */
const takenOver = async (directory: string): Promise<{ second: Connection; before: Held }> => {
  const second = connected(directory, 'second');
  const before = await heldBy(second);
  const end = Date.parse(before.expires);
  // As late as it can be without being over, however long the machine takes.
  const early = connected(directory, 'second', { clock: () => end - 1 });
  await expect(early.call('contract_claim', { contractId: 'api' })).rejects.toMatchObject({
    code: 'CLAIM_HELD',
    message: expect.stringContaining('first#') as string,
  });
  expect(await early.call('contract_claim')).toMatchObject({ contract: null });
  expect(await heldBy(second)).toEqual(before);

  const got = await second.call('contract_claim', { contractId: 'api', wait: 30 });
  expect(got).toMatchObject({ still: false, contract: { id: 'api', attempt: 2 } });
  expect(Date.now()).toBeGreaterThanOrEqual(end);
  return { second, before };
};

/** The second holder finishes, and the whole history is as it was told. */
const finished = async (
  directory: string,
  { call }: Connection,
  answers: readonly Answer[],
): Promise<void> => {
  // The first holder's output counts for the round; the second one publishes what is missing.
  expect(await call('artifact_get', { artifactId: 'design@1' })).toMatchObject({
    publisher: 'first',
    data: { title: 'design' },
  });
  const data = { title: 'guide', body: 'by the second holder' };
  expect(await call('artifact_publish', { data })).toMatchObject({
    ref: 'guide@1',
    contract: { id: 'api', status: 'completed' },
    ready: [{ id: 'tests' }],
  });
  expect(wrongWithClaims(historyOf(directory), acknowledgedIn(answers))).toEqual([]);
  expect(fsck(directory)).toBe('');
  const store = await connected(directory, 'planner').store();
  expect(await rebuiltRows(directory)).toEqual(await rowsOf(store));
};

/** What the first holder is told when it goes on. */
const isTold = (answer: Pick<Answer, 'error' | 'message'> | undefined, second: Held): void => {
  expect(answer).toMatchObject({ error: 'CLAIM_LOST' });
  expect(answer?.message).toMatch(/^api is not yours any more; nothing was changed\./);
  expect(answer?.message).toContain(`second#${second.session.slice(0, 4)} took it at `);
};

test('a holder is killed in the middle: its contract is free when the lease has ended, not before; its token is no proof any more', async () => {
  const directory = await repository();
  const { holder } = await holderAtWork(directory);
  holder.child.kill('SIGKILL');
  await holder.ended;
  const { second } = await takenOver(directory);
  const held = await heldBy(second);
  const token = String(holder.reports[0]?.output?.['token']);
  for (const agent of ['first', 'second', 'third']) {
    const { call } = connected(directory, agent);
    const input = { ...publish('guide').input, token };
    const error = await call('artifact_publish', input).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConcordError);
    const { code, message, hint } = error as ConcordError;
    isTold({ error: code, message: `${message}\n${hint}` }, held);
  }
  await finished(directory, second, holder.reports);
}, 60_000);

test('a holder that slept over its lease is told who has its contract, with every further step', async () => {
  const directory = await repository();
  const then: Call[] = [
    publish('guide'),
    { operation: 'artifact_publish', input: { data: { title: 'guide', body: 'once more' } } },
    { operation: 'artifact_publish', input: { ...publish('guide').input, expectedVersion: 0 } },
  ];
  const { holder, go } = await holderAtWork(directory, then);
  holder.child.kill('SIGSTOP');
  await until(() => isStopped(holder));
  const { second } = await takenOver(directory);
  const held = await heldBy(second);
  go();
  holder.child.kill('SIGCONT');
  expect(await holder.ended).toEqual({ code: 0, signal: null });
  const late = holder.reports.slice(2);
  expect(late).toHaveLength(3);
  for (const answer of late) isTold(answer, held);
  expect(await heldBy(second)).toEqual(held);
  await finished(directory, second, holder.reports);
}, 60_000);

const phases = [
  ['with its pack, before the ref has moved', /mkdirSync .*locks/, 'before'],
  ['before it takes the lock', /linkSync/, 'before'],
] as const;

test.each(phases)(
  'a holder stopped in its publish, %s, over the end of its lease: it has lost',
  async (phase, pattern, when) => {
    const calls = await writingCalls();
    const at = calls.findIndex((line) => pattern.test(line)) + 1;
    expect(at, phase).toBeGreaterThan(0);
    const directory = await repository();
    const strike: Strike = { at, when, signal: 'SIGSTOP' };
    const then = [publish('guide', { struck: true })];
    const { holder, go } = await holderAtWork(directory, then, strike);
    go();
    await until(() => isStopped(holder));
    const { second } = await takenOver(directory);
    const held = await heldBy(second);
    holder.child.kill('SIGCONT');
    await holder.ended;
    expect(holder.reports).toHaveLength(3);
    isTold(holder.reports[2], held);
    await finished(directory, second, holder.reports);
  },
  60_000,
);

let counted: Promise<readonly string[]> | undefined;

/** The writing calls of the second publish that nobody disturbs. */
const writingCalls = (): Promise<readonly string[]> => (counted ??= countCalls());

const countCalls = async (): Promise<readonly string[]> => {
  const directory = await repository();
  const strike: Strike = { at: 0, when: 'before', signal: 'SIGSTOP' };
  const { holder, go } = await holderAtWork(
    directory,
    [publish('guide', { struck: true })],
    strike,
  );
  go();
  await holder.ended;
  return holder
    .said()
    .split('\n')
    .filter((line) => line.startsWith('call '));
};

test('a lease that ends between the try and the look at what comes next is not slept over', async () => {
  const directory = await repository();
  // All is long over by the clock of the machine: nothing but the next try has to be waited for.
  const past = Date.now() - 3_600_000;
  await connected(directory, 'first', { clock: () => past }).call('contract_claim', claim.input);
  let now = past;
  const second = connected(directory, 'second', { clock: () => now });
  const store = await second.store();
  const look = store.look.bind(store);
  store.look = (...args) => {
    now = past + 1_000 * (leaseSeconds + 1);
    return look(...args);
  };
  const began = performance.now();
  const got = await second.call('contract_claim', { contractId: 'api', wait: 60 });
  expect(got).toMatchObject({ contract: { id: 'api', attempt: 2 } });
  // Nobody looks again by itself before 5 s have passed.
  expect(performance.now() - began).toBeLessThan(4_000);
}, 60_000);
