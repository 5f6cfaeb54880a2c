import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { git, gitEnv, tempDirectory } from '../helpers/repository.ts';

const program = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'bin/concord.js');

type Playing = {
  /** Everything printed so far. */
  said(): string;
  stop(): void;
  readonly ended: Promise<number | null>;
};

/** The demo, with a temporary directory of its own to leave nothing in. */
const play = (temporary: string, args: readonly string[] = [], env = {}): Playing => {
  const child = spawn(process.execPath, [program, 'demo', ...args], {
    cwd: temporary,
    env: { ...gitEnv, TMPDIR: temporary, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  return {
    said: () => text,
    stop: () => void child.kill('SIGINT'),
    ended: new Promise((resolve) => child.once('close', resolve)),
  };
};

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const servers = (text: string): number[] =>
  [...text.matchAll(/process (\d+)/g)].map((found) => Number(found[1]));

const trailers = [
  'Concord-Event: artifact-published auth/test-results@1',
  'Concord-Event: contract-output auth/write-tests',
  'Concord-Event: contract-completed auth/write-tests',
  'Concord-Event: pipeline-fired auth/ci-loop#2',
  'Concord-Event: contract-reopened auth/build-api',
  'Concord-Event: contract-reset auth/write-tests',
  'Concord-Event: contract-ready auth/build-api',
];

test('three agents in processes of their own heal a loop, and nothing is left of them', async () => {
  const temporary = tempDirectory();
  const playing = play(temporary, ['--clean']);
  expect(await playing.ended, playing.said()).toBe(0);
  const text = playing.said();
  expect(
    [...text.matchAll(/^ +[0-9a-f]{7,}  (\S+ publishes \S+)/gm)].map(([, one]) => one),
  ).toEqual([
    'db-dev publishes auth/schema@1',
    'api-dev publishes auth/api@1',
    'qa-dev publishes auth/test-results@1',
    'api-dev publishes auth/api@2',
    'qa-dev publishes auth/test-results@2',
  ]);
  expect([...text.matchAll(/^ +Concord-Event: \S+ [^\s]+/gm)].map(([one]) => one.trim())).toEqual(
    trailers,
  );
  expect(text).toMatch(
    /Event: contract-reopened auth\/build-api\n +Concord-Reason: Tests failing: 2 failures\n/,
  );
  expect(text).toContain('-> contract-reopened auth/build-api: Tests failing: 2 failures');
  expect(text).toContain('| Tests failing: 2 failures');
  expect(text).toContain('| The API is now auth/api@1: test it again.');
  expect(text).toContain('3 completed');
  expect(text.split('\n').length).toBeLessThan(120);
  expect(servers(text)).toHaveLength(3);
  expect(servers(text).filter(isRunning)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
  expect(text).not.toContain('\u001b');
});

/** All that the team did, from its history: no word of the lead after the plan. */
const expectStory = (directory: string): void => {
  const log = git(directory, 'log', '--reverse', '--format=%s', 'concord/main').split('\n');
  const [, , ...after] = log.filter((line) => line !== '');
  expect(after).toEqual([
    'db-dev claims auth/setup-schema',
    'db-dev publishes auth/schema@1',
    'api-dev claims auth/build-api',
    'api-dev publishes auth/api@1',
    'qa-dev claims auth/write-tests',
    'qa-dev publishes auth/test-results@1',
    'api-dev claims auth/build-api',
    'api-dev publishes auth/api@2',
    'qa-dev claims auth/write-tests',
    'qa-dev publishes auth/test-results@2',
  ]);
  expect(git(directory, 'log', '--format=%B', 'concord/main')).not.toContain('message-sent');
};

test('without --clean the store stays where the last lines say', async () => {
  const temporary = tempDirectory();
  const playing = play(temporary, [], { CONCORD_AGENT: 'someone', GIT_DIR: '/nonexistent' });
  expect(await playing.ended, playing.said()).toBe(0);
  const [, directory = ''] = /^ +cd (.+)$/m.exec(playing.said()) ?? [];
  expect(existsSync(join(directory, '.git/refs/concord/main'))).toBe(true);
  expectStory(directory);
  expect(readdirSync(temporary)).toHaveLength(1);
});

test("the story of the replay: both runs, what differs first, and git's own graph", async () => {
  const temporary = tempDirectory();
  const playing = play(temporary, ['replay', '--clean']);
  expect(await playing.ended, playing.said()).toBe(0);
  const text = playing.said();
  expect(text).toContain('| Build a REST API');
  expect(text).toContain('| Use GraphQL instead of REST');
  expect(text).toContain('Published api@2; build-api is completed.');
  expect(text).toContain(
    'The first that differs: of contract build-api something else was agreed.',
  );
  expect(text).toContain('tests  5 passed, 0 failed -> 7 passed, 0 failed');
  // Which line git draws first depends on the second in which each of them ended.
  expect(text).toMatch(/^ +(\| )?\* [0-9a-f]{7} qa-dev publishes tests@1$/m);
  expect(text).toMatch(/^ +(\| )?\* [0-9a-f]{7} qa-dev publishes tests@2$/m);
  expect(text).toMatch(/^ +\| \* [0-9a-f]{7} /m);
  expect(text.split('\n').length).toBeLessThan(90);
  expect(servers(text).filter(isRunning)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
});

test('the replay stays where the last lines say, and what they say to type works', async () => {
  const temporary = tempDirectory();
  const playing = play(temporary, ['replay']);
  expect(await playing.ended, playing.said()).toBe(0);
  expect(playing.said().split('\n').length).toBeLessThan(91);
  const [, directory = ''] = /^ +cd (.+)$/m.exec(playing.said()) ?? [];
  const [, adopt = ''] =
    /^ +((?:node|concord) .*replay adopt .*) {3}# main takes it over$/m.exec(playing.said()) ?? [];
  execFileSync('sh', ['-c', adopt], { cwd: directory, env: gitEnv });
  expect(git(directory, 'log', '-1', '--format=%s', 'concord/main')).toBe(
    'lead adopts replay/graphql',
  );
  expect(git(directory, 'for-each-ref', '--format=%(refname)', 'refs/concord/replay')).toBe('');
});

test('a story that there is not is refused', async () => {
  const playing = play(tempDirectory(), ['nonsense']);
  expect(await playing.ended).toBe(129);
  expect(playing.said()).toContain('healing, replay');
});

test('an interrupt ends all that it started', async () => {
  const temporary = tempDirectory();
  const playing = play(temporary, ['--clean']);
  await expect
    .poll(() => servers(playing.said()).length, { timeout: 20_000, interval: 20 })
    .toBe(3);
  playing.stop();
  expect(await playing.ended, playing.said()).toBe(130);
  expect(playing.said()).toContain('The demo was stopped.');
  expect(playing.said()).not.toContain('failed');
  expect(servers(playing.said()).filter(isRunning)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
});

test('a step that does not give what it claims ends the demo with its reason', async () => {
  const temporary = tempDirectory();
  const playing = play(temporary, ['--clean'], { PATH: temporary });
  expect(await playing.ended).toBe(1);
  expect(playing.said()).toMatch(/The demo failed: "git init .*" could not be started/);
  expect(readdirSync(temporary)).toEqual([]);
});
