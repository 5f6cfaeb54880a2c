// One process at a time: two test runs started together must not install into
// the same folder at once.

import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Creates the lock with the owner's id already in it, so that no reader sees it empty. */
function tryLock(path) {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, String(process.pid));
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function ownerOf(path) {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Process ids are used again, so age counts as well: nothing here takes this long. */
function isAbandoned(path) {
  const owner = ownerOf(path);
  if (owner === undefined) return false;
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  return !isAlive(owner) || age > 15 * 60_000;
}

/**
 * Runs `body` while holding the lock file at `path`; waits for a living owner.
 * A lock whose owner is gone is removed. Two waiters may remove it in the same
 * instant and both go on; the build is made to stand that.
 */
export async function withLock(path, body) {
  while (!tryLock(path)) {
    if (isAbandoned(path)) rmSync(path, { force: true });
    else await sleep(100);
  }
  // On exit and not in a finally: the body may end the process.
  process.on('exit', () => {
    if (ownerOf(path) === process.pid) rmSync(path, { force: true });
  });
  return body();
}
