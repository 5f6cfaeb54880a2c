import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { isObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { errorCode, readIfThere, removeQuietly } from '../../store/disk.ts';
import { makeDirectory } from '../../store/shared.ts';

/** Small files beside the store are a help for the next call: none that is broken, missing or somebody else's is ever an error. */
export const quietly = <T>(otherwise: T, body: () => T): T => {
  try {
    return body();
  } catch {
    return otherwise;
  }
};

export const readEntry = (path: string): JsonObject | undefined =>
  quietly(undefined, () => {
    const value: unknown = JSON.parse(readIfThere(path)?.toString('utf8') ?? '');
    return isObject(value) ? value : undefined;
  });

/** When it was written or touched last, in ms. */
export const changedAt = (path: string): number | undefined =>
  quietly(undefined, () => fs.lstatSync(path).mtimeMs);

/** Whole or not at all: under another name first. The first entry makes the directory; then `made` is called. Throws. */
export const writeEntry = (directory: string, name: string, value: Json, made?: () => void): void =>
  put(directory, value, made, (from) => fs.renameSync(from, join(directory, name)));

/** The same, where there is none of that name: false where there is. */
export const addEntry = (
  directory: string,
  name: string,
  value: Json,
  made?: () => void,
): boolean => {
  try {
    put(directory, value, made, (from) => {
      fs.linkSync(from, join(directory, name));
      fs.unlinkSync(from);
    });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
};

const put = (
  directory: string,
  value: Json,
  made: (() => void) | undefined,
  place: (temporary: string) => void,
): void => {
  const temporary = join(directory, `new-${randomBytes(6).toString('hex')}`);
  const write = (): void => fs.writeFileSync(temporary, JSON.stringify(value), { flag: 'wx' });
  try {
    try {
      write();
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      for (const one of makeDirectory({ config: new Map() }, directory)) shareAsAbove(one);
      made?.();
      write();
    }
    place(temporary);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
};

/** In a repository of several users git sets this bit on directories: then what is made inside is for the same users. */
const shareAsAbove = (directory: string): void => {
  const { mode } = fs.statSync(dirname(directory));
  if (mode & 0o2000) fs.chmodSync(directory, mode & 0o7777);
};
