import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { errorCode, removeQuietly, syncDirectory, writeSynced } from './disk.ts';
import { processMark } from './lock-owner.ts';
import { encodePack } from './pack.ts';
import type { GitObject } from './object.ts';
import type { Repository } from './repository.ts';
import { makeDirectory, share } from './shared.ts';

/** First word of our `.keep` files: only these are ever taken away by us. */
export const keepMark = 'concord';

export const packDirectory = (repository: Repository): string =>
  join(repository.gitDir, 'objects', 'pack');

/** The names of the packs that Concord wrote: only these are ever folded. */
export const packList = (repository: Repository): string => join(repository.local, 'packs');

/** Objects on the disk and safe from any garbage collection, though nothing points to them yet. */
export type StoredPack = {
  /** False when somebody took the `.keep` away: then a collection may have taken the objects too. */
  kept(): boolean;
  /** Ends the protection: once a ref points to the objects, or when they are not wanted any more. */
  release(): void;
};

/**
 * Writes the objects as one pack: first its `.keep`, then pack and index, each synced and renamed into place, then the directory. After
 * a kill at any point there is either nothing that git looks at, or a whole pack.
 */
export const storePack = (repository: Repository, objects: readonly GitObject[]): StoredPack => {
  const { name: checksum, pack, index } = encodePack(repository.format, objects);
  const name = newName(repository, checksum);
  const directory = packDirectory(repository);
  const base = join(directory, `pack-${name}`);
  const keep = `${base}.keep`;
  // Not tmp_*, as git would name them: a `git prune --expire=now` takes those away from under their writer.
  const temporary = join(directory, `concord_pack_${processMark()}-${name.slice(0, 16)}`);
  const temporaryIndex = join(directory, `concord_idx_${processMark()}-${name.slice(0, 16)}`);
  makeDirectory(repository, directory);
  try {
    fs.writeFileSync(keep, `${keepMark} ${processMark()}\n`, { flag: 'wx', mode: 0o644 });
    share(repository, keep);
    writeSynced(repository, temporary, pack, packMode);
    writeSynced(repository, temporaryIndex, index, packMode);
    fs.renameSync(temporary, `${base}.pack`);
    fs.renameSync(temporaryIndex, `${base}.idx`);
    syncDirectory(directory);
    remember(repository, `pack-${name}`);
  } catch (error) {
    for (const path of [temporary, temporaryIndex, keep]) removeQuietly(path);
    throw error;
  }
  return { kept: () => fs.existsSync(keep), release: () => removeQuietly(keep) };
};

/**
 * A name never used before, even for the same objects once more: a `git repack` that saw the pack of a first try, unwanted and without its
 * `.keep`, deletes whatever has that name by the time it ends.
 */
const newName = ({ format }: Repository, checksum: string): string =>
  createHash(format.name).update(checksum).update(randomBytes(16)).digest('hex');

/** Packs are read-only, as git makes them. */
const packMode = 0o444;

/** The list is a cache: a pack that is not in it is only never folded, which is no reason to refuse a publish. */
const remember = (repository: Repository, name: string): void => {
  try {
    makeDirectory(repository, repository.local);
    fs.appendFileSync(packList(repository), `${name}\n`);
    share(repository, packList(repository));
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
  }
};
