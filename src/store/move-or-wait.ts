import { setTimeout as sleep } from 'node:timers/promises';
import type { Oid } from './object.ts';
import { checkLock, Locked, mayMoveInProcess, moveRef, moveRefByGit } from './refs.ts';
import type { Verify } from './refs.ts';
import type { Repository } from './repository.ts';
import { LockWatch } from './stale-lock.ts';

type Move = {
  readonly ref: string;
  readonly next: Oid;
  readonly expected: Oid | undefined;
  readonly verify?: Verify;
};

/** Moves a ref; a lock in the way is waited for, or broken where its owner is dead. */
export const moveOrWait = async (
  repository: Repository,
  { ref, next, expected, verify }: Move,
): Promise<boolean> => {
  const move = mayMoveInProcess(repository) ? moveRef : moveRefByGit;
  for (let watch: LockWatch | undefined; ;) {
    try {
      return await move(repository, ref, next, expected, verify);
    } catch (error) {
      if (!(error instanceof Locked)) throw error;
      if (watch?.path !== error.path) watch = new LockWatch(repository, error.path);
      await sleep(watch.look(Date.now()));
    }
  }
};

/** Waits for a lock in the way, or breaks it where its owner is dead: git itself would do neither. */
export const lockGone = async (repository: Repository, ref: string): Promise<void> => {
  for (let watch: LockWatch | undefined; ;) {
    try {
      return checkLock(repository, ref);
    } catch (error) {
      if (!(error instanceof Locked)) throw error;
      watch ??= new LockWatch(repository, error.path);
      await sleep(watch.look(Date.now()));
    }
  }
};
