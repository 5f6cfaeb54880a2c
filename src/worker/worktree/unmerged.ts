import { branchOf, isAncestor, tipOf } from './branch.ts';
import { askGit } from './project.ts';
import type { Project } from './project.ts';

/** A branch with work that is not in HEAD. */
export type Unmerged = {
  readonly contract: string;
  readonly branch: string;
  /** How many commits HEAD does not have. */
  readonly commits: number;
  /** Another of these branches that contains it: merging that one is enough. */
  readonly within?: string;
};

/** The branches of these contracts that are not in HEAD. */
export const unmerged = async (
  project: Project,
  contracts: readonly string[],
): Promise<readonly Unmerged[]> => {
  const found: (Unmerged & { readonly tip: string })[] = [];
  for (const contract of contracts) {
    const branch = await branchOf(project, contract);
    const tip = await tipOf(project, branch);
    if (tip === undefined || (await isAncestor(project, tip, 'HEAD'))) continue;
    const commits = Number(
      await askGit(project.directory, ['rev-list', '--count', `HEAD..${tip}`]),
    );
    found.push({ contract, branch, commits, tip });
  }
  return Promise.all(
    found.map(async ({ tip, ...one }, at) => {
      for (const [other, { branch, tip: theirs }] of found.entries()) {
        // Of two at the same commit, the later one counts as within the earlier.
        const isWithin = theirs === tip ? other < at : await isAncestor(project, tip, theirs);
        if (other !== at && isWithin) return { ...one, within: branch };
      }
      return one;
    }),
  );
};

/** The commands that bring all of it into HEAD, for a person to type. */
export const mergeCommands = (branches: readonly Unmerged[]): readonly string[] =>
  branches.filter(({ within }) => within === undefined).map(({ branch }) => `git merge ${branch}`);
