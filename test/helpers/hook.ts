import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { bin, spawned } from './cli.ts';
import type { Done } from './cli.ts';
import { gitEnv } from './repository.ts';

type Told = Readonly<Record<string, unknown>>;

export type HookGiven = { readonly client?: string; readonly env?: NodeJS.ProcessEnv };

/** What a client writes to a hook on its standard input. */
export const told = (directory: string, session: string, more: Told = {}): Told => ({
  session_id: session,
  transcript_path: '/dev/null',
  cwd: directory,
  ...more,
});

/** Runs a hook as its client does. */
export const hook = (
  directory: string,
  event: string,
  input: Told | string,
  { client = 'claude', env = {} }: HookGiven = {},
): Promise<Done> =>
  spawned(directory, process.execPath, [bin, 'hook', event, '--client', client], {
    env,
    input: typeof input === 'string' ? input : JSON.stringify(input),
  });

/** What it answered; undefined where it said nothing. It never fails, and never complains. */
export const answered = async (
  directory: string,
  event: string,
  input: Told | string,
  given: HookGiven = {},
): Promise<Told | undefined> => {
  const { code, out, err } = await hook(directory, event, input, given);
  if (code !== 0 || err !== '') throw new Error(`${event} ended with ${code}: ${err}`);
  return out === '' ? undefined : (JSON.parse(out) as Told);
};

/** The context that it gives the model. */
export const contextOf = (answer: Told | undefined): string => {
  const specific = answer?.['hookSpecificOutput'] as Told | undefined;
  const text = specific?.['additionalContext'];
  return typeof text === 'string' ? text : '';
};

export type Waiter = {
  readonly process: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly err: string }>;
};

/** `concord hook wait`, as it stands behind an idle session. */
export const waiter = (
  directory: string,
  session: string,
  env: NodeJS.ProcessEnv,
  timeout = 60,
): Waiter => {
  const args = [bin, 'hook', 'wait', '--client', 'claude', '--timeout', String(timeout)];
  const child = spawn(process.execPath, args, { cwd: directory, env: { ...gitEnv, ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  let err = '';
  child.stderr.on('data', (part: Buffer) => (err += part.toString()));
  child.stdin.end(JSON.stringify(told(directory, session)));
  const ended = new Promise<{ code: number | null; err: string }>((done) => {
    child.once('close', (code) => done({ code, err }));
  });
  return { process: child, ended };
};
