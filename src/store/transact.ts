import { setTimeout as sleep } from 'node:timers/promises';
import { ConcordError } from '../model/error.ts';
import { applyBuilt } from './build.ts';
import type { Built, Request } from './build.ts';
import type { DerivedIndex } from './derived-index.ts';
import { diskError, errorCode } from './disk.ts';
import { asWriter } from './index/rows.ts';
import { lineRef } from './layout.ts';
import type { Oid } from './object.ts';
import type { Objects } from './objects.ts';
import { storePack } from './pack-file.ts';
import { done, prepareObjects } from './prepare.ts';
import type { Committed } from './prepare.ts';
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
        if (watch?.path !== error.path) watch = new LockWatch(writing.repository, error.path);
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
      if (!stored.kept() || !moveRef(repository, ref, prepared.commit, tip, prepared.verify))
        return undefined;
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
    const { commit: next, verify } = prepared;
    if (!stored.kept() || !(await moveRefByGit(repository, ref, next, tip, verify)))
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
