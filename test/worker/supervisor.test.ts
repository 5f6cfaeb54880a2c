import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { json, ok, storeRepository, within } from '../helpers/cli.ts';
import { git, tempDirectory, tempRepository } from '../helpers/repository.ts';
import {
  atWorkIn,
  documents,
  eventsOf,
  script,
  supervise,
  until,
  worker,
} from '../helpers/supervisor.ts';

type Shown = { status: string; attempt: number; reason?: { text: string } };

const shown = (directory: string, id: string): Promise<Shown> =>
  json<Shown>(directory, ['contract', 'show', id]);

const runsLeft = (directory: string): readonly string[] =>
  existsSync(join(directory, '.git/concord/runs'))
    ? readdirSync(join(directory, '.git/concord/runs'))
    : [];

const each = (command: string, ...names: readonly string[]): string[] => [
  '--no-worktree',
  ...names.flatMap((name) => ['--agent', `${name}=${command}`]),
];

test('up carries the linear chain out, and nobody else acts', async () => {
  const directory = await storeRepository();
  const command = script(directory, 'agent.sh', worker);
  const up = supervise(directory, [
    'up',
    'templates/linear-chain.yaml',
    ...each(command, 'db-dev', 'api-dev', 'qa-dev'),
  ]);
  expect(await up.ended).toBe(0);
  expect(up.err()).toBe('');
  expect(up.out()).toContain('Completed 3 contracts: setup-schema, build-api, write-tests');
  expect(up.out()).toContain('No budget is set');
  expect(eventsOf(directory).filter((event) => event.startsWith('contract-completed'))).toEqual([
    'contract-completed setup-schema',
    'contract-completed build-api',
    'contract-completed write-tests',
  ]);
  expect(runsLeft(directory)).toEqual([]);
  expect(atWorkIn(directory)).toEqual([]);
});

test('up heals: failing tests open the API again, and its next attempt makes them pass', async () => {
  const directory = await storeRepository();
  const command = script(
    directory,
    'agent.sh',
    `case "$CONCORD_CONTRACT" in
build-api) d='{"endpoints":[{"method":"POST","path":"/login/'$CONCORD_ATTEMPT'"}]}';;
write-tests)
  if concord get api | grep -q /login/2; then d='{"passed":3,"failed":0}'; else d='{"passed":1,"failed":2}'; fi;;
esac
concord publish --data "$d"`,
  );
  const up = supervise(directory, [
    'up',
    'templates/ci-loop.yaml',
    ...each(command, 'api-dev', 'qa-dev'),
  ]);
  expect(await up.ended).toBe(0);
  const events = eventsOf(directory).filter((event) => /contract-(completed|reopened)/.test(event));
  expect(events).toEqual([
    'contract-completed build-api',
    'contract-completed write-tests',
    'contract-reopened build-api',
    'contract-completed build-api',
    'contract-completed write-tests',
  ]);
});

test('what ends badly fails its attempt, with the exit code and its last words; what publishes nothing, too', async () => {
  const directory = await storeRepository();
  const file = documents(directory, 3, { maxAttempts: 1 });
  const command = script(
    directory,
    'agent.sh',
    `case "$CONCORD_CONTRACT" in
task-01) echo begun; printf 'no such table: users \\033[31m\\n' >&2; exit 3;;
task-02) exit 0;;
task-03) kill -9 $$;;
esac`,
  );
  const up = supervise(directory, ['up', file, ...each(command, 'api-dev')]);
  expect(await up.ended).toBe(1);
  const reason = async (id: string): Promise<string | undefined> =>
    (await shown(directory, id)).reason?.text;
  expect(await reason('task-01')).toBe(
    './agent.sh ended with exit code 3; its last words: no such table: users \\u{001b}[31m',
  );
  expect(await reason('task-02')).toBe('./agent.sh ended without publishing document');
  expect(await reason('task-03')).toContain('./agent.sh ended with exit code 137 (SIGKILL)');
  expect(up.out()).toContain('Failed 3 contracts:');
});

test('a contract that expects nothing is completed by a command that ends well', async () => {
  const directory = await storeRepository();
  await ok(directory, ['contract', 'create', 'tidy-up', '--assignee', 'api-dev']);
  const run = supervise(directory, ['run', '--until-idle', ...each('true', 'api-dev')]);
  expect(await run.ended).toBe(0);
  expect((await shown(directory, 'tidy-up')).status).toBe('completed');
});

test('a command that takes too long is stopped with all that it started', async () => {
  const directory = await storeRepository();
  const file = documents(directory, 1, { maxAttempts: 1 });
  const command = script(directory, 'agent.sh', 'sleep 300 & echo waiting; wait');
  const up = supervise(directory, ['up', file, '--time-limit', '1', ...each(command, 'api-dev')]);
  expect(await up.ended).toBe(1);
  expect((await shown(directory, 'task-01')).reason?.text).toBe(
    './agent.sh took longer than 1 s and was stopped; its last words: waiting',
  );
  expect(atWorkIn(directory)).toEqual([]);
});

test('what a command leaves behind ends with it', async () => {
  const directory = await storeRepository();
  const file = documents(directory, 1);
  const command = script(directory, 'agent.sh', `sleep 300 &\n${worker}`);
  const up = supervise(directory, ['up', file, ...each(command, 'api-dev')]);
  expect(await up.ended).toBe(0);
  expect(atWorkIn(directory)).toEqual([]);
});

test('a missing program costs three attempts, not all', async () => {
  const directory = await storeRepository();
  const file = documents(directory, 6, { maxAttempts: 1 });
  const up = supervise(directory, [
    'up',
    file,
    '--parallel',
    '1',
    ...each('./no-such-program', 'api-dev'),
  ]);
  expect(await up.ended).toBe(1);
  const states = await Promise.all(
    [1, 2, 3, 4, 5, 6].map(async (n) => (await shown(directory, `task-0${n}`)).status),
  );
  expect(states).toEqual(['failed', 'failed', 'failed', 'ready', 'ready', 'ready']);
  expect(up.out()).toContain('api-dev gets no more contracts');
  expect((await shown(directory, 'task-01')).reason?.text).toContain('127 (command not found)');
});

test('the first Ctrl-C lets what runs end, and starts nothing more', async () => {
  const directory = await storeRepository();
  const file = documents(directory, 2);
  const command = script(
    directory,
    'agent.sh',
    `touch begun; while [ ! -e go ]; do sleep 0.05; done\n${worker}`,
  );
  const up = supervise(directory, ['up', file, '--parallel', '1', ...each(command, 'api-dev')]);
  await until(() => existsSync(join(directory, 'begun')), 'begun');
  up.child.kill('SIGINT');
  await up.says('nothing new is started');
  script(directory, 'go', '');
  expect(await up.ended).toBe(130);
  expect((await shown(directory, 'task-01')).status).toBe('completed');
  expect((await shown(directory, 'task-02')).status).toBe('ready');
  expect(runsLeft(directory)).toEqual([]);
});

test('the second Ctrl-C stops what runs, and gives it back without using an attempt', async () => {
  const directory = await storeRepository();
  const file = documents(directory, 1);
  const command = script(
    directory,
    'agent.sh',
    'trap "" TERM; touch begun; while :; do sleep 0.1; done',
  );
  const up = supervise(directory, ['up', file, ...each(command, 'api-dev')]);
  await until(() => existsSync(join(directory, 'begun')), 'begun');
  up.child.kill('SIGINT');
  await up.says('nothing new is started');
  up.child.kill('SIGINT');
  expect(await up.ended).toBe(130);
  const { status, attempt } = await shown(directory, 'task-01');
  expect({ status, attempt }).toEqual({ status: 'ready', attempt: 1 });
  expect(eventsOf(directory)).toContain('contract-released task-01');
  expect(eventsOf(directory)).toContain('usage-recorded task-01');
  expect(atWorkIn(directory)).toEqual([]);
});

test('what is taken away from a run is not worked on', async () => {
  const directory = await storeRepository();
  const file = documents(directory, 1);
  const command = script(directory, 'agent.sh', 'touch begun; sleep 300');
  const up = supervise(directory, ['up', file, ...each(command, 'api-dev')]);
  await until(() => existsSync(join(directory, 'begun')), 'begun');
  await ok(directory, ['contract', 'cancel', 'task-01', '--as', 'ann-lee']);
  expect(await up.ended).toBe(0);
  expect(up.out()).toContain('its claim was taken away (contract-cancelled)');
  expect(atWorkIn(directory)).toEqual([]);
});

test('nothing is started for what the budget does not pay for', async () => {
  const directory = await storeRepository();
  const file = documents(directory, 2);
  await ok(directory, ['apply', file]);
  await ok(
    directory,
    [
      'budget',
      'set',
      '--total',
      '{"usd":2}',
      '--contracts',
      '[{"contractId":"task-01","usd":1}]',
    ].slice(0, 4),
  );
  await within(directory, 'ann-lee', ({ call }) =>
    call('budget_record', { monitoring: true, usd: '2' }),
  );
  const command = script(directory, 'agent.sh', worker);
  const run = supervise(directory, ['run', '--until-idle', ...each(command, 'api-dev')]);
  expect(await run.ended).toBe(0);
  expect(run.out()).toContain('the whole budget is used up');
  expect(eventsOf(directory).filter((event) => event.startsWith('contract-claimed'))).toEqual([]);
});

test('commands of a store from elsewhere are run only when somebody says so', async () => {
  const directory = await storeRepository();
  const team = {
    agents: [{ name: 'api-dev', command: 'touch was-run' }],
    contracts: [{ contractId: 'task', assignee: 'api-dev' }],
  };
  writeFileSync(join(directory, 'team.yaml'), JSON.stringify(team));
  await ok(directory, ['apply', 'team.yaml']);
  // As if the store had come with a clone.
  rmSync(join(directory, '.git/concord/commands'), { recursive: true });
  const refused = supervise(directory, ['run', '--until-idle']);
  expect(await refused.ended).toBe(1);
  expect(refused.err()).toContain('api-dev: sh -c "touch was-run"');
  expect(existsSync(join(directory, 'was-run'))).toBe(false);
  expect(await supervise(directory, ['run', '--until-idle', '--no-worktree', '--yes']).ended).toBe(
    0,
  );
  expect(existsSync(join(directory, 'was-run'))).toBe(true);
});

test('with --json each event is one object on one line', async () => {
  const directory = await storeRepository();
  const file = documents(directory, 1);
  const command = script(directory, 'agent.sh', worker);
  const up = supervise(directory, ['up', file, '--json', ...each(command, 'api-dev')]);
  expect(await up.ended).toBe(0);
  const types = up
    .out()
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types).toEqual(['applied', 'note', 'started', 'ended', 'summary']);
});

test('the prompt reaches a plain program on its standard input, and is kept to be read', async () => {
  const directory = await storeRepository();
  const file = documents(directory, 1, { title: 'Say hello', leaseSeconds: 0 });
  const command = script(directory, 'agent.sh', `cat > prompt-seen\n${worker}`);
  const up = supervise(directory, ['up', file, ...each(command, 'api-dev')]);
  expect(await up.ended).toBe(0);
  expect(readFileSync(join(directory, 'prompt-seen'), 'utf8')).toContain('Say hello');
  const [ended = ''] = readdirSync(join(directory, '.git/concord/ended'));
  expect(readdirSync(join(directory, '.git/concord/ended', ended)).sort()).toEqual([
    'code',
    'output',
    'prompt.md',
    'run.json',
  ]);
});

test('each contract has a work tree and a branch of its own, and the end says what to merge', async () => {
  const directory = await storeRepository();
  git(directory, 'config', 'concord.worktrees', join(tempDirectory(), 'trees'));
  script(
    directory,
    'agent.sh',
    `echo words > "$CONCORD_CONTRACT.txt"
git add . && git commit -qm "$CONCORD_CONTRACT" && ${worker}`,
  );
  git(directory, 'add', 'agent.sh');
  git(directory, 'commit', '-qm', 'An agent');
  const file = documents(directory, 2);
  const up = supervise(directory, ['up', file, '--agent', 'api-dev=./agent.sh']);
  expect({ code: await up.ended, err: up.err() }).toEqual({ code: 0, err: '' });
  expect(up.out()).toContain('  git merge work/task-01\n  git merge work/task-02\n');
  expect(git(directory, 'show', 'work/task-02:task-02.txt')).toBe('words');
  expect(existsSync(join(directory, 'task-01.txt'))).toBe(false);
  // What is committed is on its branch: the work trees hold nothing of their own.
  expect(git(directory, 'worktree', 'list').split('\n')).toHaveLength(1);
  expect(git(directory, 'status', '--porcelain')).toBe('?? team.yaml');
});

test('a command that is not committed is not in a work tree, and the reason says so', async () => {
  const directory = await storeRepository();
  git(directory, 'config', 'concord.worktrees', join(tempDirectory(), 'trees'));
  const command = script(directory, 'agent.sh', worker);
  const file = documents(directory, 1, { maxAttempts: 1 });
  const up = supervise(directory, ['up', file, '--agent', `api-dev=${command}`]);
  expect(await up.ended).toBe(1);
  expect((await shown(directory, 'task-01')).reason?.text).toContain(
    '127 (command not found in its work tree, which holds what is committed)',
  );
});

test('the lease of a claim holds as long as its command is at work', async () => {
  const directory = await storeRepository();
  const file = documents(directory, 1, { leaseSeconds: 3 });
  const command = script(directory, 'agent.sh', `sleep 5\n${worker}`);
  const up = supervise(directory, ['up', file, ...each(command, 'api-dev', 'qa-dev')]);
  expect(await up.ended).toBe(0);
  const events = eventsOf(directory).filter((event) => /claimed|renewed|completed/.test(event));
  expect(events[0]).toBe('contract-claimed task-01');
  expect(events.at(-1)).toBe('contract-completed task-01');
  expect(new Set(events.slice(1, -1))).toEqual(new Set(['contract-renewed task-01']));
});

// It takes the half minute that a back-off takes.
test.runIf(process.env['CONCORD_RACE'] === 'full')(
  'a failed attempt is tried again when its back-off has passed',
  async () => {
    const directory = await storeRepository();
    const file = documents(directory, 1, { maxAttempts: 2 });
    const command = script(
      directory,
      'agent.sh',
      `[ "$CONCORD_ATTEMPT" = 1 ] && concord fail task-01 'not yet' && exit 0\n${worker}`,
    );
    const up = supervise(directory, ['up', file, ...each(command, 'api-dev')]);
    await up.says('api-dev ended task-01: failed');
    expect(up.out()).toContain('not yet');
    expect(await up.ended).toBe(0);
    expect(up.out()).toContain('api-dev started task-01 (attempt 2)');
    expect(up.out()).toContain('Completed 1 contract: task-01');
  },
  90_000,
);

test('one that has a store of its own, and works on another line', async () => {
  const directory = await storeRepository();
  const code = tempRepository();
  const store = ['--store', directory];
  await ok(code, [...store, 'snapshot', 'create', 'before']);
  await ok(code, [...store, 'replay', 'start', 'before', '--name', 'again']);
  const line = [...store, '--line', 'replay/again'];
  await ok(code, [
    ...line,
    'contract',
    'create',
    'task',
    '--assignee',
    'api-dev',
    '--expects',
    'document',
  ]);
  const command = script(code, 'agent.sh', worker);
  const run = supervise(code, [...line, 'run', '--until-idle', ...each(command, 'api-dev')]);
  expect({ code: await run.ended, err: run.err() }).toEqual({ code: 0, err: '' });
  const shows = await json<Shown>(code, [...line, 'contract', 'show', 'task']);
  expect(shows.status).toBe('completed');
  expect(existsSync(join(code, '.git/concord/ended'))).toBe(false);
});

test('work goes on when nobody reads what is said of it', async () => {
  const directory = await storeRepository();
  const file = documents(directory, 2);
  const command = script(directory, 'agent.sh', worker);
  const up = supervise(directory, ['up', file, '--parallel', '1', ...each(command, 'api-dev')]);
  await up.says('Applied');
  up.child.stdout?.destroy();
  expect(await up.ended).toBe(0);
  expect((await shown(directory, 'task-02')).status).toBe('completed');
  expect(runsLeft(directory)).toEqual([]);
});

test('when the terminal goes away, what runs is stopped and given back', async () => {
  const directory = await storeRepository();
  const file = documents(directory, 1);
  const command = script(directory, 'agent.sh', 'touch begun; sleep 300');
  const up = supervise(directory, ['up', file, ...each(command, 'api-dev')]);
  await until(() => existsSync(join(directory, 'begun')), 'begun');
  up.child.kill('SIGHUP');
  expect(await up.ended).toBe(130);
  expect((await shown(directory, 'task-01')).status).toBe('ready');
  expect(atWorkIn(directory)).toEqual([]);
});

test('a secret that a command prints last is in no reason, and the attempt has failed all the same', async () => {
  const directory = await storeRepository();
  const file = documents(directory, 1, { maxAttempts: 1 });
  // Put together, so that this file holds nothing that looks like one.
  const secret = ['AKIA', 'Q3EGRZ7VW5XKYT2M'].join('');
  const command = script(directory, 'agent.sh', `echo "key ${secret}"; exit 2`);
  const up = supervise(directory, ['up', file, ...each(command, 'api-dev')]);
  expect(await up.ended).toBe(1);
  const { status, reason } = await shown(directory, 'task-01');
  expect(status).toBe('failed');
  expect(reason?.text).toBe('./agent.sh ended with exit code 2');
  expect(up.out()).not.toContain(secret);
});
