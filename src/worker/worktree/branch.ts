import { askGit, isTrue } from './project.ts';
import type { Project } from './project.ts';

export const refOf = (branch: string): string => `refs/heads/${branch}`;

/** The commit that a branch stands at; undefined when there is none. */
export const tipOf = async (project: Project, branch: string): Promise<string | undefined> => {
  const line = await askGit(project.directory, [
    'for-each-ref',
    '--format=%(objectname) %(refname)',
    refOf(branch),
  ]);
  return line
    .split('\n')
    .find((one) => one.endsWith(` ${refOf(branch)}`))
    ?.split(' ')[0];
};

/** The branch of a contract: the one that it has, else the name that is free. */
export const branchOf = async (project: Project, contract: string): Promise<string> => {
  const usual = `${project.prefix}${contract}`;
  const other = `${project.prefix}${flat(contract)}`;
  if ((await tipOf(project, usual)) !== undefined) return usual;
  if ((await tipOf(project, other)) !== undefined) return other;
  return (await isFree(project, usual)) ? usual : other;
};

/** An id and the same id with more after it cannot both be branches: one would have to be a file and a directory. "+" is in no id. */
const flat = (contract: string): string =>
  contract.includes('/') ? contract.replaceAll('/', '+') : `${contract}+`;

/** Nothing is below the name, and none of its parts above is a branch itself. */
const isFree = async (project: Project, branch: string): Promise<boolean> => {
  const below = await askGit(project.directory, [
    'for-each-ref',
    '--count=1',
    '--format=%(refname)',
    `${refOf(branch)}/`,
  ]);
  if (below !== '') return false;
  const parts = branch.split('/');
  const above = parts.slice(1, -1).map((_, at) => parts.slice(0, at + 2).join('/'));
  for (const one of above) if ((await tipOf(project, one)) !== undefined) return false;
  return true;
};

export const isAncestor = (project: Project, older: string, newer: string): Promise<boolean> =>
  isTrue(project.directory, ['merge-base', '--is-ancestor', older, newer]);
