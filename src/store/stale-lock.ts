import fs from 'node:fs';
import { join } from 'node:path';
import { ConcordError } from '../model/error.ts';
import { errorCode, inodeOf, listIfThere, removeQuietly } from './disk.ts';
import { isDead, ownerOf } from './lock-owner.ts';
import type { Repository } from './repository.ts';

/** A foreign lock must stand unchanged for this long before it can be taken for a killed git's. */
const foreignPatience = 10_000;
/** A lock held by a live process is waited for this long. */
const livePatience = 3_000;

/**
 * Decides about one lock file that is in the way, over several looks. A lock of a dead Concord process goes at once; one of an
 * unknown program only when it has not changed for ten seconds and no git runs in the repository. It is renamed aside, never deleted.
 */
export class LockWatch {
  readonly #repository: Repository;
  readonly path: string;
  #seen = '';
  #since = 0;

  constructor(repository: Repository, path: string) {
    this.#repository = repository;
    this.path = path;
  }

  /** Called while the lock is in the way. Returns when to look again in milliseconds, or throws when waiting is no use. */
  look(now: number): number {
    const stat = fs.statSync(this.path, { throwIfNoEntry: false });
    if (!stat) return 0;
    const seen = `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
    if (seen !== this.#seen) [this.#seen, this.#since] = [seen, now];
    const owner = ownerOf(this.#repository, this.path);
    const waited = now - this.#since;
    if (owner !== undefined && isDead(owner)) return this.#setAside(stat.ino);
    if (owner !== undefined && waited > livePatience)
      throw this.#held(
        `process ${owner.split('-')[0]} holds it; if that is stopped, "kill -CONT" lets it finish`,
      );
    if (owner === undefined && waited > foreignPatience) {
      if (gitRunsIn(this.#repository.gitDir) !== false)
        throw this.#held('a git process is at work in this repository');
      return this.#setAside(stat.ino);
    }
    return Math.min(50, 5 + waited / 10);
  }

  #setAside(inode: number): number {
    const aside = join(this.#repository.local, `stale-lock-${inode}`);
    if (inodeOf(this.path) !== inode) return 0;
    try {
      fs.renameSync(this.path, aside);
      // Somebody's live lock after all: it goes back to its place, if that is still free. Its owner looks before using it.
      if (inodeOf(aside) !== inode) fs.linkSync(aside, this.path);
    } catch (error) {
      // Another process was faster.
      if (!['ENOENT', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
    }
    removeQuietly(aside);
    return 0;
  }

  #held(why: string): ConcordError {
    return new ConcordError(
      'TIMEOUT',
      `${this.path} stands in the way: ${why}. Nothing was published.`,
      {
        hint: 'Try again; the lock goes away when its process ends.',
      },
    );
  }
}

/** Whether a git process works in the repository or its work tree; undefined where the system does not tell. */
const gitRunsIn = (gitDir: string): boolean | undefined => {
  const processes = listIfThere('/proc').filter((name) => /^\d+$/.test(name));
  if (processes.length === 0) return undefined;
  const root = gitDir.replace(/\/\.git$/, '');
  return processes.some((pid) => {
    try {
      const directory = fs.readlinkSync(`/proc/${pid}/cwd`);
      return (
        fs.readFileSync(`/proc/${pid}/comm`, 'latin1').startsWith('git') &&
        (directory === root || directory.startsWith(`${root}/`))
      );
    } catch {
      return false;
    }
  });
};
