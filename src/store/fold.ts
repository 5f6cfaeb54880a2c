import fs from 'node:fs';
import { join } from 'node:path';
import { errorCode, listIfThere, readIfThere, remove } from './disk.ts';
import { isDead, processMark, sweepOwners } from './lock-owner.ts';
import type { Objects } from './objects.ts';
import { keepMark, packDirectory, packList } from './pack-file.ts';
import { porcelain } from './porcelain.ts';
import { firstId, holdsAny } from './pack-index.ts';
import type { Repository } from './repository.ts';
import { share } from './shared.ts';

/** A `.keep` of ours older than this belongs to a killed writer. */
const keepLife = 10 * 60 * 1000;
/** A folder at work for longer than this was killed. */
const lockLife = 5 * 60 * 1000;
/** How many transactions between two looks at the packs. */
const every = 8;

/**
 * Keeps the number of packs small: each transaction writes one. Only packs that Concord wrote are folded together, all others are left
 * as they are. One process folds at a time, beside writers and readers.
 */
export class Fold {
  readonly #repository: Repository;
  readonly #objects: Objects;
  readonly #warn: (text: string) => void;
  #count = 0;
  #running: Promise<void> | undefined;

  constructor(repository: Repository, objects: Objects, warn: (text: string) => void) {
    this.#repository = repository;
    this.#objects = objects;
    this.#warn = warn;
  }

  /** Told of every transaction; looks now and then, and always at the first one of a process. */
  wrote(): void {
    this.#count += 1;
    if (this.#count % every !== 1 || this.#running) return;
    // What was written is written: no failure here may reach the caller.
    this.#running = Promise.resolve()
      .then(() => foldIsDue(this.#repository) && fold(this.#repository))
      .then((folded) => {
        if (folded) this.#objects.restart();
      })
      .catch((error: unknown) => this.#warn(`Packs could not be folded: ${String(error)}`))
      .finally(() => (this.#running = undefined));
  }

  async finish(): Promise<void> {
    await this.#running;
  }
}

type Packs = { readonly ours: readonly string[]; readonly others: readonly string[] };

const packsAmong = (names: readonly string[]): string[] =>
  names.filter((name) => name.endsWith('.pack')).map((name) => name.slice(0, -5));

const packNames = (repository: Repository): string[] =>
  packsAmong(listIfThere(packDirectory(repository)));

const listedPacks = (repository: Repository): string[] =>
  (readIfThere(packList(repository))?.toString('latin1') ?? '').split('\n').filter(Boolean);

/** The packs that are not protected by a `.keep`, by name (pack-<hash>). */
const readPacks = (repository: Repository): Packs => {
  const names = new Set(listIfThere(packDirectory(repository)));
  const ours = new Set(listedPacks(repository));
  const packs = packsAmong([...names]);
  const loose = packs.filter((name) => !names.has(`${name}.keep`) && names.has(`${name}.idx`));
  return {
    ours: loose.filter((name) => ours.has(name)),
    others: packs.filter((name) => !ours.has(name)),
  };
};

export const foldIsDue = (repository: Repository): boolean => {
  const { ours, others } = readPacks(repository);
  const automatic = Number(repository.config.get('gc.autopacklimit') ?? 50);
  const bound = Math.min(32, automatic > 0 ? automatic - 15 : 32);
  return ours.length >= 8 && ours.length + others.length >= bound;
};

/** Folds our packs by size; false when another process does it, or nothing was to be done. */
export const fold = async (repository: Repository): Promise<boolean> => {
  const lock = join(repository.local, 'fold.lock');
  if (!takeLock(repository, lock)) return false;
  try {
    sweepKeeps(repository);
    sweepOwners(repository);
    trimList(repository);
    const { ours, others } = readPacks(repository);
    if (ours.length < 2) return false;
    const kept = others.map((name) => `--keep-pack=${name}.pack`);
    const midx = listIfThere(packDirectory(repository)).includes('multi-pack-index')
      ? ['--write-midx']
      : [];
    const before = new Set(listIfThere(packDirectory(repository)));
    const ids = ours.flatMap((name) => firstId(repository, name) ?? []);
    await porcelain(repository, ['repack', '-d', '-q', '--geometric=2', ...midx, ...kept]);
    rememberFolded(repository, before, ids);
    return true;
  } finally {
    remove(lock);
  }
};

/**
 * Adds to the list of our packs what the fold made (the objects that lie loose are in it as well): what is new and holds the first object of
 * a pack of ours. A pack that the user made meanwhile stays theirs.
 */
const rememberFolded = (
  repository: Repository,
  before: ReadonlySet<string>,
  ids: readonly Buffer[],
): void => {
  const listed = new Set(listedPacks(repository));
  const made = packNames(repository).filter(
    (name) => !before.has(`${name}.pack`) && !listed.has(name) && holdsAny(repository, name, ids),
  );
  fs.appendFileSync(packList(repository), made.map((name) => `${name}\n`).join(''));
};

/**
 * The list only grows by itself: what is gone leaves it now and then. The name of a pack that a writer adds in this very moment may be lost;
 * that pack is then never folded by us, no more.
 */
const trimList = (repository: Repository): void => {
  const packs = new Set(packNames(repository));
  const listed = listedPacks(repository);
  if (listed.length <= 2 * packs.size + 200) return;
  const temporary = `${packList(repository)}.new`;
  remove(temporary);
  const left = [...new Set(listed)].filter((name) => packs.has(name));
  fs.writeFileSync(temporary, left.map((name) => `${name}\n`).join(''), { flag: 'wx' });
  share(repository, temporary);
  fs.renameSync(temporary, packList(repository));
};

const takeLock = (repository: Repository, lock: string): boolean => {
  try {
    fs.writeFileSync(lock, processMark(), { flag: 'wx' });
    share(repository, lock);
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    const stat = fs.statSync(lock, { throwIfNoEntry: false });
    const owner = readIfThere(lock)?.toString('latin1') ?? '';
    if (stat && (isDead(owner) || Date.now() - stat.mtimeMs > lockLife)) remove(lock);
    return false;
  }
};

/** Takes away the `.keep` files and half-written packs that killed writers of ours left; returns how many. */
export const sweepKeeps = (repository: Repository): number => {
  const directory = packDirectory(repository);
  let swept = 0;
  for (const name of listIfThere(directory)) {
    const path = join(directory, name);
    if (!isLeftOver(path, name)) continue;
    remove(path);
    swept += 1;
  }
  return swept;
};

const isLeftOver = (path: string, name: string): boolean => {
  const temporary = /^concord_(pack|idx)_(\d+-\d+-[^-]+)-/.exec(name);
  if (temporary) return isDead(temporary[2] ?? '');
  if (!name.endsWith('.keep')) return false;
  const [mark, owner = ''] = readIfThere(path)?.toString('latin1').trim().split(' ') ?? [];
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  return (
    mark === keepMark &&
    stat !== undefined &&
    (isDead(owner) || Date.now() - stat.mtimeMs > keepLife)
  );
};
