import fs from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './disk.ts';
import type { Oid } from './object.ts';
import { readTip } from './refs.ts';
import type { Repository } from './repository.ts';
import { makeDirectory, share } from './shared.ts';

/** Those who wait look at the ref themselves this often: plain git and other machines wake nobody. */
const every = 2_000;

const wakeFile = (repository: Repository): string => join(repository.local, 'wake');

/**
 * Tells all processes of this machine that wait that a line has moved. Never throws, and is not synced: whoever is not told sees it at the
 * next look of its own. Where there is no file nobody waits: it is those who wait that make it.
 */
export const wake = (repository: Repository): void => {
  const now = Date.now() / 1000;
  try {
    fs.utimesSync(wakeFile(repository), now, now);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') write(wakeFile(repository));
  }
};

const { O_WRONLY, O_TRUNC, O_NONBLOCK } = fs.constants;

/** The same for a file of another user: only its owner may set its times, but all that share the repository may write it. */
const write = (path: string): void => {
  try {
    fs.closeSync(fs.openSync(path, O_WRONLY | O_TRUNC | O_NONBLOCK));
  } catch {
    // Somebody else's repository, or nothing to write to: those who wait look for themselves.
  }
};

/**
 * Resolves with true when somebody called `wake`, or the line's ref has changed from `tip`, whoever moved it; with false at `until` (ms since
 * 1970) or when `signal` aborts. True may come without cause, and says nothing about which line has moved: the caller looks again. A ref that
 * cannot be read rejects, as every look at it does. Cursors are not looked at. Nothing is left running.
 */
export const changed = async (
  repository: Repository,
  ref: string,
  tip: Oid | undefined,
  { until, signal }: { readonly until: number; readonly signal?: AbortSignal },
): Promise<boolean> => {
  const woken = new AbortController();
  const watcher = watch(repository, () => woken.abort());
  try {
    for (;;) {
      if (woken.signal.aborted) return true;
      if (signal?.aborted) return false;
      // The first look comes after the watch stands: a move since the caller's own look is not missed.
      if ((await readTip(repository, ref)) !== tip) return true;
      const left = until - Date.now();
      if (left <= 0) return woken.signal.aborted;
      await pause(Math.min(left, every), [woken.signal, ...(signal ? [signal] : [])]);
    }
  } finally {
    watcher?.close();
  }
};

/** Undefined where files cannot be watched: too many are already, or there is no file and none can be made. */
const watch = (repository: Repository, onWake: () => void): fs.FSWatcher | undefined => {
  const path = wakeFile(repository);
  make(repository, path);
  try {
    const watcher = fs.watch(path, onWake);
    watcher.on('error', () => undefined);
    return watcher;
  } catch {
    return undefined;
  }
};

const make = (repository: Repository, path: string): void => {
  try {
    makeDirectory(repository, repository.local);
    fs.closeSync(fs.openSync(path, 'wx'));
    share(repository, path);
  } catch {
    // It is there already, or the repository is read-only.
  }
};

/** Until one of the signals aborts, at most for so long. No timer and no listener outlives it. */
const pause = (milliseconds: number, signals: readonly AbortSignal[]): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    for (const signal of signals) signal.addEventListener('abort', end);
    if (signals.some((signal) => signal.aborted)) end();
  });
