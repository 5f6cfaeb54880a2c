import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Launch } from './types.ts';

/** Writes the files that a session is started with. For the user alone: what is said in them is not for everybody on the machine. */
export const writeFiles = ({ files }: Launch): void => {
  for (const { path, text, executable, unlessThere } of files) {
    mkdirSync(dirname(path), { recursive: true });
    // A link in a project may lead anywhere.
    if (unlessThere && lstatSync(dirname(path)).isSymbolicLink()) continue;
    try {
      writeFileSync(path, text, {
        mode: executable ? 0o700 : 0o600,
        flag: unlessThere ? 'wx' : 'w',
      });
    } catch (error) {
      // The project brings one of its own.
      const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!(isThere && unlessThere)) throw error;
    }
  }
};
