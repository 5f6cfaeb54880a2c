import fs from 'node:fs';
import { join } from 'node:path';
import { errorCode, listIfThere, readIfThere, remove } from './disk.ts';
import { isDead, processMark, sweepOwners } from './lock-owner.ts';
import type { Objects } from './objects.ts';
import { keepMark, packDirectory, packList } from './pack-file.ts';
import { porcelain } from './porcelain.ts';
import type { Repository } from './repository.ts';

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

/** The packs that are not protected by a `.keep`, by name (pack-<hash>). */
const readPacks = (repository: Repository): Packs => {
  const names = new Set(listIfThere(packDirectory(repository)));
  const ours = new Set(readIfThere(packList(repository))?.toString('latin1').split('\n'));
  const packs = [...names]
    .filter((name) => name.endsWith('.pack'))
    .map((name) => name.slice(0, -5));
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
  if (!takeLock(lock)) return false;
  try {
    sweepKeeps(repository);
    sweepOwners(repository);
    const { ours, others } = readPacks(repository);
    if (ours.length < 2) return false;
    const kept = others.map((name) => `--keep-pack=${name}.pack`);
    const midx = listIfThere(packDirectory(repository)).includes('multi-pack-index')
      ? ['--write-midx']
      : [];
    const before = new Set(listIfThere(packDirectory(repository)));
    await porcelain(repository, ['repack', '-d', '-q', '--geometric=2', ...midx, ...kept]);
    rememberFolded(repository, before);
    return true;
  } finally {
    remove(lock);
  }
};

/** The list of our packs after a fold: those still there, and what the fold made (it adds the objects that lie loose as well). */
const rememberFolded = (repository: Repository, before: ReadonlySet<string>): void => {
  const now = listIfThere(packDirectory(repository)).filter((name) => name.endsWith('.pack'));
  const listed = readIfThere(packList(repository))?.toString('latin1').split('\n') ?? [];
  const made = now.filter((name) => !before.has(name)).map((name) => name.slice(0, -5));
  fs.appendFileSync(
    packList(repository),
    made
      .filter((name) => !listed.includes(name))
      .map((name) => `${name}\n`)
      .join(''),
  );
};

const takeLock = (lock: string): boolean => {
  try {
    fs.writeFileSync(lock, processMark(), { flag: 'wx' });
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
