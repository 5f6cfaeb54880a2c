import { describe, expect, test } from 'vitest';
import { concord, json, ok, storeRepository } from '../helpers/cli.ts';
import { session } from '../helpers/mcp.ts';
import type { Session } from '../helpers/mcp.ts';
import { fsck, timeline } from '../helpers/store.ts';
import type { Told } from '../helpers/store.ts';

const as = (directory: string, name: string): Promise<Session> =>
  session(directory, { args: ['--as', name] });

const endpoints = (...paths: readonly string[]) => ({
  endpoints: paths.map((path) => ({ method: 'POST', path })),
});
const results = (failed: number) => ({
  passed: 3,
  failed,
  ...(failed > 0 && {
    failures: Array.from({ length: failed }, (_, at) => ({ test: `t${at}`, message: 'wrong' })),
  }),
});

/** A loop that ann-lee has set up and then leaves alone, and a process for each of the two agents. */
const loop = async (): Promise<{ directory: string; api: Session; qa: Session }> => {
  const directory = await storeRepository();
  const out = await ok(directory, ['apply', 'templates/ci-loop.yaml', '--prefix', 'auth/']);
  expect(out).toMatch(/^Applied 2 contracts, 1 pipeline\.\n/);
  return { directory, api: await as(directory, 'api-dev'), qa: await as(directory, 'qa-dev') };
};

const statusOf = async (directory: string, ...ids: readonly string[]): Promise<string[]> =>
  Promise.all(
    ids.map(
      async (id) => (await json<{ status: string }>(directory, ['contract', 'show', id])).status,
    ),
  );
const statuses = (directory: string): Promise<string[]> =>
  statusOf(directory, 'auth/build-api', 'auth/write-tests');

/** What each commit after the set-up says, without the hashes of firings and the agents' registrations. */
const eventsOf = ({ events }: Told): string[] =>
  events
    .filter((event) => !event.startsWith('agent-registered '))
    .map((event) => event.replace(/^(pipeline-fired \S+) [0-9a-f]{16}$/, '$1'));
const story = (directory: string): (readonly [string, readonly string[]])[] =>
  timeline(directory)
    .slice(2)
    .map((told) => [told.author, eventsOf(told)] as const);

const reasonsIn = ({ body }: Told): string[] =>
  [...body.matchAll(/^Concord-Reason: (.*)$/gm)].map(([, reason = '']) => reason);

/** api-dev builds what it is given. */
const build = async ({ tell }: Session, ...paths: readonly string[]): Promise<string> => {
  const task = await tell('contract_claim', { wait: 60 });
  expect(task).toMatch(/^You hold auth\/build-api /);
  expect(await tell('artifact_publish', { data: endpoints(...paths) })).toMatch(
    /^Published auth\/api@\d+; auth\/build-api is completed\.\n/,
  );
  return task;
};

/** qa-dev tests what there is, under its own contract. */
const tested = async ({ tell }: Session, failed: number): Promise<string> => {
  expect(await tell('contract_claim', { wait: 60 })).toMatch(/^You hold auth\/write-tests /);
  return tell('artifact_publish', { data: results(failed) });
};

test('failing tests open the API again in their own commit, it is fixed, the tests pass, and nobody steers', async () => {
  const { directory, api, qa } = await loop();
  expect(await statuses(directory)).toEqual(['ready', 'pending']);
  const [listening] = await Promise.all([
    qa.tell('inbox_read', { wait: 60 }),
    build(api, '/login'),
  ]);
  expect(listening).toContain('The API is now auth/api@1: test it again.');
  expect(listening).toContain('auth/write-tests is ready for qa-dev');

  const failing = await tested(qa, 2);
  expect(failing).toMatch(/^Published auth\/test-results@1/);
  expect(await statuses(directory)).toEqual(['ready', 'pending']);
  const [last] = timeline(directory).slice(-1) as [Told];
  expect(last.author).toBe('qa-dev');
  expect(eventsOf(last)).toEqual([
    'artifact-published auth/test-results@1',
    'contract-output auth/write-tests',
    'contract-completed auth/write-tests',
    'pipeline-fired auth/ci-loop#2',
    'contract-reopened auth/build-api',
    'contract-reset auth/write-tests',
    'contract-ready auth/build-api',
  ]);
  expect(reasonsIn(last)).toEqual([
    'artifact-published auth/test-results@1',
    'Tests failing: 2 failures',
    'auth/build-api is open again',
  ]);
  expect(last.body).toMatch(
    /^Concord-Event: contract-reopened auth\/build-api\nConcord-Reason: Tests failing: 2 failures\nConcord-Cause: auth\/test-results@1$/m,
  );
  expect(last.notices).toEqual(
    expect.arrayContaining(['api-dev contract-ready auth/build-api']) as string[],
  );

  const news = await api.tell('inbox_read', { wait: 60 });
  expect(news).toContain('auth/build-api is ready for api-dev');
  const task = await build(api, '/login', '/refresh');
  expect(task).toContain('(attempt 2 of 3)');
  expect(task).toMatch(/\nOpen again because .*\n\| Tests failing: 2 failures\n/);
  expect(await qa.tell('inbox_read', { wait: 60 })).toContain('The API is now auth/api@2');
  expect(await tested(qa, 0)).toMatch(
    /^Published auth\/test-results@2; auth\/write-tests is completed\.\n/,
  );

  expect(await statuses(directory)).toEqual(['completed', 'completed']);
  expect(story(directory)).toEqual([
    ['api-dev', ['contract-claimed auth/build-api']],
    [
      'api-dev',
      [
        'artifact-published auth/api@1',
        'contract-output auth/build-api',
        'contract-completed auth/build-api',
        'pipeline-fired auth/ci-loop#1',
        'session-notified qa-dev auth/ci-loop',
        'contract-ready auth/write-tests',
      ],
    ],
    ['qa-dev', ['contract-claimed auth/write-tests']],
    ['qa-dev', eventsOf(last)],
    ['api-dev', ['contract-claimed auth/build-api']],
    [
      'api-dev',
      [
        'artifact-published auth/api@2',
        'contract-output auth/build-api',
        'contract-completed auth/build-api',
        'pipeline-fired auth/ci-loop#1',
        'session-notified qa-dev auth/ci-loop',
        'contract-ready auth/write-tests',
      ],
    ],
    ['qa-dev', ['contract-claimed auth/write-tests']],
    [
      'qa-dev',
      [
        'artifact-published auth/test-results@2',
        'contract-output auth/write-tests',
        'contract-completed auth/write-tests',
        'contract-recovered auth/build-api',
      ],
    ],
  ]);
  // Neither a message nor a call of whoever set it up was needed.
  const all = timeline(directory);
  expect(JSON.stringify(all)).not.toContain('message-sent');
  expect(all.slice(2).filter(({ author }) => author === 'ann-lee')).toEqual([]);
  expect(all.at(-1)?.derivedFrom).toEqual(['auth/api@2 (input)']);
  expect(fsck(directory)).toBe('');
  expect((await concord(directory, ['doctor', '--full'])).code).toBe(0);
});

describe('a loop that cannot be healed', () => {
  /** Until it stops by itself: what each round led to. */
  const rounds = async (
    { directory, api, qa }: Awaited<ReturnType<typeof loop>>,
    paths: (round: number) => readonly string[],
    failed: (round: number) => number,
  ): Promise<Told[]> => {
    const said: Told[] = [];
    for (let round = 1; round <= 20; round += 1) {
      await build(api, ...paths(round));
      await tested(qa, failed(round));
      said.push(timeline(directory).at(-1) as Told);
      if ((await statuses(directory))[0] === 'failed') return said;
    }
    return expect.fail('it goes on and on');
  };

  const atItsEnd = async (
    { directory, api, qa }: Awaited<ReturnType<typeof loop>>,
    said: readonly Told[],
    why: RegExp,
  ): Promise<void> => {
    expect(await statuses(directory)).toEqual(['failed', 'pending']);
    expect(
      said.map((told) => eventsOf(told).find((event) => /reopened|failed/.test(event))),
    ).toEqual([
      ...said.slice(1).map(() => 'contract-reopened auth/build-api'),
      'contract-failed auth/build-api',
    ]);
    for (const told of said)
      expect(reasonsIn(told).some((reason) => reason.startsWith('Tests failing: '))).toBe(true);
    expect(reasonsIn(said.at(-1) as Told).join('\n')).toMatch(why);
    expect(said.at(-1)?.notices).toContain('ann-lee contract-failed auth/build-api');
    const inbox = await ok(directory, ['inbox', '--all']);
    expect(inbox).toContain('qa-dev: auth/build-api has failed for good\n');
    expect(inbox).toMatch(why);
    const status = await ok(directory, ['status']);
    expect(status).toMatch(/\nNeeds you\n +auth\/build-api/);
    // git tells of every round, and of nothing after the last one.
    const told = timeline(directory).filter(({ body }) => body.includes('Tests failing: '));
    expect(told.map(({ subject }) => subject)).toEqual(
      said.map((_, at) => expect.stringContaining(`qa-dev publishes auth/test-results@${at + 1}`)),
    );
    expect(timeline(directory).at(-1)?.commit).toBe(said.at(-1)?.commit);
    for (const { tell } of [api, qa])
      expect(await tell('contract_claim')).toMatch(/^Nothing is ready for /);
    expect(JSON.stringify(timeline(directory))).not.toContain('message-sent');
    expect(fsck(directory)).toBe('');
  };

  test('stops at once when the same API fails in the same way', async () => {
    const all = await loop();
    const said = await rounds(
      all,
      () => ['/login'],
      () => 2,
    );
    expect(said).toHaveLength(2);
    await atItsEnd(all, said, /Tests failing: 2 failures \(no progress: auth\/test-results@2 says/);
  });

  test('stops after its attempts when something changes every time, and its assigner can grant more', async () => {
    const all = await loop();
    const { directory, api, qa } = all;
    const said = await rounds(
      all,
      (round) => Array.from({ length: round }, (_, at) => `/login-${at}`),
      (round) => round,
    );
    expect(said).toHaveLength(3);
    await atItsEnd(all, said, /Tests failing: 3 failures \(all 3 attempts are used up\)/);
    await ok(directory, ['contract', 'reopen', 'auth/build-api', 'Another try']);
    const task = await build(api, '/login');
    expect(task).toContain('\n| Another try\n');
    expect(task.split('\n')[0]).not.toMatch(/attempt [2-9]/);
    await tested(qa, 0);
    expect(await statuses(directory)).toEqual(['completed', 'completed']);
  });
});
