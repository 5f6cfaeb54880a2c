import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/operations/connect.ts';
import type { Connection } from '../../src/operations/connect.ts';
import { buildPrograms, startClaimer } from '../helpers/programs.ts';
import type { Answer, Call, Programs, Running, Strike } from '../helpers/programs.ts';
import { git, tempRepository } from '../helpers/repository.ts';
import { fsck, rebuiltRows, rowsOf, timeline, tipOf } from '../helpers/store.ts';
import { callsIn, copyOf, harmless, sweep } from './sweep.ts';
import type { Point } from './sweep.ts';

let programs: Programs;

beforeAll(async () => {
  programs = await buildPrograms();
});
afterAll(() => programs.remove());

const connected = (directory: string, agent: string): Connection => {
  const connection = connect({ agent, directory, recordCode: false });
  onTestFinished(() => connection.close());
  return connection;
};

/** A completed contract, one that waits for nothing but that, and a rule of three actions that looks at test results. */
const watched = async (): Promise<string> => {
  const directory = tempRepository();
  const { call, close } = connected(directory, 'planner');
  await call('init');
  for (const name of ['victim', 'qa-dev']) await call('agent_register', { name });
  const dependencies = ['build-api'];
  await call('contract_create', {
    contracts: [{ contractId: 'build-api' }, { contractId: 'deploy', dependencies }],
  });
  await call('contract_update', { contractId: 'build-api', action: 'complete' });
  await call('pipeline_create', {
    pipelineId: 'ci-loop',
    rules: [
      {
        trigger: { type: 'artifact_published', artifactType: 'test-results' },
        condition: 'data.failed > 0',
        actions: [
          { type: 'notify_session', target: 'qa-dev', message: '${data.failed} failed' },
          { type: 'reopen_contract', contractId: 'build-api', reason: '${data.failed} failed' },
          { type: 'create_contract', contractId: 'look', title: 'Look at ${artifact.ref}' },
        ],
      },
    ],
  });
  await close();
  return directory;
};

const input = {
  artifactId: 'results',
  artifactType: 'test-results',
  data: { passed: 1, failed: 2 },
  idempotencyKey: 'the-one-run',
} as const;
const calls: readonly Call[] = [{ operation: 'artifact_publish', input, struck: true }];

/** All that the publish leads to, in its own commit. */
const consequences = [
  'artifact-published results@1',
  expect.stringMatching(/^pipeline-fired ci-loop#1 [0-9a-f]{16}$/),
  'contract-reopened build-api',
  'session-notified qa-dev ci-loop',
  'contract-created look',
  'contract-blocked deploy',
  'contract-ready build-api',
  'contract-ready look',
];

const run = async (directory: string, strike: Strike): Promise<Running<Answer>> => {
  const running = startClaimer(programs, { directory, agent: 'victim', calls }, strike);
  await running.ended;
  return running;
};

/** The commits that have to do with it: one, however often it was tried. */
const published = (directory: string): ReturnType<typeof timeline> =>
  timeline(directory).filter(({ events }) =>
    events.some((event) => /^(artifact-published|pipeline-fired|session-notified)/.test(event)),
  );

const retry = async (directory: string): Promise<unknown> => {
  const victim = connect({ agent: 'victim', directory, recordCode: false });
  try {
    return await victim.call('artifact_publish', input);
  } finally {
    await victim.close();
  }
};

const check = async (directory: string, place: string): Promise<void> => {
  const [once, ...more] = published(directory);
  expect(more, place).toEqual([]);
  expect(once?.events, place).toEqual(consequences);
  expect(once?.ops, place).toHaveLength(1);
  const qa = connect({ agent: 'qa-dev', directory, recordCode: false });
  const { items } = await qa.call('inbox_read', { all: true });
  expect(
    items.filter(({ kind }) => kind === 'session-notified').map(({ quote }) => quote),
    place,
  ).toEqual(['2 failed']);
  expect(await qa.call('contract_get', { contractId: 'build-api' }), place).toMatchObject({
    status: 'ready',
    attempt: 2,
  });
  const { contracts } = (await qa.call('contract_get', {})) as {
    readonly contracts: readonly { readonly id: string }[];
  };
  expect(contracts.map(({ id }) => id).sort(), place).toEqual(['build-api', 'deploy', 'look']);
  const rows = await rowsOf(await qa.store());
  await qa.close();
  expect(await rebuiltRows(directory), place).toEqual(rows);
  expect(fsck(directory), place).toBe('');
};

const killAt = async (template: string, { at, when }: Point): Promise<boolean> => {
  const directory = copyOf(template);
  const before = tipOf(directory);
  const victim = await run(directory, { at, when, signal: 'SIGKILL' });
  const place = `${when} call ${at}: ${victim.said()}`;
  expect((await victim.ended).signal, place).toBe('SIGKILL');
  const after = tipOf(directory);
  const happened = after !== before;
  // All of it, or none of it.
  expect(
    published(directory).map(({ events }) => events),
    place,
  ).toEqual(happened ? [consequences] : []);
  if (victim.reports.length > 0) expect(victim.reports[0]?.output?.['commit'], place).toBe(after);
  expect(fsck(directory), place).toBe('');
  const first = await retry(directory);
  expect(first, place).toMatchObject({ ref: 'results@1' });
  if (happened) expect(first, place).toMatchObject({ commit: after });
  const tip = tipOf(directory);
  expect(await retry(directory), place).toMatchObject({ ref: 'results@1', commit: tip });
  expect(tipOf(directory), place).toBe(tip);
  await check(directory, place);
  return happened;
};

test('kill -9 at every writing call of a publish that triggers three actions: retried, nothing fires twice', async () => {
  const template = await watched();
  const counting = copyOf(template);
  const counted = await run(counting, harmless);
  expect(counted.reports).toEqual([
    expect.objectContaining({ output: expect.objectContaining({ ref: 'results@1' }) as object }),
  ]);
  await check(counting, 'undisturbed');
  const writing = callsIn(counted.said());
  expect(writing.length).toBeGreaterThan(15);
  const seen = { old: 0, new: 0 };
  await sweep('publish that triggers three actions', writing, 8, async (point) => {
    seen[(await killAt(template, point)) ? 'new' : 'old'] += 1;
  });
  console.log(
    `kill sweep, publish that triggers three actions: ${seen.old} times as before, ${seen.new} times done`,
  );
}, 600_000);

test('without the key it is another publish: the rule fires again, once for each', async () => {
  const directory = copyOf(await watched());
  const victim = connected(directory, 'victim');
  const { idempotencyKey: _key, ...again } = input;
  await victim.call('artifact_publish', input);
  await victim.call('artifact_publish', again);
  await victim.call('artifact_publish', input);
  const fired = timeline(directory)
    .flatMap(({ events }) => events)
    .filter((event) => event.startsWith('pipeline-fired '));
  expect(fired).toHaveLength(2);
  expect(new Set(fired).size).toBe(2);
  expect(git(directory, 'log', '--format=%s', 'concord/main')).not.toContain('results@3');
});
