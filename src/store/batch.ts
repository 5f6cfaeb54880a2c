import { readChanges, readDiff, readLog, readTreeFiles } from './history.ts';
import type { PathChange } from './history.ts';
import type { Facts } from './index/facts.ts';
import type { CommitRecord } from './index/records.ts';
import { placeOf } from './layout.ts';
import { isReplay } from './lines.ts';
import type { GitObject, Oid } from './object.ts';
import type { Objects } from './objects.ts';
import type { Repository } from './repository.ts';

/** All that is needed to bring an index from one head to a later one, read ahead so that applying it never waits. */
export type Batch = {
  readonly line: string;
  readonly from: Oid | undefined;
  /** Where the index stood when this was read. */
  readonly seen: Oid | undefined;
  /** The commit that a replay begins on, when all of it is read; its place must be known. */
  readonly fork?: Oid;
  /** The head of the line it comes from: `files` is what has to change in its state for that of the replay. */
  readonly base?: Oid;
  /** The replays that commits of this line take over, by the commit. */
  readonly replays: ReadonlyMap<Oid, Batch>;
  readonly records: readonly CommitRecord[];
  /** What each commit changed; undefined when a whole history is read: then `files` is the tree at its end. */
  readonly changes: ReadonlyMap<Oid, readonly PathChange[]> | undefined;
  readonly files: readonly PathChange[];
  /** What each commit changed, only to be checked: where a whole history is read to be examined. */
  readonly checked?: ReadonlyMap<Oid, readonly PathChange[]>;
  readonly bodies: ReadonlyMap<Oid, GitObject>;
};

/**
 * So many commits at the end of a whole history are compared with their files: those that no other process may have judged yet. All
 * processes must judge alike, or one sets aside what another has built on.
 */
const recent = 100;

/** What of a line is to be read. */
export type Wanted = {
  readonly line: string;
  /** Where the index stands on it. */
  readonly head: Oid | undefined;
  readonly tip: Oid;
  /** The commits up to the tip have been found good. */
  readonly judged?: boolean;
  /** For a replay: a commit below which nothing is its own. */
  readonly after?: Oid | undefined;
  /** For a replay: the line that it forks from; the state of a closed one has no head any more. Undefined where no line has that commit. */
  readonly lineOf?: (fork: Oid) => { readonly head: Oid | undefined } | undefined;
};

/** What is known of where a replay comes from. */
export const whereFrom = (facts: Facts, line: string): Pick<Wanted, 'after' | 'lineOf'> => {
  if (line === 'main') return {};
  return {
    after: facts.head('main')?.oid,
    lineOf: (fork) => {
      const place = facts.place(fork);
      return place && { head: facts.head(place.line)?.oid };
    },
  };
};

/** Thrown for a replay of a line that the index does not know yet. */
export class UnknownFork extends Error {}

/**
 * Reads what came after `head`. A tip that is not a descendant of it (the ref was moved back or aside) is read from the beginning, and so
 * is `head` = undefined. A replay's beginning is its fork: before it, its history is that of another line.
 */
export const prepare = async (
  repository: Repository,
  objects: Objects,
  { line, head, tip, judged = false, after: bound, lineOf }: Wanted,
): Promise<Batch> => {
  const after =
    head === undefined ? [] : await readLog(repository, { tip, after: head }).catch(() => []);
  const whole = head === undefined || after[0]?.parents[0] !== head;
  const records = whole ? await readWhole(repository, { line, tip, after: bound, lineOf }) : after;
  const fork = line !== 'main' && whole ? (records[0]?.parents[0] ?? '') : undefined;
  const examined = whole ? worthExamining(records, judged) : records;
  const changed = await readChanges(
    repository,
    examined.map(({ oid }) => oid),
  );
  const last = whole ? records.at(-1)?.oid : undefined;
  const origin = fork === undefined ? { head: undefined } : lineOf?.(fork);
  if (lineOf && !origin) throw new UnknownFork(fork);
  const base = origin?.head;
  const files = last === undefined || !origin ? [] : await stateFiles(repository, last, base);
  const wanted = [
    ...[...changed.values()].flat().filter(({ path }) => isEager(path, true)),
    ...files.filter(({ path }) => isEager(path, false)),
  ].flatMap(({ oid }) => oid ?? []);
  const bodies = await objects.readAll([...new Set(wanted)]);
  return {
    line,
    from: whole ? undefined : head,
    seen: head,
    records,
    ...(whole ? { changes: undefined, checked: changed } : { changes: changed }),
    files,
    bodies: new Map(bodies.map((object) => [object.oid, object])),
    replays: await readReplays(repository, objects, records),
    ...(fork !== undefined && { fork }),
    ...(base !== undefined && { base }),
  };
};

type Course = Pick<Wanted, 'line' | 'tip'> & {
  readonly [K in 'after' | 'lineOf']: Wanted[K] | undefined;
};

/**
 * All commits of a line. Below main there is nothing of a replay, unless main had joined it before: by a commit that was set aside, or by none
 * of its own.
 */
const readWhole = async (
  repository: Repository,
  course: Course,
): Promise<readonly CommitRecord[]> => {
  const { tip, after } = course;
  const records = await readLog(repository, { tip, after });
  const own = ownCommits(course, records);
  if (own || after === undefined) return own ?? records;
  return ownCommits(course, await readLog(repository, { tip })) ?? records;
};

/**
 * Of the commits that lead to the tip of a replay: from the last that says that it begins and stands on another line. One further up says it
 * a second time, one further down says it of a line that is not there yet; neither follows the rules.
 */
const ownCommits = (
  { line, lineOf }: Course,
  records: readonly CommitRecord[],
): readonly CommitRecord[] | undefined => {
  if (line === 'main') return records;
  const says = ({ message }: CommitRecord): boolean =>
    message.happened.some(({ type, subject }) => type === 'replay-started' && subject === line);
  const stands = ({ parents: [parent = ''] }: CommitRecord): boolean =>
    lineOf?.(parent) !== undefined;
  const start = records.findLastIndex((record) => says(record) && stands(record));
  const first = start < 0 ? records.findIndex(says) : start;
  return first < 0 ? undefined : records.slice(first);
};

/** The files of a commit; those that differ from `base`, where the state of that commit is there already. */
const stateFiles = async (
  repository: Repository,
  commit: Oid,
  base: Oid | undefined,
): Promise<readonly PathChange[]> =>
  base === undefined ? readTreeFiles(repository, commit) : readDiff(repository, base, commit);

/** The replays that were taken over: once their ref is gone, only the commit that did it leads to them. */
const readReplays = async (
  repository: Repository,
  objects: Objects,
  records: readonly CommitRecord[],
): Promise<ReadonlyMap<Oid, Batch>> => {
  const replays = new Map<Oid, Batch>();
  for (const { oid, message, parents } of records)
    for (const { type, subject: line, commit: tip } of message.happened) {
      // What is not joined is refused, and need not even be there.
      if (type !== 'replay-adopted' || !isReplay(line)) continue;
      if (tip === undefined || !parents.slice(1).includes(tip)) continue;
      const batch = await prepare(repository, objects, {
        line,
        head: undefined,
        tip,
        after: parents[0],
      });
      replays.set(oid, batch);
    }
  return replays;
};

/** Of a whole history: its newest commits, unless they were judged before, and always those that a quarantine names. */
const worthExamining = (
  records: readonly CommitRecord[],
  judged: boolean,
): readonly CommitRecord[] => {
  const named = new Set(records.flatMap(({ message }) => message.quarantine));
  const first = judged ? records.length : records.length - recent;
  return records.filter(({ oid }, index) => index >= first || named.has(oid));
};

/** Files read at once: all of commits that are examined, everything but artifacts when a whole store is read. */
const isEager = (path: string, all: boolean): boolean => {
  const place = placeOf(path);
  return place?.part === 'entity' && (all || place.kind !== 'artifact');
};
