import { ConcordError } from '../model/error.ts';
import { whyDisagrees } from './agreement.ts';
import { decode, refuseNewer } from './codec.ts';
import { readChanges, readDiff, readLog, readTreeFiles } from './history.ts';
import type { PathChange } from './history.ts';
import type { Facts } from './index/facts.ts';
import { copyState } from './index/line-rows.ts';
import type { CommitRecord, Head } from './index/records.ts';
import { pathOf, placeOf } from './layout.ts';
import type { GitObject, Oid } from './object.ts';
import type { Objects } from './objects.ts';
import type { Repository } from './repository.ts';
import { whyIllegal } from './legality.ts';

/** All that is needed to bring an index from one head to a later one, read ahead so that applying it never waits. */
export type Batch = {
  readonly line: string;
  readonly from: Oid | undefined;
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
  /** For a replay: the head, in the index, of the line that it forks from; that of a closed line has no state any more. */
  readonly headOf?: (fork: Oid) => Oid | 'closed' | undefined;
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
  { line, head, tip, judged = false, after: bound, headOf }: Wanted,
): Promise<Batch> => {
  const after =
    head === undefined ? [] : await readLog(repository, { tip, after: head }).catch(() => []);
  const whole = head === undefined || after[0]?.parents[0] !== head;
  const records = whole ? await readWhole(repository, line, tip, bound) : after;
  const fork = line !== 'main' && whole ? (records[0]?.parents[0] ?? '') : undefined;
  const examined = whole ? worthExamining(records, judged) : records;
  const changed = await readChanges(
    repository,
    examined.map(({ oid }) => oid),
  );
  const last = whole ? records.at(-1)?.oid : undefined;
  const base = fork === undefined ? 'closed' : headOf?.(fork);
  if (headOf && base === undefined) throw new UnknownFork(fork);
  const files =
    last === undefined || base === undefined ? [] : await stateFiles(repository, last, base);
  const wanted = [
    ...[...changed.values()].flat().filter(({ path }) => isEager(path, true)),
    ...files.filter(({ path }) => isEager(path, false)),
  ].flatMap(({ oid }) => oid ?? []);
  const bodies = await objects.readAll([...new Set(wanted)]);
  return {
    line,
    from: whole ? undefined : head,
    records,
    ...(whole ? { changes: undefined, checked: changed } : { changes: changed }),
    files,
    bodies: new Map(bodies.map((object) => [object.oid, object])),
    replays: await readReplays(repository, objects, records),
    ...(fork !== undefined && { fork }),
    ...(base !== undefined && base !== 'closed' && { base }),
  };
};

/** All commits of a line: those of a replay begin with the one that says so. */
const readWhole = async (
  repository: Repository,
  line: string,
  tip: Oid,
  after: Oid | undefined,
): Promise<CommitRecord[]> => {
  const records = await readLog(repository, { tip, after });
  if (line === 'main') return records;
  const start = records.findLastIndex(({ message }) =>
    message.happened.some(({ type, subject }) => type === 'replay-started' && subject === line),
  );
  return records.slice(Math.max(0, start));
};

/** The files of a commit; those that differ from `base`, where the state of that commit is there already. */
const stateFiles = async (
  repository: Repository,
  commit: Oid,
  base: Oid | 'closed',
): Promise<readonly PathChange[]> =>
  base === 'closed' ? readTreeFiles(repository, commit) : readDiff(repository, base, commit);

/** The replays that were taken over: once their ref is gone, only the commit that did it leads to them. */
const readReplays = async (
  repository: Repository,
  objects: Objects,
  records: readonly CommitRecord[],
): Promise<ReadonlyMap<Oid, Batch>> => {
  const replays = new Map<Oid, Batch>();
  for (const { oid, message, parents } of records)
    for (const { type, subject: line, commit: tip } of message.happened) {
      if (type !== 'replay-adopted' || tip === undefined) continue;
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

/** Thrown where the state at an earlier commit is needed: the rest of the batch does not follow the rules. */
export class StopsAt extends Error {
  readonly good: Oid;
  readonly illegal: NonNullable<Head['illegal']>;
  constructor(good: Oid, illegal: NonNullable<Head['illegal']>) {
    super(`${illegal.tip} does not follow the rules`);
    this.good = good;
    this.illegal = illegal;
  }
}

/** Brings the index to the end of the batch; false when it stands elsewhere than the batch begins. */
export const apply = (facts: Facts, batch: Batch): boolean => {
  const { line } = batch;
  if (batch.from === undefined && batch.fork === undefined) facts.reset();
  else if (batch.from !== undefined && facts.head(line)?.oid !== batch.from) return false;
  checkFormat(batch);
  const before = batch.fork === undefined ? facts.head(line) : beginning(facts, batch.fork);
  if (batch.fork !== undefined && !before) return false;
  const base = batch.base === undefined ? undefined : facts.place(batch.fork ?? '')?.line;
  if (base !== undefined && facts.head(base)?.oid !== batch.base) return false;
  const head = follow(facts, batch, before);
  if (base !== undefined) copyState(facts.rows, base, line);
  applyFiles(facts, batch, batch.files);
  if (head) facts.setHead(line, head);
  return true;
};

/** The point of another line that a replay begins on. */
const beginning = (facts: Facts, oid: Oid): Head | undefined => {
  const place = facts.place(oid);
  const entry = place && facts.entry(place.line, place.position);
  return entry && place && { oid, tree: '', position: place.position, latest: entry.latest };
};

/** Commit by commit, what each says; the head after the last one. Throws where one breaks the rules and none after it sets it aside. */
const follow = (facts: Facts, batch: Batch, before: Head | undefined): Head | undefined => {
  const { line } = batch;
  const place = batch.fork === undefined ? undefined : facts.place(batch.fork);
  const [first] = batch.records;
  if (place && first && first.parents[0] === batch.fork) facts.lines.setFork(line, place, first);
  const named = new Set(batch.records.flatMap(({ message }) => message.quarantine));
  let head = before;
  let good = before;
  let refused: CommitRecord[] = [];
  for (const [index, record] of batch.records.entries()) {
    const position = (head?.position ?? 0) + 1;
    const latest = head !== undefined && head.latest > record.time ? head.latest : record.time;
    head = { oid: record.oid, tree: record.tree, position, latest };
    const replay = batch.replays.get(record.oid);
    if (replay) takeOver(facts, replay);
    const why = whyBad(facts, batch, good, record, refused);
    if (why === undefined) {
      facts.append(line, position, latest, record);
      if (batch.changes) applyFiles(facts, batch, batch.changes.get(record.oid) ?? []);
      good = head;
      refused = [];
    } else if (named.has(record.oid) && good) {
      facts.appendRefused(line, position, latest, record);
      refused.push(record);
    } else throw stop(good, batch.records.slice(index - refused.length), why);
  }
  if (refused.length > 0) throw stop(good, refused, 'it was set aside by no commit');
  return head;
};

/** What happened on a replay that is taken over and was not read before, or not to its end. Its state is not needed any more. */
const takeOver = (facts: Facts, replay: Batch): void => {
  const known = facts.head(replay.line)?.oid;
  const at = replay.records.findIndex(({ oid }) => oid === known);
  const before = at < 0 ? beginning(facts, replay.fork ?? '') : facts.head(replay.line);
  if (before) follow(facts, { ...replay, records: replay.records.slice(at + 1) }, before);
};

/** A quarantine has to name the whole run of bad commits right below it, and no good one: else it would take work away. */
const whyBad = (
  facts: Facts,
  batch: Batch,
  good: Head | undefined,
  record: CommitRecord,
  refused: readonly CommitRecord[],
): string | undefined => {
  const { quarantine } = record.message;
  const run = refused.map(({ oid }) => oid);
  if (quarantine.length > 0 && quarantine.join(' ') !== run.join(' '))
    return 'it sets aside other commits than the bad ones below it';
  if (quarantine.length > 0 && record.parents[0] !== run.at(-1))
    return 'it does not stand on what it sets aside';
  const changes = (batch.changes ?? batch.checked)?.get(record.oid);
  return (
    whyIllegal(facts, batch.line, good, record, changes) ?? whyUnreadable(facts, batch, record)
  );
};

/** A later format has rules of its own: nothing in it is judged by ours, let alone set aside. */
const checkFormat = ({ changes, files, bodies }: Batch): void => {
  for (const { path, oid } of [...(changes?.values() ?? []), files].flat()) {
    const body = path === pathOf('concord', 'concord') && bodies.get(oid ?? '');
    if (body) refuseNewer(body.body, path);
  }
};

const whyUnreadable = (
  facts: Facts,
  { line, changes, checked, bodies }: Batch,
  record: CommitRecord,
): string | undefined => {
  for (const { path, oid } of (changes ?? checked)?.get(record.oid) ?? []) {
    const place = placeOf(path);
    const body = bodies.get(oid ?? '');
    if (place?.part !== 'entity' || !body) continue;
    try {
      const value = decode(place.kind, body.body, path);
      const why = whyDisagrees(path, place, value, record, { facts, line });
      if (why !== undefined) return why;
    } catch (error) {
      if (error instanceof ConcordError) return error.message;
      throw error;
    }
  }
  return undefined;
};

const stop = (good: Head | undefined, rest: readonly CommitRecord[], why: string): Error => {
  const tip = rest.at(-1)?.oid ?? '';
  const first = rest[0]?.oid ?? '';
  if (good)
    return new StopsAt(good.oid, {
      tip,
      commits: rest.map(({ oid }) => oid),
      why: `${first.slice(0, 12)}: ${why}`,
    });
  return new ConcordError(
    'STORAGE',
    `The ref does not hold a Concord store: ${first.slice(0, 12)}: ${why}.`,
  );
};

const applyFiles = (facts: Facts, { line, bodies }: Batch, files: readonly PathChange[]): void => {
  for (const { path, oid } of files) {
    const place = placeOf(path);
    if (place?.part !== 'entity') continue;
    const { kind, id } = place;
    if (kind === 'artifact') {
      if (oid === undefined) facts.removeLatest(line, id);
      else facts.setLatest(line, id, oid);
    } else if (oid === undefined) facts.removeEntity(line, kind, id);
    else {
      const body = bodies.get(oid);
      if (body) facts.putEntity(line, kind, id, decode(kind, body.body, path));
    }
  }
};
