import fs from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './disk.ts';
import { packDirectory } from './pack-file.ts';
import type { Repository } from './repository.ts';

/** An index of version 2: a header, for each first byte of an id the number of ids up to it, then the sorted ids. */
const header = Buffer.from([0xff, 0x74, 0x4f, 0x63, 0, 0, 0, 2]);
const idsAt = header.length + 1024;

/** The sorted ids of a pack, from one number to another; none where the pack is gone or its index is of another version. */
const readIds = (
  repository: Repository,
  pack: string,
  range: (upTo: (byte: number) => number) => readonly [from: number, to: number],
): Buffer => {
  const { bytes } = repository.format;
  let file;
  try {
    file = fs.openSync(join(packDirectory(repository), `${pack}.idx`), 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    const start = Buffer.alloc(idsAt);
    fs.readSync(file, start, 0, idsAt, 0);
    if (!start.subarray(0, header.length).equals(header)) return Buffer.alloc(0);
    const [from, to] = range((byte) =>
      byte < 0 ? 0 : start.readUInt32BE(header.length + 4 * byte),
    );
    const ids = Buffer.alloc((to - from) * bytes);
    return ids.subarray(0, fs.readSync(file, ids, 0, ids.length, idsAt + from * bytes));
  } finally {
    fs.closeSync(file);
  }
};

/** The first object of a pack; undefined when it holds none, or is gone. */
export const firstId = (repository: Repository, pack: string): Buffer | undefined => {
  const ids = readIds(repository, pack, (upTo) => [0, Math.min(1, upTo(255))]);
  return ids.length === repository.format.bytes ? ids : undefined;
};

/** Whether a pack holds one of these objects. */
export const holdsAny = (
  repository: Repository,
  pack: string,
  wanted: readonly Buffer[],
): boolean => {
  const { bytes } = repository.format;
  return wanted.some((id) => {
    const first = id[0] ?? 0;
    const ids = readIds(repository, pack, (upTo) => [upTo(first - 1), upTo(first)]);
    for (let at = 0; at < ids.length; at += bytes)
      if (ids.compare(id, 0, bytes, at, at + bytes) === 0) return true;
    return false;
  });
};
