import { existsSync } from 'node:fs';
import { askGit } from './project.ts';
import type { Project } from './project.ts';

/** A work tree as git knows it. */
export type Entry = {
  readonly path: string;
  /** Without refs/heads/; undefined when it stands at a commit of no branch. */
  readonly branch: string | undefined;
  readonly locked: boolean;
  /** Its directory is there. */
  readonly there: boolean;
};

const entryOf = (lines: readonly string[]): Entry => {
  const field = (name: string): string | undefined =>
    lines.find((line) => line === name || line.startsWith(`${name} `))?.slice(name.length + 1);
  const path = field('worktree') ?? '';
  return {
    path,
    branch: field('branch')?.replace(/^refs\/heads\//, ''),
    locked: field('locked') !== undefined,
    there: existsSync(path),
  };
};

export const listEntries = async (project: Project): Promise<readonly Entry[]> => {
  const text = await askGit(project.directory, ['worktree', 'list', '--porcelain', '-z']);
  return text
    .split('\0\0')
    .filter((entry) => entry !== '')
    .map((entry) => entryOf(entry.split('\0').filter((line) => line !== '')));
};

/** Whether it is one of those that stand where the supervisor makes them. */
export const isOurs = ({ home }: Project, { path }: Entry): boolean => path.startsWith(`${home}/`);

/** Files that differ from the last commit, or that git does not know; ignored ones do not count. */
export const changesIn = async (path: string): Promise<readonly string[]> => {
  const text = await askGit(path, [
    'status',
    '--porcelain=v1',
    '-z',
    '--no-renames',
    '--untracked-files=all',
  ]);
  return text
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => line.slice(3));
};
