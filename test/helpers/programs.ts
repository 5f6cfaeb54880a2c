import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { gitEnv } from './repository.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The workers and the saboteur as programs of their own, made from the sources as they are now. */
export type Programs = {
  readonly worker: string;
  readonly claimer: string;
  readonly saboteur: string;
  readonly runSaboteur: string;
  readonly remove: () => void;
};

export const buildPrograms = async (): Promise<Programs> => {
  const directory = mkdtempSync(join(tmpdir(), 'concord-programs-'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  // The native index is not bundled: it is found as the installed package finds it.
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  await build({
    entryPoints: ['worker', 'claimer', 'saboteur', 'run-saboteur'].map((name) =>
      join(root, 'test/faults', `${name}.ts`),
    ),
    outdir: directory,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['libsql'],
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return {
    worker: join(directory, 'worker.js'),
    claimer: join(directory, 'claimer.js'),
    saboteur: join(directory, 'saboteur.js'),
    runSaboteur: join(directory, 'run-saboteur.js'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
};

/** What a worker is to do: `count` publishes, taking the ids in turn. */
export type Work = {
  readonly directory: string;
  readonly agent: string;
  readonly ids: readonly string[];
  readonly count: number;
  /** Where it publishes; main without. */
  readonly line?: string;
  /** Go on until this file is there, whatever the count. */
  readonly until?: string;
  /** Wait for this file before the first publish, so that all begin together. */
  readonly start?: string;
};

/** One line of a worker's report. */
export type Report = {
  readonly data: string;
  readonly ms: number;
  readonly ref?: string;
  readonly commit?: string;
  readonly error?: string;
  readonly message?: string;
};

/** Where a saboteur strikes: at the n-th writing call of a publish, before it, after it or half-way through. */
export type Strike = {
  readonly at: number;
  readonly when: 'before' | 'after' | 'half';
  readonly signal: 'SIGKILL' | 'SIGSTOP';
};

/** One call of an operation. */
export type Call = {
  readonly operation:
    | 'contract_claim'
    | 'artifact_publish'
    | 'inbox_read'
    | 'team_snapshot'
    | 'team_replay'
    | 'rollback';
  readonly input?: Readonly<Record<string, unknown>>;
  /** Wait for this file first. */
  readonly after?: string;
  /** A saboteur counts from here on. */
  readonly struck?: true;
};

/** What a claimer is to do: these calls one after the other, or claim and publish as long as there is work. */
export type Claims = {
  readonly directory: string;
  readonly agent: string;
  readonly calls?: readonly Call[];
  /** Take the best that is ready, or two of them at once, or these by name. */
  readonly take?: 'one' | 'two' | readonly string[] | undefined;
  /** Go on until this file is there; without it, until nothing is ready. */
  readonly until?: string;
  /** Wait for this file before the first call, so that all begin together. */
  readonly start?: string;
};

/** One line of a claimer's report: a call and its answer. Times are of the clock that all processes of the machine share, in ms. */
export type Answer = {
  readonly operation: Call['operation'];
  readonly agent: string;
  readonly began: number;
  readonly ended: number;
  readonly output?: Readonly<Record<string, unknown>>;
  readonly error?: string;
  readonly message?: string;
};

export type Running<R = Report> = {
  readonly child: ChildProcess;
  readonly reports: R[];
  /** The saboteur's list of writing calls, and whatever else went to standard error. */
  said(): string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
};

const start = <R>(
  { saboteur }: Programs,
  program: string,
  work: { readonly directory: string },
  strike?: Strike,
): Running<R> => {
  const args = strike ? ['--import', saboteur, program] : [program];
  const child = spawn(process.execPath, args, {
    cwd: work.directory,
    env: {
      ...gitEnv,
      WORK: JSON.stringify(work),
      ...(strike && { STRIKE: JSON.stringify(strike) }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const reports: R[] = [];
  let rest = '';
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    reports.push(...lines.map((line) => JSON.parse(line) as R));
  });
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  return {
    child,
    reports,
    said: () => said,
    ended: new Promise((resolve) =>
      child.on('close', (code, signal) => resolve({ code, signal: signal ?? null })),
    ),
  };
};

export const startWorker = (programs: Programs, work: Work, strike?: Strike): Running =>
  start(programs, programs.worker, work, strike);

export const startClaimer = (programs: Programs, work: Claims, strike?: Strike): Running<Answer> =>
  start(programs, programs.claimer, work, strike);

export const runWorker = async (
  programs: Programs,
  work: Work,
  strike?: Strike,
): Promise<Running> => {
  const running = startWorker(programs, work, strike);
  await running.ended;
  return running;
};

export const isStopped = ({ child }: { readonly child: ChildProcess }): boolean => {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
};
