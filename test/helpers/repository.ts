import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** The test's own environment: no configuration of the machine, a known git user. */
export const gitEnv: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

export const run = (directory: string, command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, {
    cwd: directory,
    env: gitEnv,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd();

export const git = (directory: string, ...args: readonly string[]): string =>
  run(directory, 'git', ...args);

/** A directory that is gone after the test. */
export const tempDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'concord-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
};

/** A new repository with one commit, and a user called Ann. */
export const tempRepository = (...initArgs: readonly string[]): string => {
  const directory = tempDirectory();
  initialize(directory, initArgs);
  return directory;
};

/** The same for several tests that only read: made in `beforeAll`, which gives `remove` back. */
export const lastingRepository = (): { directory: string; remove: () => void } => {
  const directory = mkdtempSync(join(tmpdir(), 'concord-test-'));
  initialize(directory, []);
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
};

const initialize = (directory: string, initArgs: readonly string[]): void => {
  git(directory, 'init', '-q', '-b', 'trunk', ...initArgs);
  git(directory, 'config', 'user.name', 'Ann Lee');
  git(directory, 'config', 'user.email', 'ann@example.com');
  if (!initArgs.includes('--bare')) git(directory, 'commit', '-q', '--allow-empty', '-m', 'first');
};
