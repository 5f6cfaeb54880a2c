import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ConcordError } from '../model/error.ts';
import { printable } from '../model/text.ts';

/** What a hook or a parent git may have set and must not redirect us: only these of its variables are kept. */
const kept = new Set([
  'GIT_SSH_COMMAND',
  'GIT_ASKPASS',
  'GIT_TRACE',
  'GIT_CEILING_DIRECTORIES',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_EXEC_PATH',
]);

/** The environment every git of ours runs in. Replacement objects would show a forged history. */
export const gitEnvironment = (): NodeJS.ProcessEnv => {
  const clean = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('GIT_') || kept.has(name),
  );
  return {
    ...Object.fromEntries(clean),
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    LC_ALL: 'C',
  };
};

export type GitResult = {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
};

export type GitOptions = { readonly input?: string | Buffer; readonly timeout?: number };

/** Runs git with fixed arguments (never a shell) and returns what it said, whatever its exit status. */
export const tryGit = (
  cwd: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitResult> =>
  new Promise((resolve, reject) => {
    const child = spawn('git', args, {
      cwd,
      env: gitEnvironment(),
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(options.timeout !== undefined && { timeout: options.timeout }),
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', (error: NodeJS.ErrnoException) => reject(cannotStart(cwd, error)));
    child.on('close', (status) =>
      resolve({
        status: status ?? -1,
        stdout: Buffer.concat(out),
        stderr: printable(Buffer.concat(err).toString('utf8').trim()),
      }),
    );
    // A git that ends early closes its end: the status tells, not the broken pipe.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
  });

const cannotStart = (cwd: string, error: NodeJS.ErrnoException): ConcordError => {
  if (!existsSync(cwd))
    return new ConcordError('NOT_FOUND', `The directory ${cwd} does not exist.`);
  const why = error.code === 'ENOENT' ? 'it is not on the PATH' : error.message;
  return new ConcordError('STORAGE', `git cannot be started: ${why}.`, {
    hint: 'Concord needs git 2.36 or newer.',
    cause: error,
  });
};

/** Runs git and returns its output; a failure is refused with git's own words. */
export const git = async (
  cwd: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<Buffer> => {
  const result = await tryGit(cwd, args, options);
  if (result.status === 0) return result.stdout;
  throw gitFailure(args, result);
};

export const gitFailure = (args: readonly string[], result: GitResult): ConcordError =>
  new ConcordError(
    'STORAGE',
    `git ${args.find((arg) => !arg.startsWith('-')) ?? ''} failed: ${result.stderr || `status ${result.status}`}`,
  );
