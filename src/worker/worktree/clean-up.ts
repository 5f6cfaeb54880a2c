import { existsSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { count, oneLine } from '../../model/text.ts';
import { branchOf, isAncestor, refOf, tipOf } from './branch.ts';
import { changesIn, isOurs, listEntries } from './list.ts';
import type { Entry } from './list.ts';
import { baseOf } from './base.ts';
import { askGit, placeOf, tryPlainGit } from './project.ts';
import type { Project } from './project.ts';

/** What is left of a contract's work trees and its branch. */
export type CleanedUp = {
  readonly branch: string;
  /** Those that stay, each with the reason. */
  readonly trees: readonly { readonly path: string; readonly why: string }[];
  /** Whether the branch is still there: it has commits that nothing else holds, or is checked out. */
  readonly kept: boolean;
};

/**
 * Takes away what holds nothing of its own: a work tree without changes, a branch that HEAD has or on which nothing was committed. All
 * else stays; so does a branch that another one was built on, since the next attempt goes on from it.
 */
export const cleanUp = async (project: Project, contract: string): Promise<CleanedUp> => {
  const branch = await branchOf(project, contract);
  const trees: { readonly path: string; readonly why: string }[] = [];
  const bases = new Set<string>();
  for (const entry of await listEntries(project)) {
    if (!isOurs(project, entry)) continue;
    if (entry.branch !== branch && !isOfContract(project, entry, contract)) continue;
    const base = entry.there && entry.branch === branch ? await baseOf(entry.path) : undefined;
    if (base !== undefined) bases.add(base);
    const why = await removeEntry(project, entry);
    if (why !== undefined) trees.push({ path: entry.path, why });
  }
  removeIfEmpty(project.home);
  return { branch, trees, kept: await keepBranch(project, branch, bases) };
};

/** Its work tree may have left the branch, and may not be the first of its name. */
const isOfContract = (project: Project, { path }: Entry, contract: string): boolean =>
  path.replace(/~\d+$/, '') === placeOf(project, contract);

/** Files of git that stand for something half done. */
const halfDone = [
  'MERGE_HEAD',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
  'BISECT_LOG',
  'rebase-merge',
  'rebase-apply',
];

/** Why it has to stay; undefined when it may go. */
const reasonToStay = async (
  project: Project,
  { path, locked }: Entry,
): Promise<string | undefined> => {
  if (locked) return 'it is locked';
  const changes = await changesIn(path);
  const [first] = changes;
  if (first !== undefined)
    return `${count(changes.length, 'file')} in it ${changes.length === 1 ? 'is' : 'are'} not committed: ${oneLine(first, 80)}${changes.length > 1 ? ', ...' : ''}`;
  const own = await askGit(path, ['rev-parse', '--path-format=absolute', '--git-dir']);
  const begun = halfDone.find((name) => existsSync(join(own, name)));
  if (begun !== undefined) return `something in it is half done (${begun})`;
  if (existsSync(join(own, 'modules'))) return 'submodules were set up in it';
  const head = await askGit(path, ['rev-parse', 'HEAD']);
  const holders = await branchesWith(project, head);
  return holders.length === 0
    ? `it stands at ${head.slice(0, 12)}, which no branch has`
    : undefined;
};

const removeEntry = async (project: Project, entry: Entry): Promise<string | undefined> => {
  const { path, there } = entry;
  // Git calls it unclean where the project has submodules at all; that none is set up in it has been looked at.
  const force = there ? await needsForce(path) : true;
  const stays = there
    ? await reasonToStay(project, entry)
    : entry.locked
      ? 'it is locked'
      : undefined;
  if (stays !== undefined) return stays;
  const removed = await tryPlainGit(project.directory, [
    'worktree',
    'remove',
    ...(force ? ['--force'] : []),
    path,
  ]);
  return removed.status === 0 ? undefined : oneLine(removed.stderr, 200);
};

const needsForce = async (path: string): Promise<boolean> =>
  /^160000 /m.test(await askGit(path, ['ls-files', '--stage']));

const branchesWith = async (project: Project, commit: string): Promise<readonly string[]> =>
  (
    await askGit(project.directory, [
      'for-each-ref',
      '--format=%(refname)',
      `--contains=${commit}`,
      'refs/heads/',
    ])
  )
    .split('\n')
    .filter((ref) => ref !== '');

/** Deletes the branch if HEAD has it or it still stands where it began, and it is checked out nowhere; tells whether it stays. */
const keepBranch = async (
  project: Project,
  branch: string,
  bases: ReadonlySet<string>,
): Promise<boolean> => {
  const tip = await tipOf(project, branch);
  if (tip === undefined) return false;
  const isNothing = bases.has(tip) || (await isAncestor(project, tip, 'HEAD'));
  const isUsed = (await listEntries(project)).some((entry) => entry.branch === branch);
  if (!isNothing || isUsed) return true;
  // Only if it has not moved meanwhile.
  const { status } = await tryPlainGit(project.directory, ['update-ref', '-d', refOf(branch), tip]);
  return status !== 0;
};

/** The directory of all work trees of the project, when the last one has gone. */
const removeIfEmpty = (directory: string): void => {
  try {
    rmdirSync(directory);
  } catch {
    // Another one is in it, or it was never made.
  }
};
