import { setTimeout as sleep } from 'node:timers/promises';
import { ConcordError } from '../model/error.ts';
import { applyBuilt, build } from './build.ts';
import type { Built, Request, Unchanged } from './build.ts';
import type { DerivedIndex } from './derived-index.ts';
import { diskError, errorCode } from './disk.ts';
import type { Facts } from './index/facts.ts';
import { asWriter } from './index/rows.ts';
import { lineRef } from './layout.ts';
import type { GitObject, Oid } from './object.ts';
import type { Objects } from './objects.ts';
import { storePack } from './pack-file.ts';
import { quarantine } from './quarantine.ts';
import type { Queue } from './queue.ts';
import { checkLock, Locked, moveRef, moveRefByGit, readRef } from './refs.ts';
import type { Repository } from './repository.ts';
import { LockWatch } from './stale-lock.ts';
import { Missing } from './tree.ts';

export type Writing = {
  readonly repository: Repository;
  readonly objects: Objects;
  readonly index: DerivedIndex;
  readonly queue: Queue;
  /** Whether refs are moved in this process, or by git. */
  readonly inProcess: boolean;
  readonly warn: (text: string) => void;
};

export type Committed<T> = {
  /** What the body returned; undefined for a repeated call. */
  readonly result: T | undefined;
  /** The commit; undefined when nothing had to change. */
  readonly commit: Oid | undefined;
  readonly events: readonly string[];
  /** The call was made before with this key: commit and events are those of then. */
  readonly repeated: boolean;
};

/** After this long without success the caller is told that the store is busy. */
const limit = 10_000;
/** Longer than a lock is waited for: that wait ends with its own refusal, or with the lock. */
const limitAtLock = 15_000;
/** A collection of the user's may take away files and directories that are just being made. */
const patienceWithCollections = 5;

/**
 * The one way to write. Reads the head, runs the body, writes blobs, trees and commit (invisible so far), then moves the ref by
 * compare-and-swap: the one visible step. When somebody else moved it first, everything runs again on the new head. When this returns, the
 * commit is on the disk and in the line's history exactly once; when it throws, nothing
 * happened, but for a disk that does not confirm what has happened: that refusal says so.
 */
export const transact = async <T>(writing: Writing, request: Request<T>): Promise<Committed<T>> => {
  const started = Date.now();
  let watch: LockWatch | undefined;
  const trial: Trial<T> = { attempt: 0, built: undefined };
  for (; Date.now() - started < (watch ? limitAtLock : limit); trial.attempt += 1) {
    try {
      // Where git moves the ref the body runs on what the index knows: it has to be at the tip, or refusals would be of yesterday.
      if (trial.attempt > 0 || !writing.inProcess) {
        const facts = await writing.index.ready(request.line, true);
        const commit = trial.built && facts.operation(request.op);
        if (trial.built && commit !== undefined) return done(trial.built, commit);
      }
      const committed = await tryOnce(writing, request, trial);
      if (committed) return committed;
    } catch (error) {
      if (error instanceof Missing) await writing.objects.read(error.oid);
      else if (error instanceof Locked) {
        watch ??= new LockWatch(writing.repository, error.path);
        await sleep(watch.look(Date.now()));
      } else if (errorCode(error) !== 'ENOENT' || trial.attempt >= patienceWithCollections)
        mendOrThrow(writing.index, error);
    }
    if (trial.attempt > 0)
      await sleep(Math.random() * Math.min(200, 2 ** Math.min(trial.attempt, 8)));
  }
  const commit =
    trial.built && (await writing.index.ready(request.line, true)).operation(request.op);
  if (trial.built && commit !== undefined) return done(trial.built, commit);
  throw new ConcordError(
    'CONFLICT',
    `Other writers kept moving ${request.line} for ${Math.round((Date.now() - started) / 1000)} s; nothing was published.`,
    {
      hint: 'Try the same call again.',
    },
  );
};

const done = <T>(
  { result, events }: Unchanged<T> | Built<T>,
  commit: Oid | undefined,
): Committed<T> => ({
  result,
  commit,
  events,
  repeated: false,
});

/** Before the ref has moved an error of the index is no reason to refuse: it is mended, or replaced. */
const mendOrThrow = (index: DerivedIndex, error: unknown): void => {
  try {
    index.mend(error);
  } catch {
    throw diskError(error);
  }
};

/** What earlier attempts left: after an unknown result the history is asked whether the operation happened after all. */
type Trial<T> = { attempt: number; built: Built<T> | undefined };

/** One attempt on the newest head; undefined when it has to be made again. */
const tryOnce = async <T>(
  writing: Writing,
  request: Request<T>,
  trial: Trial<T>,
): Promise<Committed<T> | undefined> => {
  const { index, queue } = writing;
  const turn = await queue.enter(index.disk ?? index.rows, !index.alone);
  const move = writing.inProcess ? inProcess<T> : byGit<T>;
  try {
    if (turn.writer) {
      index.rejoin();
      return await move(writing, request, trial);
    }
    index.goAlone();
    await index.ready(request.line, true);
    return await loading(writing, async () =>
      index.rows.tryBegin() ? move(writing, request, trial) : undefined,
    );
  } finally {
    turn.leave();
  }
};

/** Loads what is missing on the spot: a process that is alone holds nobody up, but would lose its turn with every object. */
const loading = async <T>({ objects }: Writing, body: () => Promise<T>): Promise<T> => {
  for (let depth = 0; ; depth += 1) {
    try {
      return await body();
    } catch (error) {
      if (!(error instanceof Missing) || depth > 20) throw error;
      await objects.read(error.oid);
    }
  }
};

/** Everything as the writer of the index, without waiting for anything: a few milliseconds, then the turn is free. */
const inProcess = <T>(
  writing: Writing,
  request: Request<T>,
  trial: Trial<T>,
): Committed<T> | undefined => {
  const { index, repository } = writing;
  const ref = lineRef(request.line);
  let applied = false;
  try {
    const tip = readRef(repository, ref);
    const prepared = prepareObjects(writing, index.facts, request, tip);
    if (!prepared || 'done' in prepared) return prepared?.done;
    checkLock(repository, ref);
    const stored = storePack(repository, prepared.objects);
    trial.built = prepared.built;
    try {
      if (!stored.kept() || !moveRef(repository, ref, prepared.commit, tip)) return undefined;
    } finally {
      stored.release();
    }
    const { built } = prepared;
    if (!built) return undefined;
    writing.objects.wrote(prepared.objects);
    applied = applyQuietly(writing, request.line, built);
    return done(built, prepared.commit);
  } finally {
    if (!applied) rollbackQuietly(writing);
  }
};

/** The same where git has to move the ref: the turn is given back before the process is started. */
const byGit = async <T>(
  writing: Writing,
  request: Request<T>,
  trial: Trial<T>,
): Promise<Committed<T> | undefined> => {
  const { index, repository } = writing;
  const ref = lineRef(request.line);
  let prepared: ReturnType<typeof prepareObjects<T>>;
  let tip: Oid | undefined;
  try {
    tip = index.facts.usable()
      ? (index.facts.head(request.line)?.illegal?.tip ?? index.facts.head(request.line)?.oid)
      : undefined;
    prepared = prepareObjects(writing, index.facts, request, tip);
  } finally {
    index.rows.rollback();
  }
  if (!prepared || 'done' in prepared) return prepared?.done;
  const stored = storePack(repository, prepared.objects);
  trial.built = prepared.built;
  try {
    if (!stored.kept() || !(await moveRefByGit(repository, ref, prepared.commit, tip)))
      return undefined;
  } finally {
    stored.release();
  }
  const { built, commit, objects } = prepared;
  if (!built) return undefined;
  writing.objects.wrote(objects);
  const parent = built.record.parents[0];
  asWriterQuietly(writing, () => {
    if (index.facts.head(request.line)?.oid === parent)
      applyBuilt(index.facts, request.line, built);
  });
  return done(built, commit);
};

type Prepared<T> =
  | { readonly done: Committed<T> }
  | {
      readonly objects: readonly GitObject[];
      readonly commit: Oid;
      readonly built: Built<T> | undefined;
    };

/** The objects to write, or the answer when there is nothing to write; undefined when the index is not at the tip. */
const prepareObjects = <T>(
  writing: Writing,
  facts: Facts,
  request: Request<T>,
  tip: Oid | undefined,
): Prepared<T> | undefined => {
  const { format } = writing.repository;
  const head = facts.usable() ? facts.head(request.line) : undefined;
  if ((head?.illegal?.tip ?? head?.oid) !== tip) return undefined;
  const earlier =
    facts.usable() && request.key ? repeated<T>(facts, request, request.key) : undefined;
  if (earlier) return { done: earlier };
  const aside = quarantine(format, head, { ...request, op: `${request.op}-quarantine` });
  if (aside) return { objects: [aside], commit: aside.oid, built: undefined };
  const built: Built<T> | Unchanged<T> = build(
    { format, facts, cached: (oid) => writing.objects.cached(oid) },
    request,
  );
  if (!('record' in built)) return { done: done(built, undefined) };
  return { objects: built.objects, commit: built.record.oid, built };
};

/** The first result of a call with this key; the same key for another call is refused. */
const repeated = <T>(
  facts: Facts,
  { line }: Request<T>,
  key: { readonly hash: string; readonly input: string },
): Committed<T> | undefined => {
  const earlier = facts.key(line, key.hash);
  if (!earlier) return undefined;
  if (earlier.input !== key.input) {
    throw new ConcordError(
      'INVALID',
      'This idempotency key was used for a call with other arguments; nothing was done.',
      {
        hint: 'Use a new key for a new call.',
      },
    );
  }
  const place = facts.place(earlier.oid);
  const entry = place && facts.entry(place.line, place.position);
  return { result: undefined, commit: earlier.oid, events: entry?.events ?? [], repeated: true };
};

/** After the ref has moved the answer is success, whatever the index does: it catches up at its next use. */
const applyQuietly = (writing: Writing, line: string, built: Built<unknown>): boolean => {
  try {
    applyBuilt(writing.index.facts, line, built);
    writing.index.rows.commit();
    return true;
  } catch (error) {
    writing.warn(`The index could not be brought up to date and will catch up: ${String(error)}`);
    return false;
  }
};

const rollbackQuietly = ({ index, warn }: Writing): void => {
  try {
    index.rows.rollback();
  } catch (error) {
    warn(`The index could not be left in order and will be mended: ${String(error)}`);
  }
};

const asWriterQuietly = (writing: Writing, body: () => void): void => {
  try {
    asWriter(writing.index.rows, body);
  } catch (error) {
    writing.warn(`The index could not be brought up to date and will catch up: ${String(error)}`);
  }
};
