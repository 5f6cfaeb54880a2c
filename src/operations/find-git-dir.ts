import { dirname, join, resolve } from 'node:path';
import { statSync } from 'node:fs';
import { readIfThere } from '../store/disk.ts';

/**
 * The common git directory of a directory, found without git: good enough for notes that may be lost. Whoever reads or writes the store
 * asks git instead.
 */
export const findGitDir = (directory: string): string | undefined => {
  const found = gitDirIn(directory);
  const above = dirname(resolve(directory));
  if (found !== undefined || above === resolve(directory)) return found;
  return findGitDir(above);
};

const gitDirIn = (directory: string): string | undefined => {
  const git = join(directory, '.git');
  const stat = statSync(git, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return common(git);
  const pointer = stat && /^gitdir: (.+)$/m.exec(readIfThere(git)?.toString('utf8') ?? '')?.[1];
  if (pointer) return common(resolve(directory, pointer));
  return statSync(join(directory, 'objects'), { throwIfNoEntry: false }) &&
    readIfThere(join(directory, 'HEAD'))
    ? directory
    : undefined;
};

/** A linked worktree's directory names the one it shares. */
const common = (gitDir: string): string => {
  const shared = readIfThere(join(gitDir, 'commondir'))?.toString('utf8').trim();
  return shared === undefined ? gitDir : resolve(gitDir, shared);
};
