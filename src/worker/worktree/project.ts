import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { ConcordError } from '../../model/error.ts';
import { toSlug } from '../../model/names.ts';
import { git, tryGit } from '../../operations/git.ts';
import type { GitResult } from '../../store/git.ts';

/** The repository that agents write code in, and where their work trees stand. */
export type Project = {
  /** Where the supervisor was started: its HEAD is what work begins from and is merged into. */
  readonly directory: string;
  /** Absolute path of the git directory that all work trees share. */
  readonly gitDir: string;
  /** The directory of this repository's work trees. */
  readonly home: string;
  /** What the names of branches begin with: a contract on another line is other work. "+" is in no id. */
  readonly prefix: string;
};

/** What a hook or a setting of the user's might add to a command of ours: none of it is asked for here. */
const plainly = ['-c', 'core.hooksPath=/dev/null', '-c', 'submodule.recurse=false'] as const;

export const tryPlainGit = (cwd: string, args: readonly string[]): Promise<GitResult> =>
  tryGit(cwd, [...plainly, ...args]);

/** What git says, without the line end. */
export const askGit = async (cwd: string, args: readonly string[]): Promise<string> =>
  (await git(cwd, [...plainly, ...args])).toString('utf8').trimEnd();

/** Whether git answers yes, where its exit status is the answer. */
export const isTrue = async (cwd: string, args: readonly string[]): Promise<boolean> =>
  (await tryPlainGit(cwd, args)).status === 0;

const refusal = (message: string, hint: string, next: string): ConcordError =>
  new ConcordError('NOT_ALLOWED', `${message} No work tree was made.`, { hint, next });

/** Finds the project of a directory; throws where no work tree of its own can be made for a contract. */
export const openProject = async (
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
  line = 'main',
): Promise<Project> => {
  const [gitDir = '', bare] = (
    await askGit(directory, [
      'rev-parse',
      '--path-format=absolute',
      '--git-common-dir',
      '--is-bare-repository',
    ])
  ).split('\n');
  if (bare === 'true')
    throw refusal(
      'This repository is bare: there is no work tree that agents could work in.',
      'Start it in a clone, or in a work tree of this repository.',
      `git clone ${basename(gitDir)} work, then concord up there`,
    );
  if (!(await isTrue(directory, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'])))
    throw refusal(
      'This repository has no commit yet: there is nothing that work could begin from.',
      'The first commit may be empty.',
      'git commit --allow-empty -m "First commit"',
    );
  const root = await rootOf(directory, environment);
  const home = join(resolved(root), nameOf(gitDir));
  if (line === 'main') return { directory, gitDir, home, prefix: 'work/' };
  const name = line.replaceAll('/', '+');
  return { directory, gitDir, home: join(home, `+${name}`), prefix: `work/${name}/` };
};

/**
 * Outside the project, so that neither `git status` nor a build of the main work tree sees them, and not below .git, where coding agents
 * refuse to edit and tools pass files over. What they hold is no cache: it may be work that is not committed yet.
 */
const rootOf = async (
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> => {
  const said = await tryPlainGit(directory, [
    'config',
    '--type=path',
    '--get',
    'concord.worktrees',
  ]);
  const configured = said.stdout.toString('utf8').trimEnd();
  if (said.status === 0 && isAbsolute(configured)) return configured;
  const state = environment['XDG_STATE_HOME'] ?? '';
  const base = isAbsolute(state)
    ? state
    : join(environment['HOME'] || homedir(), '.local', 'state');
  return join(base, 'concord', 'worktrees');
};

/** Git tells paths without links; so that ours can be found among them, they have none either. */
const resolved = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(resolved(above), basename(path));
  }
};

/** The project's name for people, and what tells it from another of that name. */
const nameOf = (gitDir: string): string => {
  const directory = basename(gitDir) === '.git' ? dirname(gitDir) : gitDir;
  const name = toSlug(basename(directory)) ?? 'project';
  return `${name}-${createHash('sha256').update(gitDir).digest('hex').slice(0, 8)}`;
};

/** Where the work tree of a contract stands. "+" is in no id, so no two contracts share a place. */
export const placeOf = ({ home }: Project, contract: string): string =>
  join(home, contract.replaceAll('/', '+'));
