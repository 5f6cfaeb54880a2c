import { ConcordError, invalid } from '../model/error.ts';
import { shown } from '../model/text.ts';
import type { Facts } from '../store/index/facts.ts';
import type { Store } from '../store/store.ts';

const time = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;
const commit = /^[0-9a-f]{7,64}$/;
const snapshot = /^(refs\/tags\/)?(concord\/)?([a-z0-9][a-z0-9._/-]*)$/;

/** The commit that a snapshot stands for: as the history tells, even where its tag is missing; else as a tag by hand says. */
export const snapshotNamed = async (store: Store, name: string): Promise<string | undefined> => {
  const fact = await store.read('main', (facts) => facts.lines.snapshot(name));
  return fact?.commit ?? (await store.tagged(name));
};

export const isTime = (text: string): boolean => time.test(text);

/** The position of a line that `at` names: a commit, a time, or a snapshot's tag; Infinity for now. */
export const positionAt = async (
  store: Store,
  line: string,
  at: string | undefined,
): Promise<number> => {
  if (at === undefined) return Infinity;
  if (isTime(at)) return positionAtTime(store, line, at);
  const position = commit.test(at) ? await positionOfCommit(store, line, at) : undefined;
  if (position !== undefined) return position;
  const name = snapshot.exec(at)?.[3];
  const tagged = name === undefined ? undefined : await snapshotNamed(store, name);
  const found = tagged === undefined ? undefined : await positionOfCommit(store, line, tagged);
  if (found !== undefined) return found;
  throw new ConcordError('NOT_FOUND', `${shown(at)} is no commit, snapshot or time of ${line}.`, {
    hint: 'A commit of this line (at least 7 digits), a snapshot (git tag -l "concord/*"), or a time such as 2026-11-22T14:00:00Z.',
  });
};

/** The position after which `since` begins; 0 for the whole line. A commit and a snapshot are not part of what came since, a time is. */
export const positionSince = async (store: Store, line: string, since: string): Promise<number> => {
  if (!time.test(since)) return positionAt(store, line, since);
  const iso = since.replace(' ', 'T');
  const wanted = timeOf(iso.includes('T') ? complete(iso) : `${iso}T00:00:00Z`, 'since', since);
  return lastUntil(store, line, wanted - 1);
};

const positionOfCommit = (
  store: Store,
  line: string,
  prefix: string,
): Promise<number | undefined> =>
  store.read(line, (facts) => {
    const found = [
      ...new Set([...(facts.place(prefix) ? [prefix] : []), ...facts.placesStarting(prefix)]),
    ];
    if (found.length > 1) throw invalid('at', 'longer: several commits begin so', shown(prefix));
    const place = found[0] === undefined ? undefined : facts.place(found[0]);
    // What a replay had before it began is its history, too.
    const course = facts.lines.course(line);
    const own = course.some((one) => one.line === place?.line && place.position <= one.position);
    return own ? place?.position : undefined;
  });

/** A day means all of it; a time without a zone is UTC. */
const complete = (text: string): string => {
  const iso = text.replace(' ', 'T');
  if (!iso.includes('T')) return `${iso}T23:59:59Z`;
  return /(Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`;
};

const positionAtTime = async (store: Store, line: string, text: string): Promise<number> => {
  const found = await lastUntil(store, line, timeOf(complete(text), 'at', text));
  if (found > 0) return found;
  throw new ConcordError('NOT_FOUND', `Nothing had happened on ${line} at ${text} yet.`);
};

const timeOf = (iso: string, field: string, text: string): number => {
  const found = Date.parse(iso);
  if (!Number.isNaN(found)) return found;
  throw invalid(field, 'a time such as 2026-11-22T14:00:00Z', shown(text));
};

/** The last position whose running latest time is not after it (clocks may run backwards, this never does); 0 for none. */
const lastUntil = (store: Store, line: string, wanted: number): Promise<number> =>
  store.read(line, (facts) => {
    let low = 0;
    let high = facts.head(line)?.position ?? 0;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (latestAt(facts, line, middle) <= wanted) low = middle;
      else high = middle - 1;
    }
    return low;
  });

const latestAt = (facts: Facts, line: string, position: number): number =>
  Date.parse(facts.entry(line, position)?.latest ?? '');
