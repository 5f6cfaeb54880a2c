import fs from 'node:fs';
import { ConcordError } from '../model/error.ts';
import type { Repository } from './repository.ts';
import { share } from './shared.ts';

export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** A new file with these bytes, on the disk when this returns; its name is only safe after `syncDirectory`. */
export const writeSynced = (
  repository: Repository,
  path: string,
  bytes: Buffer | string,
  mode: number,
): void => {
  const file = fs.openSync(path, 'wx', mode);
  try {
    fs.writeFileSync(file, bytes);
    share(repository, file);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
};

export const syncDirectory = (path: string): void => {
  const directory = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(directory);
  } finally {
    fs.closeSync(directory);
  }
};

/** Takes a file away if it is there. */
export const remove = (path: string): void => {
  try {
    fs.unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
};

/** For cleaning up: what cannot be removed now is left for the fold and the doctor. */
export const removeQuietly = (path: string): void => {
  try {
    remove(path);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
  }
};

/** What tells one file from another that has taken its name; undefined when there is none. */
export const inodeOf = (path: string): number | undefined =>
  fs.statSync(path, { throwIfNoEntry: false })?.ino;

export const readIfThere = (path: string): Buffer | undefined => {
  try {
    return fs.readFileSync(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
};

export const listIfThere = (path: string): string[] => {
  try {
    return fs.readdirSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
};

const refusals: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EISDIR: 'a directory stands where a file belongs',
  ENOTDIR: 'a file stands where a directory belongs',
  EIO: 'the disk reports an input/output error',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
};

/** Says a failed file call in words a user can act on; anything else is passed on as it is. */
export const diskError = (error: unknown): unknown => {
  const code = errorCode(error);
  const words = code === undefined ? undefined : refusals[code];
  if (!words) return error;
  const path = error instanceof Error && 'path' in error ? ` (${String(error.path)})` : '';
  return new ConcordError('STORAGE', `Nothing was written: ${words}${path}.`, {
    hint: 'What was published before stays as it is. Try again when this is mended.',
    cause: error,
  });
};
