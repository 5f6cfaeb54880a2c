import { ConcordError } from '../model/error.ts';
import { whyDisagrees } from './agreement.ts';
import type { Batch } from './batch.ts';
import { decode, refuseNewer } from './codec.ts';
import type { PathChange } from './history.ts';
import type { Facts } from './index/facts.ts';
import { copyState, forgetLine } from './index/line-rows.ts';
import type { CommitRecord, Head } from './index/records.ts';
import { pathOf, placeOf } from './layout.ts';
import type { Oid } from './object.ts';
import { whyIllegal } from './legality.ts';

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
  // Another process may have read the same, also the beginning of a replay, while this was read.
  else if (facts.head(line)?.oid !== batch.seen) return false;
  checkFormat(batch);
  const before = batch.fork === undefined ? facts.head(line) : beginning(facts, batch.fork);
  if (batch.fork !== undefined && !before) return false;
  const base = batch.base === undefined ? undefined : facts.place(batch.fork ?? '')?.line;
  if (base !== undefined && facts.head(base)?.oid !== batch.base) return false;
  // Its ref was moved back or aside: what is known of it is of another history.
  if (batch.fork !== undefined && facts.lines.fork(line)) forgetLine(facts, line);
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
    const why =
      (replay && whyNotTaken(facts, replay)) ?? whyBad(facts, batch, good, record, refused);
    // Whoever reads it as a line of its own reads all of it.
    if (replay && why !== undefined) forgetLine(facts, replay.line);
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

/** Why a replay cannot be taken over; undefined when all that happened on it is known now. */
const whyNotTaken = (facts: Facts, replay: Batch): string | undefined => {
  try {
    takeOver(facts, replay);
    return undefined;
  } catch (error) {
    if (!(error instanceof StopsAt)) throw error;
    return `${replay.line} does not follow the rules: ${error.illegal.why}`;
  }
};

/** What happened on a replay that is taken over and was not read before, or not to its end. Its state is not needed any more. */
const takeOver = (facts: Facts, replay: Batch): void => {
  const known = facts.head(replay.line)?.oid;
  const at = replay.records.findIndex(({ oid }) => oid === known);
  // It went on after what is taken over, or aside: only what is taken over counts.
  if (at < 0 && facts.lines.fork(replay.line)) forgetLine(facts, replay.line);
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
