import { setTimeout as sleep } from 'node:timers/promises';
import { ConcordError } from '../model/error.ts';
import { isObject } from '../model/json.ts';
import { checkLine, checkSlug } from '../model/names.ts';
import { diskError, errorCode } from './disk.ts';
import { refPrefix } from './layout.ts';
import { makeObject } from './object.ts';
import type { GitObject, Oid } from './object.ts';
import type { Objects } from './objects.ts';
import { storePack } from './pack-file.ts';
import { checkLock, Locked, mayMoveInProcess, moveRef, moveRefByGit, readTip } from './refs.ts';
import type { Repository } from './repository.ts';
import { LockWatch } from './stale-lock.ts';

/** How far an agent has seen a line: all before the commit, and so many items of it. */
export type Cursor = { readonly commit: Oid; readonly item: number };

/** A cursor is not worth a longer wait: one that does not move only repeats items. */
const limit = 4_000;

/** A collection of the user's may take away files and directories that are just being made. */
const patienceWithCollections = 5;

/** Where the cursor of an agent stands; the names are checked, since they become part of a ref's name. */
export const cursorRef = (line: string, agent: string): string =>
  `${refPrefix}inbox/${checkLine(line)}/${checkSlug(agent, 'the agent')}`;

/** What the agent has seen; undefined for none, and for a ref that holds something else. A ref that is broken or symbolic is refused. */
export const readCursor = async (
  repository: Repository,
  objects: Objects,
  line: string,
  agent: string,
): Promise<{ cursor: Cursor; oid: Oid } | undefined> => {
  const oid = await readTip(repository, cursorRef(line, agent));
  const object = oid === undefined ? undefined : await objects.find(oid);
  const cursor = object && parse(repository, object);
  return cursor && { cursor, oid: object.oid };
};

const encode = ({ format }: Repository, { commit, item }: Cursor): GitObject =>
  makeObject(format, 'blob', Buffer.from(`${JSON.stringify({ commit, item })}\n`));

/** Anybody can push a ref: what it points to is a cursor only if it looks like one. */
const parse = ({ format }: Repository, { type, body }: GitObject): Cursor | undefined => {
  if (type !== 'blob' || body.length > 1_000) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { commit, item } = value;
  if (typeof commit !== 'string' || typeof item !== 'number') return undefined;
  const isHex = commit.length === format.bytes * 2 && /^[0-9a-f]+$/.test(commit);
  return isHex && Number.isSafeInteger(item) && item >= 0 ? { commit, item } : undefined;
};

/**
 * Moves it by compare-and-swap from the object `from` (undefined: there must be no ref). False when somebody else moved it, and when a lock
 * stays in the way: then it stands where it stood. A ref that holds something else than a cursor can be moved too, by its object's id.
 */
export const moveCursor = async (
  repository: Repository,
  objects: Objects,
  line: string,
  agent: string,
  cursor: Cursor,
  from: Oid | undefined,
): Promise<boolean> => {
  const ref = cursorRef(line, agent);
  const next = encode(repository, cursor);
  if ((await readTip(repository, ref)) !== from) return false;
  if (next.oid === from) return true;
  const started = Date.now();
  let watch: LockWatch | undefined;
  for (let attempt = 0; attempt === 0 || Date.now() - started < limit; attempt += 1) {
    try {
      if (await tryOnce(repository, ref, next, from)) return wrote(objects, next);
      const tip = await readTip(repository, ref);
      // A move whose result was not known, because git packed the ref in that moment.
      if (tip === next.oid) return wrote(objects, next);
      if (tip !== from) return false;
      await sleep(10);
    } catch (error) {
      if (error instanceof Locked) {
        watch ??= new LockWatch(repository, error.path);
        const pause = lookQuietly(watch);
        if (pause === undefined) return false;
        await sleep(pause);
      } else if ((await readTip(repository, ref)) === next.oid) {
        // It has moved, though the disk did not confirm it: more than a cursor needs.
        return wrote(objects, next);
      } else if (errorCode(error) !== 'ENOENT' || attempt >= patienceWithCollections)
        throw diskError(error);
    }
  }
  return false;
};

const wrote = (objects: Objects, next: GitObject): true => {
  objects.wrote([next]);
  return true;
};

/** One attempt: the object is on the disk, and safe from collections, before the ref points to it. */
const tryOnce = async (
  repository: Repository,
  ref: string,
  next: GitObject,
  from: Oid | undefined,
): Promise<boolean> => {
  checkLock(repository, ref);
  const stored = storePack(repository, [next]);
  const move = mayMoveInProcess(repository) ? moveRef : moveRefByGit;
  try {
    return stored.kept() && (await move(repository, ref, next.oid, from));
  } finally {
    stored.release();
  }
};

/** When to look at the lock again; undefined when waiting is no use. */
const lookQuietly = (watch: LockWatch): number | undefined => {
  try {
    return watch.look(Date.now());
  } catch (error) {
    if (error instanceof ConcordError) return undefined;
    throw diskError(error);
  }
};
