import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConcordError } from '../../model/error.ts';
import { oneLine } from '../../model/text.ts';
import { noteBase } from './base.ts';
import { branchOf, isAncestor, tipOf } from './branch.ts';
import { changesIn, isOurs, listEntries } from './list.ts';
import type { Entry } from './list.ts';
import { knownCommits, mergeInto } from './merge.ts';
import type { Merged } from './merge.ts';
import { askGit, placeOf, tryPlainGit } from './project.ts';
import type { Project } from './project.ts';

export type WorkRequest = {
  readonly contract: string;
  readonly agent: string;
  /** The code that the pinned inputs were made from. */
  readonly commits: readonly string[];
};

/** A work tree that is ready to be worked in. */
export type Workplace = Merged & {
  readonly path: string;
  readonly branch: string;
  /** The commit it stands at. */
  readonly commit: string;
  /** It was there before: what an earlier attempt has done is in it. */
  readonly continued: boolean;
  /** What an earlier attempt has not committed. */
  readonly changes: readonly string[];
  /** Directories outside of it that git writes when it commits there. */
  readonly writable: readonly string[];
};

/** Makes the work tree of a contract, or finds the one that it has. Nothing that is there is reset or thrown away. */
export const prepareWorkplace = async (
  project: Project,
  request: WorkRequest,
): Promise<Workplace> => {
  const branch = await branchOf(project, request.contract);
  const before = await tipOf(project, branch);
  const commits = await knownCommits(project, request.commits);
  const path =
    (await findEntry(project, branch))?.path ??
    (await addEntry(project, request.contract, branch, before ? undefined : commits));
  const merged = await mergeInto(project, path, commits, request);
  const commit = await askGit(path, ['rev-parse', 'HEAD']);
  if (before === undefined) await noteBase(path, commit);
  return {
    path,
    branch,
    commit,
    continued: before !== undefined,
    changes: merged.conflicts.length > 0 ? [] : await changesIn(path),
    writable: await writableOf(project, path),
    ...merged,
  };
};

/** The work tree that the branch has already. One whose directory is gone is forgotten, and made anew from the branch. */
const findEntry = async (project: Project, branch: string): Promise<Entry | undefined> => {
  const found = (await listEntries(project)).find((entry) => entry.branch === branch);
  if (!found) return undefined;
  if (!isOurs(project, found))
    throw inTheWay(
      `The branch ${branch} is checked out in ${oneLine(found.path, 300)}.`,
      'A branch can be worked on in one place only. Switch to another one there.',
    );
  if (found.there) return found;
  if (found.locked)
    throw inTheWay(
      `The work tree ${oneLine(found.path, 300)} is locked, and its directory is not there.`,
      'Somebody has locked it, perhaps since its disk is away: unlock it when it does not come back.',
    );
  await askGit(project.directory, ['worktree', 'remove', '--force', found.path]);
  return undefined;
};

const inTheWay = (message: string, hint: string): ConcordError =>
  new ConcordError('CONFLICT', `${message} Nothing was started.`, {
    hint,
    next: 'git worktree list',
  });

/** `from`: the commits that a new branch begins with; undefined for a branch that is there. */
const addEntry = async (
  project: Project,
  contract: string,
  branch: string,
  from: readonly string[] | undefined,
): Promise<string> => {
  const path = freePath(placeOf(project, contract));
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const start = from && (await startOf(project, from));
  const args = start === undefined ? [path, branch] : ['--no-track', '-b', branch, path, start];
  const { status, stderr } = await tryPlainGit(project.directory, [
    'worktree',
    'add',
    '--quiet',
    ...args,
  ]);
  if (status === 0) return path;
  throw new ConcordError(
    'STORAGE',
    `No work tree could be made for ${contract}: ${oneLine(stderr, 300)}`,
    { hint: `It was to be the branch ${branch} in ${path}.`, next: 'git worktree list' },
  );
};

/** A directory of that name may be left from a work tree that git has forgotten; whose work is in it, nobody knows. */
const freePath = (path: string, at = 1): string => {
  const candidate = at === 1 ? path : `${path}~${at}`;
  return existsSync(candidate) ? freePath(path, at + 1) : candidate;
};

/** HEAD, unless an input has code that is not in it: then that input's code, into which the others' are merged. */
const startOf = async (project: Project, commits: readonly string[]): Promise<string> => {
  const head = await askGit(project.directory, ['rev-parse', 'HEAD^{commit}']);
  for (const commit of commits) if (!(await isAncestor(project, commit, head))) return commit;
  return head;
};

/** No more than a commit needs: hooks and settings of the repository stay out of a sandbox's reach. */
const writableOf = async (project: Project, path: string): Promise<readonly string[]> => {
  const own = await askGit(path, ['rev-parse', '--path-format=absolute', '--git-dir']);
  const shared = ['objects', 'refs/heads/work', 'logs/refs/heads/work', 'reftable'];
  return [own, ...shared.map((name) => join(project.gitDir, name)).filter(existsSync)];
};
