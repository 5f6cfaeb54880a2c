import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { bin, json } from './cli.ts';
import { gitEnv } from './repository.ts';
import { timeline } from './store.ts';

/** A supervisor at work. */
export type Supervisor = {
  readonly child: ChildProcess;
  /** All that it has printed. */
  readonly said: () => string;
  readonly ended: Promise<number | null>;
};

/** Starts a supervisor; it does not outlive the test. */
export const supervise = (
  directory: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Supervisor => {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: directory,
    env: { ...gitEnv, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, said: () => text, ended };
};

/** Writes a file of the team beside the work. */
export const teamFile = (directory: string, team: unknown): string => {
  const path = join(directory, '.git', 'team.yaml');
  writeFileSync(path, JSON.stringify(team));
  return path;
};

type Listed = { readonly contracts: readonly { readonly id: string; readonly status: string }[] };

/** The contracts by their status. */
export const statuses = async (directory: string): Promise<Readonly<Record<string, string>>> => {
  const { contracts } = await json<Listed>(directory, ['contract', 'list', '--limit', '100']);
  return Object.fromEntries(contracts.map(({ id, status }) => [id, status]));
};

/** A supervisor ends by itself when nothing is left to do; gives its exit code. */
export const allDone = async ({ ended, said }: Supervisor): Promise<number | null> => {
  const late = sleep(120_000, undefined, { ref: false }).then(() => {
    throw new Error(`the work is not done; the supervisor said:\n${said()}`);
  });
  return Promise.race([ended, late]);
};

/** Who did what, after the set-up: the subjects of the commits in order, and who wrote them. */
export const deeds = (directory: string): string[] =>
  timeline(directory)
    .map(({ author, subject }) => [author, subject] as const)
    .filter(([author, subject]) => subject.startsWith(`${author} `))
    .map(([, subject]) => subject)
    .filter((subject) => / (claims|publishes|releases|fails) /.test(subject));
