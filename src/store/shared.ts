import fs from 'node:fs';
import { dirname } from 'node:path';
import type { Repository } from './repository.ts';

type Shared = Pick<Repository, 'config'>;

/** The bits that `core.sharedRepository` adds to a file's mode, or puts in the place of it; undefined where the umask alone decides. */
const sharingOf = ({
  config,
}: Shared): { readonly bits: number; readonly exact: boolean } | undefined => {
  const value = config.get('core.sharedrepository') ?? 'umask';
  const number = /^[0-7]+$/.test(value) ? Number.parseInt(value, 8) : undefined;
  if (['group', 'true', 'yes', 'on'].includes(value) || number === 1)
    return { bits: 0o660, exact: false };
  if (['all', 'world', 'everybody'].includes(value) || number === 2)
    return { bits: 0o664, exact: false };
  return number === undefined || number < 0o600 ? undefined : { bits: number & 0o666, exact: true };
};

/** Gives what was just made the mode that git would give it: else the second user of a shared repository could not go on. */
export const share = (repository: Shared, made: string | number): void => {
  const sharing = sharingOf(repository);
  if (!sharing) return;
  const stat = typeof made === 'number' ? fs.fstatSync(made) : fs.statSync(made);
  // What another user has made meanwhile is theirs to share.
  if (stat.uid !== process.geteuid?.()) return;
  const before = stat.mode & 0o7777;
  const bits = before & 0o200 ? sharing.bits : sharing.bits & ~0o222;
  const read = (sharing.exact ? before & ~0o777 : before) | bits;
  const mode = stat.isDirectory() ? read | ((read & 0o444) >> 2) | 0o2000 : read;
  if (mode === before) return;
  if (typeof made === 'number') fs.fchmodSync(made, mode);
  else fs.chmodSync(made, mode);
};

/** A directory and those above it that are missing, outermost first in the answer. */
export const makeDirectory = (repository: Shared, path: string): readonly string[] => {
  const first = fs.mkdirSync(path, { recursive: true });
  const made: string[] = [];
  for (let at = path; first !== undefined && at.length >= first.length; at = dirname(at))
    made.unshift(at);
  for (const directory of made) share(repository, directory);
  return made;
};

/** An empty file for a program that would not share what it makes; nothing where the umask alone decides. */
export const makeShared = (repository: Shared, path: string): void => {
  if (!sharingOf(repository) || fs.existsSync(path)) return;
  fs.closeSync(fs.openSync(path, 'a'));
  share(repository, path);
};
