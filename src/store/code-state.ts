import type { Code } from '../model/entity.ts';
import { tryGit } from './git.ts';

/** Git may need long to look at a large work tree: then the commit is recorded without `dirty`. */
const patience = 1_000;

/** The code a version is made from: HEAD, its branch, and whether tracked files differ. Undefined without a commit or a work tree. */
export const codeState = async (directory: string): Promise<Code | undefined> => {
  const args = [
    '--no-optional-locks',
    'status',
    '--porcelain=v2',
    '--branch',
    '--untracked-files=no',
    '--ignore-submodules=all',
  ];
  const result = await tryGit(directory, args, { timeout: patience });
  if (result.status !== 0) return result.status === -1 ? headOnly(directory) : undefined;
  const lines = result.stdout.toString('utf8').split('\n');
  const field = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`# ${name} `))?.slice(name.length + 3);
  const commit = field('branch.oid');
  const branch = field('branch.head');
  if (commit === undefined || !/^[0-9a-f]{40,64}$/.test(commit)) return undefined;
  const dirty = lines.some((line) => line !== '' && !line.startsWith('#'));
  return {
    commit,
    ...(branch !== undefined && branch !== '(detached)' && { branch }),
    ...(dirty && { dirty }),
  };
};

const headOnly = async (directory: string): Promise<Code | undefined> => {
  const result = await tryGit(directory, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  const commit = result.stdout.toString('utf8').trim();
  return result.status === 0 ? { commit } : undefined;
};
