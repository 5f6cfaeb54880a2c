import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planFile } from './plan.ts';

/** What a command gave. `expect` throws unless it ended well and said all of `parts`. */
export type Ran = {
  readonly out: string;
  expect(...parts: readonly string[]): void;
};

/** A repository of its own, and the processes that act in it. */
export type Stage = {
  readonly directory: string;
  /** Makes the repository with a git user and one commit. */
  prepare(): Promise<void>;
  /** Starts this program. */
  start(...args: readonly string[]): ChildProcessWithoutNullStreams;
  run(program: 'git' | 'concord' | 'sh', ...args: readonly string[]): Promise<Ran>;
  /** Ends every process that still runs, and waits for it; none can be started any more. */
  end(): Promise<void>;
  /** The last act, without waiting. */
  close(remove: boolean): void;
};

/** The only settings of the caller that count; neither a git configuration nor an agent's name gets through. */
const kept = ['PATH', 'HOME', 'USERPROFILE', 'SystemRoot', 'TMPDIR', 'TEMP', 'TMP'];
const patience = 60_000;

const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(kept.map((name) => [name, process.env[name]])),
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
});

/** The program that runs now, whatever name it was called by. */
export const program = (): string => realpathSync(process.argv[1] ?? '');

export const openStage = (plan: string): Stage => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'concord-demo-')));
  const running = new Set<ChildProcessWithoutNullStreams>();
  const env = environment();
  let over = false;
  const begin = (file: string, args: readonly string[]): ChildProcessWithoutNullStreams => {
    if (over) throw new Error('The demo has ended.');
    const child = spawn(file, args, { cwd: directory, env });
    running.add(child);
    child.once('close', () => running.delete(child));
    // A process that ends before it has read everything is judged by what it said.
    child.stdin.on('error', () => {});
    return child;
  };
  const start = (...args: readonly string[]) => begin(process.execPath, [program(), ...args]);
  const run: Stage['run'] = async (name, ...args) => {
    const child = name === 'concord' ? start(...args) : begin(name, args);
    return finished([name, ...args].join(' '), child);
  };
  return {
    directory,
    start,
    run,
    prepare: () => prepare(directory, plan, run),
    end: async () => {
      over = true;
      await Promise.all([...running].map(stop));
    },
    close: (remove) => {
      for (const child of running) child.kill('SIGKILL');
      if (remove) rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
};

const prepare = async (directory: string, plan: string, run: Stage['run']): Promise<void> => {
  mkdirSync(join(directory, 'src'));
  writeFileSync(
    join(directory, 'src/server.js'),
    "import { createServer } from 'node:http';\n\ncreateServer().listen(8080);\n",
  );
  writeFileSync(join(directory, planFile), plan);
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['config', 'user.name', 'Lead'],
    ['config', 'user.email', 'lead@example.com'],
    ['add', '.'],
    ['commit', '-q', '-m', 'Listen on port 8080, and a team'],
  ])
    (await run('git', ...args)).expect();
};

const finished = (what: string, child: ChildProcessWithoutNullStreams): Promise<Ran> => {
  let out = '';
  let said = '';
  child.stdin.end();
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), patience);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`"${what}" could not be started (${error.message}).`));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const expect = (...parts: readonly string[]): void => {
        if (code !== 0) throw new Error(`"${what}" ended with ${signal ?? code}.\n${said || out}`);
        expectIn(what, out, parts);
      };
      resolve({ out: (out + said).trimEnd(), expect });
    });
  });
};

/** Nothing is shown as done that the reply does not say. */
export const expectIn = (what: string, reply: string, parts: readonly string[]): void => {
  const missing = parts.find((part) => !reply.includes(part));
  if (missing !== undefined)
    throw new Error(`"${what}" should have said "${missing}". It said:\n${reply || '(nothing)'}`);
};

const stop = async (child: ChildProcessWithoutNullStreams): Promise<void> => {
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
  await closed;
  clearTimeout(timer);
};
