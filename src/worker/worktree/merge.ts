import { askGit, isTrue, tryPlainGit } from './project.ts';
import type { Project } from './project.ts';
import { isAncestor } from './branch.ts';
import { changesIn } from './list.ts';

/** What of the inputs' code is not in the work tree. */
export type Merged = {
  /** Files with conflicts: the merge stands half done, for whoever works there. */
  readonly conflicts: readonly string[];
  /** Commits that are not merged. */
  readonly left: readonly string[];
};

const isCommit = (text: string): boolean => /^[0-9a-f]{40,64}$/.test(text);

/** Those of the commits that this repository has; each only once, and none that another one contains. */
export const knownCommits = async (
  project: Project,
  commits: readonly string[],
): Promise<readonly string[]> => {
  const known: string[] = [];
  for (const commit of new Set(commits.filter(isCommit)))
    if (await isTrue(project.directory, ['cat-file', '-e', `${commit}^{commit}`]))
      known.push(commit);
  if (known.length < 2) return known;
  const tips = (await askGit(project.directory, ['merge-base', '--independent', ...known])).split(
    '\n',
  );
  // In the order in which they were said.
  return known.filter((commit) => tips.includes(commit));
};

/** Where nobody has said who commits, the agent does: git refuses to commit without a name. */
const committer = async (path: string, agent: string): Promise<readonly string[]> =>
  (await isTrue(path, ['var', 'GIT_COMMITTER_IDENT']))
    ? []
    : ['-c', `user.name=${agent}`, '-c', 'user.email=no-reply@concord.invalid'];

/** Brings the commits into the branch of a work tree, one after the other, until one does not go by itself. */
export const mergeInto = async (
  project: Project,
  path: string,
  commits: readonly string[],
  { agent, contract }: { readonly agent: string; readonly contract: string },
): Promise<Merged> => {
  const missing: string[] = [];
  const head = await askGit(path, ['rev-parse', 'HEAD']);
  for (const commit of commits)
    if (!(await isAncestor(project, commit, head))) missing.push(commit);
  if (missing.length === 0) return { conflicts: [], left: [] };
  // What an earlier attempt has not committed is not to be mixed with it.
  if ((await changesIn(path)).length > 0) return { conflicts: [], left: missing };
  const identity = await committer(path, agent);
  for (const [at, commit] of missing.entries()) {
    const { status } = await tryPlainGit(path, [
      ...identity,
      '-c',
      'commit.gpgSign=false',
      'merge',
      '--quiet',
      '--ff',
      '--no-edit',
      '--no-autostash',
      '-m',
      `Merge code that ${contract} begins from`,
      commit,
    ]);
    if (status === 0) continue;
    const conflicts = await conflictsIn(path);
    if (conflicts.length === 0) await tryPlainGit(path, ['merge', '--abort']);
    return { conflicts, left: missing.slice(at) };
  }
  return { conflicts: [], left: [] };
};

const conflictsIn = async (path: string): Promise<readonly string[]> =>
  (await askGit(path, ['diff', '--name-only', '--diff-filter=U', '-z', '--no-relative']))
    .split('\0')
    .filter((file) => file !== '');
