import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { connect } from '../../src/operations/connect.ts';
import type { Connection } from '../../src/operations/connect.ts';
import type { StoreOptions } from '../../src/store/store.ts';
import { git, gitEnv, tempDirectory, tempRepository } from './repository.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The program as a user starts it. */
export const bin = join(root, 'bin/concord.js');

// `npm test` has built it already; a single file run by hand gets it built here.
const ready = spawnSync(process.execPath, [join(root, 'scripts/ready.mjs')], { encoding: 'utf8' });
if (ready.status !== 0) throw new Error(`the program cannot be built:\n${ready.stderr}`);

// What runs inside the test sees no more of the machine than the processes it starts.
Object.assign(process.env, gitEnv, { PATH: process.env['PATH'] });

export type Given = {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Uint8Array;
};

export type Done = {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly bytes: Buffer;
};

/** Runs a program to its end. */
export const spawned = (
  directory: string,
  command: string,
  args: readonly string[],
  { env = {}, input }: Given = {},
): Promise<Done> =>
  new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: directory, env: { ...gitEnv, ...env } });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    // A program that refuses early does not read what it is given.
    child.stdin.on('error', () => undefined);
    child.once('error', fail);
    child.once('close', (code) => {
      const bytes = Buffer.concat(out);
      done({
        code,
        bytes,
        out: bytes.toString('utf8'),
        err: Buffer.concat(err).toString('utf8'),
      });
    });
    child.stdin.end(input);
  });

/** One call of the command line, in a process of its own. */
export const concord = (directory: string, args: readonly string[], given?: Given): Promise<Done> =>
  spawned(directory, process.execPath, [bin, ...args], given);

/** What a call that must succeed prints. */
export const ok = async (
  directory: string,
  args: readonly string[],
  given?: Given,
): Promise<string> => {
  const { code, out, err } = await concord(directory, args, given);
  expect({ code, err, ...(code !== 0 && { out }) }).toEqual({ code: 0, err: '' });
  return out;
};

/** The data of a call with --json that must succeed: one object on one line. */
export const json = async <T = Record<string, unknown>>(
  directory: string,
  args: readonly string[],
  given?: Given,
): Promise<T> => {
  const out = await ok(directory, [...args, '--json'], given);
  expect(out.trimEnd().split('\n')).toHaveLength(1);
  const answer = JSON.parse(out) as { ok: boolean; data: T };
  expect(Object.keys(answer)).toEqual(['ok', 'data']);
  expect(answer.ok).toBe(true);
  return answer.data;
};

export type Refused = {
  readonly exit: number | null;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly next?: string;
  readonly violations?: readonly { readonly path: string; readonly expected: string }[];
};

/** What a call says that must be refused: the exit code, and the error of its JSON. */
export const refused = async (
  directory: string,
  args: readonly string[],
  given?: Given,
): Promise<Refused> => {
  const { code, out } = await concord(directory, [...args, '--json'], given);
  expect(code).not.toBe(0);
  const answer = JSON.parse(out) as { ok: boolean; error: Omit<Refused, 'exit'> };
  expect(Object.keys(answer)).toEqual(['ok', 'error']);
  expect(answer.ok).toBe(false);
  return { exit: code, ...answer.error };
};

/** A repository with a store in it, made without a process. */
export const storeRepository = async (...initArgs: readonly string[]): Promise<string> => {
  const directory = tempRepository(...initArgs);
  await within(directory, 'ann-lee', ({ call }) => call('init'));
  return directory;
};

/** Uses the library in this process: the quick way to what a test needs to be there. */
export const within = async <T>(
  directory: string,
  agent: string,
  body: (connection: Connection) => Promise<T>,
  options: StoreOptions = {},
): Promise<T> => {
  const connection = connect({ agent, directory, recordCode: false, ...options });
  try {
    return await body(connection);
  } finally {
    await connection.close();
  }
};

export const users = { tables: ['users'] };
export const login = { endpoints: [{ method: 'POST', path: '/login' }] };
export const passed = { passed: 3, failed: 0 };
export const text = (body: string) => ({ title: 'A text', body });

/** Three artifacts, each derived from the one before; then the first one changes. */
export const chain = (directory: string): Promise<void> =>
  within(directory, 'db-dev', async ({ call }) => {
    const publish = (
      artifactId: string,
      artifactType: string,
      data: Readonly<Record<string, unknown>>,
      from: string[],
    ) => call('artifact_publish', { artifactId, artifactType, data, derivedFrom: from });
    await publish('schema-users', 'schema-change', users, []);
    await publish('api-login', 'api-contract', login, ['schema-users']);
    await publish('test-results-login', 'test-results', passed, ['api-login@1']);
    await publish('schema-users', 'schema-change', { tables: ['users', 'tokens'] }, []);
  });

/** All that a refused call must leave as it was: every ref, every object, the index and the work tree. */
export const standing = (directory: string): Record<string, string> => ({
  refs: git(directory, 'for-each-ref'),
  objects: git(directory, 'cat-file', '--batch-all-objects', '--batch-check'),
  status: git(directory, 'status', '--porcelain', '--ignored'),
  branch: git(directory, 'symbolic-ref', 'HEAD'),
});

/** A directory for PATH in which the program is called as it is when it is installed. */
export const installed = (): string => {
  const directory = join(tempDirectory(), 'bin');
  mkdirSync(directory);
  for (const name of ['concord', 'git-concord']) symlinkSync(bin, join(directory, name));
  return directory;
};

const canScript = spawnSync('script', ['--version'], { encoding: 'utf8' });
/** script(1) of util-linux lends a program a terminal. */
export const hasTerminal = canScript.status === 0 && canScript.stdout.includes('util-linux');

/** What the program sends to a terminal, whatever stream it uses. */
export const onTerminal = async (
  directory: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> => {
  const words = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(' ');
  const done = await spawned(directory, 'script', ['-qec', words, '/dev/null'], {
    env: { TERM: 'xterm', ...env },
  });
  return done.out.replaceAll('\r\n', '\n');
};
