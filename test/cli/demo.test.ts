import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { gitEnv, tempDirectory } from '../helpers/repository.ts';

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

test('three agents in processes of their own work a plan, and nothing is left of them', async () => {
  const temporary = tempDirectory();
  const playing = play(temporary, ['--clean']);
  expect(await playing.ended, playing.said()).toBe(0);
  const text = playing.said();
  const story = [...text.matchAll(/^ +[0-9a-f]{7,}  (\S+ (?:claims|publishes|gives) \S+)/gm)];
  expect(story.map((found) => found[1])).toEqual([
    'db-dev claims setup-schema',
    'db-dev publishes schema-users@1',
    'api-dev claims build-api',
    'api-dev publishes api-contract-user-auth@1',
    'qa-dev claims write-tests',
    'qa-dev publishes test-results-auth@1',
    'qa-dev gives fix-sql-injection',
    'api-dev claims fix-sql-injection',
    'api-dev publishes fix-sql-injection/code-change@1',
    'db-dev publishes schema-users@2',
  ]);
  expect(text).toContain('Concord-Notify: qa-dev contract-ready write-tests');
  expect(text).toContain('qa-dev: fix-sql-injection is ready for api-dev');
  expect(text).toContain('schema-users@2 is newer and differs');
  expect(servers(text)).toHaveLength(3);
  expect(servers(text).filter(isRunning)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
  expect(text).not.toContain('\u001b');
});

test('without --clean the store stays where the last lines say', async () => {
  const temporary = tempDirectory();
  const playing = play(temporary, [], { CONCORD_AGENT: 'someone', GIT_DIR: '/nonexistent' });
  expect(await playing.ended, playing.said()).toBe(0);
  const [, directory = ''] = /^ +cd (.+)$/m.exec(playing.said()) ?? [];
  expect(existsSync(join(directory, '.git/refs/concord/main'))).toBe(true);
  expect(readdirSync(temporary)).toHaveLength(1);
});

test('an interrupt ends all that it started', async () => {
  const temporary = tempDirectory();
  const playing = play(temporary, ['--clean']);
  await expect.poll(() => servers(playing.said()).length, { timeout: 20_000 }).toBe(3);
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
