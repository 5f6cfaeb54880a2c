import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askGit } from './project.ts';

/** Where a branch began, noted beside git's own files of the work tree that it was made with: it goes with them. */
const noteOf = async (path: string): Promise<string> =>
  join(await askGit(path, ['rev-parse', '--path-format=absolute', '--git-dir']), 'concord-base');

export const noteBase = async (path: string, commit: string): Promise<void> =>
  writeFileSync(await noteOf(path), `${commit}\n`);

/** Undefined where it is not known: then nothing is taken for empty. */
export const baseOf = async (path: string): Promise<string | undefined> => {
  try {
    const commit = readFileSync(await noteOf(path), 'utf8').trim();
    return commit === '' ? undefined : commit;
  } catch {
    return undefined;
  }
};
