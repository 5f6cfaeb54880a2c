import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  chmodSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { bin } from './cli.ts';
import { git, gitEnv } from './repository.ts';

/** A script in the repository: a plain program as an agent's command. */
export const script = (directory: string, name: string, body: string): string => {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return `./${name}`;
};

/** Publishes what each contract of the templates expects, and passing tests. */
export const worker = `case "$CONCORD_CONTRACT" in
*setup-schema) d='{"tables":["users"]}';;
*build-api) d='{"endpoints":[{"method":"POST","path":"/login"}]}';;
*write-tests) d='{"passed":3,"failed":0}';;
*) d='{"title":"A text","body":"words"}';;
esac
concord publish --data "$d"`;

export type Supervised = {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  /** Resolves when it has said this; fails after half a minute. */
  says(text: string): Promise<void>;
  readonly ended: Promise<number | null>;
};

/** Processes that work in a directory, by their number: what a supervisor must not leave behind. */
export const atWorkIn = (directory: string): readonly number[] => {
  const root = realpathSync(directory);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        const cwd = readlinkSync(`/proc/${name}/cwd`);
        return !/\) [ZX] /.test(stat) && `${cwd}/`.startsWith(`${root}/`);
      } catch {
        return false;
      }
    })
    .map(Number);
};

/** Starts the program, and goes on. What is left of it and of what it started goes with the test. */
export const supervise = (
  directory: string,
  args: readonly string[],
  more: { readonly preload?: readonly string[]; readonly env?: NodeJS.ProcessEnv } = {},
): Supervised => {
  const child = spawn(process.execPath, [...(more.preload ?? []), bin, ...args], {
    cwd: directory,
    env: { ...gitEnv, ...more.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  onTestFinished(() => {
    child.kill('SIGKILL');
    for (const pid of atWorkIn(directory)) killQuietly(pid);
  });
  return {
    child,
    ended,
    out: () => out,
    err: () => err,
    says: async (text) => {
      for (let waited = 0; !out.includes(text); waited += 20) {
        if (waited > 30_000) throw new Error(`never said ${text}:\n${out}\n${err}`);
        await sleep(20);
      }
    },
  };
};

const killQuietly = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
};

/** The events of a line in order, as the commits' trailers say them. */
export const eventsOf = (directory: string): readonly string[] =>
  git(
    directory,
    'log',
    '--first-parent',
    '--reverse',
    '--format=%(trailers:key=Concord-Event,valueonly)',
    'refs/concord/main',
  )
    .split('\n')
    .filter((event) => event !== '');

/** A file with contracts that expect a document each, for one agent. */
export const documents = (
  directory: string,
  count: number,
  more: Readonly<Record<string, unknown>> = {},
): string => {
  const contracts = Array.from({ length: count }, (_, at) => ({
    contractId: `task-${String(at + 1).padStart(2, '0')}`,
    assignee: 'api-dev',
    expectedOutputs: ['document'],
    ...more,
  }));
  writeFileSync(join(directory, 'team.yaml'), JSON.stringify({ contracts }));
  return 'team.yaml';
};

/** Until it holds; fails after half a minute. */
export const until = async (holds: () => boolean, what: string): Promise<void> => {
  for (let waited = 0; !holds(); waited += 20) {
    if (waited > 30_000) throw new Error(`not within half a minute: ${what}`);
    await sleep(20);
  }
};
