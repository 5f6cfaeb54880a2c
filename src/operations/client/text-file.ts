import fs from 'node:fs';
import { dirname, basename, join, resolve } from 'node:path';
import { ConcordError } from '../../model/error.ts';
import { errorCode, listIfThere, remove, removeQuietly } from '../../store/disk.ts';

/** Where a path ends when every link is followed, also where nothing is there yet. */
export const realPath = (path: string, links = 40): string => {
  try {
    return fs.realpathSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw cannot('read', path, error);
  }
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() && links > 0)
    return realPath(resolve(dirname(path), fs.readlinkSync(path)), links - 1);
  const above = dirname(path);
  return above === path ? path : join(realPath(above, links), basename(path));
};

/** The text of a file, undefined where there is none. What is not UTF-8 text could not be put back as it was. */
export const readText = (path: string): string | undefined => {
  let bytes: Buffer;
  try {
    bytes = fs.readFileSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw cannot('read', path, error);
  }
  const text = bytes.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(bytes)) return text;
  throw new ConcordError('INVALID', `${path} is not UTF-8 text; nothing was changed.`, {
    hint: 'Save it as UTF-8, then try again.',
  });
};

const words: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EISDIR: 'a directory stands there',
  ENOTDIR: 'a file stands where a directory belongs',
  ELOOP: 'its links lead in a circle',
};

/** A failed call on a file of the user's, in words; what nobody foresaw is passed on. */
export const cannot = (verb: string, path: string, error: unknown): unknown => {
  const why = words[errorCode(error) ?? ''];
  if (why === undefined) return error;
  return new ConcordError('NOT_ALLOWED', `Cannot ${verb} ${path}: ${why}; nothing was changed.`, {
    hint: 'Mend this, then try again.',
    cause: error,
  });
};

/** In the directory of the file, so that the rename stays within one file system. */
const temporaryOf = (path: string): string => join(dirname(path), `.${basename(path)}.concord-new`);

/** The directories that have to be made before a file can be, outermost first. */
export const missingAbove = (path: string): readonly string[] => {
  const above = dirname(path);
  return fs.existsSync(above) || above === path ? [] : [...missingAbove(above), above];
};

/** Replaces a file in one step; it keeps its mode. `path` is a real one: a link would be replaced. */
export const writeText = (path: string, text: string, mode = 0o666): void => {
  const temporary = temporaryOf(path);
  const missing = missingAbove(path);
  try {
    fs.mkdirSync(dirname(path), { recursive: true });
    const stat = fs.statSync(path, { throwIfNoEntry: false });
    // Renaming onto it would do what its owner has forbidden.
    if (stat) fs.accessSync(path, fs.constants.W_OK);
    remove(temporary);
    const file = fs.openSync(temporary, 'wx', stat ? stat.mode & 0o777 : mode);
    try {
      fs.writeFileSync(file, text);
      if (stat) fs.fchmodSync(file, stat.mode & 0o7777);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
    fs.renameSync(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    removeEmpty(missing);
    throw cannot('write', path, error);
  }
};

/** Takes a file away, and with it what a killed process left beside it. */
export const removeText = (path: string): void => {
  try {
    remove(temporaryOf(path));
    remove(path);
  } catch (error) {
    throw cannot('remove', path, error);
  }
};

/** Takes these directories away as far as they are empty, the innermost first. */
export const removeEmpty = (directories: readonly string[]): void => {
  for (const path of directories.toSorted((a, b) => b.length - a.length))
    if (fs.existsSync(path) && listIfThere(path).length === 0) fs.rmdirSync(path);
};
