import { ConcordError } from '../model/error.ts';
import { whyDisagrees } from './agreement.ts';
import { decode, refuseNewer } from './codec.ts';
import { readChanges, readLog, readTreeFiles } from './history.ts';
import type { PathChange } from './history.ts';
import type { Facts } from './index/facts.ts';
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

/**
 * Reads what came after `head`. A tip that is not a descendant of it (the ref was moved back or aside) is read from the beginning, and so
 * is `from` = undefined. `judged` says that the commits up to the tip have been found good.
 */
export const prepare = async (
  repository: Repository,
  objects: Objects,
  line: string,
  head: Oid | undefined,
  tip: Oid,
  judged = false,
): Promise<Batch> => {
  const after = head === undefined ? [] : await readLog(repository, head, tip).catch(() => []);
  const whole = head === undefined || after[0]?.parents[0] !== head;
  const records = whole ? await readLog(repository, undefined, tip) : after;
  const examined = whole ? worthExamining(records, judged) : records;
  const changed = await readChanges(
    repository,
    examined.map(({ oid }) => oid),
  );
  const last = records.at(-1);
  const files = whole && last ? await readTreeFiles(repository, last.oid) : [];
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
  };
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
  if (batch.from === undefined) facts.reset();
  else if (facts.head(batch.line)?.oid !== batch.from) return false;
  checkFormat(batch);
  const named = new Set(batch.records.flatMap(({ message }) => message.quarantine));
  let head = facts.head(batch.line);
  let good = head;
  let refused: CommitRecord[] = [];
  for (const [index, record] of batch.records.entries()) {
    const position = (head?.position ?? 0) + 1;
    const latest = head !== undefined && head.latest > record.time ? head.latest : record.time;
    head = { oid: record.oid, tree: record.tree, position, latest };
    const why = whyBad(facts, batch, good, record, refused);
    if (why === undefined) {
      facts.append(batch.line, position, latest, record);
      if (batch.changes) applyFiles(facts, batch, batch.changes.get(record.oid) ?? []);
      good = head;
      refused = [];
    } else if (named.has(record.oid) && good) {
      facts.appendRefused(batch.line, position, latest, record);
      refused.push(record);
    } else throw stop(good, batch.records.slice(index - refused.length), why);
  }
  if (refused.length > 0) throw stop(good, refused, 'it was set aside by no commit');
  applyFiles(facts, batch, batch.files);
  if (head) facts.setHead(batch.line, head);
  return true;
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
