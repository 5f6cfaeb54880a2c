import { gitEnvironment } from './git.ts';
import type { Repository } from './repository.ts';

/**
 * Runs one of git's own big commands (repack, fsck) through simple-git, with fixed arguments only: no value of an agent is ever among
 * them. Rejects with git's words when it fails.
 */
export const porcelain = async (
  repository: Repository,
  args: readonly string[],
): Promise<string> => {
  const { simpleGit } = await import('simple-git');
  // simple-git refuses variables of git that could start programs; these commands need none at all.
  const environment = Object.fromEntries(
    Object.entries(gitEnvironment()).filter(
      ([name]) => !/^(GIT_|PREFIX$)|EDITOR$|PAGER$|ASKPASS$|^VISUAL$/.test(name),
    ),
  );
  return simpleGit({ baseDir: repository.gitDir, trimmed: true })
    .env(environment)
    .raw([...args]);
};
