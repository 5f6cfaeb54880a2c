import { budgetId } from '../model/budget/budget.ts';
import { usedFor } from '../model/budget/spending.ts';
import { isEventType } from '../model/event.ts';
import type { Facts } from './index/facts.ts';
import type { EventLine } from './said.ts';
import type { CommitRecord, Head } from './index/records.ts';
import type { PathChange } from './history.ts';
import { isReplay } from './lines.ts';
import { filesPathOf, pathOf, placeOf } from './layout.ts';
import { isContractEventType, statusAfter } from '../model/contract/status.ts';
import type { From } from '../model/contract/status.ts';
import { isId, isSlug, versionedRef } from '../model/names.ts';
import { changesPipeline, isPipelineEventType } from '../model/pipeline/pipeline.ts';

/**
 * Why a commit does not follow from the state before it; undefined when it does. The rules are not run again (a later release must not
 * outlaw history): message and files have to agree, and each event must be possible here. `changes` are left out where a whole history
 * is read at once.
 */
export const whyIllegal = (
  facts: Facts,
  line: string,
  before: Head | undefined,
  record: CommitRecord,
  changes: readonly PathChange[] | undefined,
): string | undefined => {
  const { message, parents } = record;
  if (parents[0] !== before?.oid && message.quarantine.length === 0)
    return 'its parent is not the commit before it';
  if (message.op === undefined) return 'it has no Concord-Op trailer';
  if (facts.operation(message.op) !== undefined)
    return `its operation ${message.op} happened before`;
  const events = message.happened;
  const unknown = events.find(({ type }) => !isEventType(type));
  if (unknown) return `it has an event this Concord does not know: ${unknown.type}`;
  if (before === undefined && events[0]?.type !== 'store-created')
    return 'a store begins with store-created';
  if (before !== undefined && events.some(({ type }) => type === 'store-created'))
    return 'the store exists already';
  const begins = line !== 'main' && facts.place(before?.oid ?? '')?.line !== line;
  const start = events.findIndex(({ type }) => type === 'replay-started');
  if (begins !== (start === 0) || (begins && events[0]?.subject !== line))
    return begins ? `${line} begins with replay-started` : 'the replay has begun already';
  if (message.quarantine.length > 0)
    return record.tree === before?.tree ? undefined : 'a quarantine restores the last good tree';
  return (
    whyMergeWrong(record, events) ??
    whyEndWrong(facts, line, events) ??
    whyVersionsWrong(facts, line, record, events) ??
    whyMovesWrong(facts, line, events) ??
    whyUsageWrong(facts, line, record) ??
    (changes && whyFilesWrong(facts, record, events, changes))
  );
};

/** Only a replay that is taken over brings a second parent: its last commit. */
const whyMergeWrong = (
  { parents }: CommitRecord,
  events: readonly EventLine[],
): string | undefined => {
  const adopted = events.filter(({ type }) => type === 'replay-adopted');
  const tips = adopted.flatMap(({ commit }) => commit ?? []);
  return parents.slice(1).join(' ') === tips.join(' ')
    ? undefined
    : 'it joins other commits than its events say';
};

/** Only main closes a replay, and each once; one that is taken over ends in the commit that is joined. */
const whyEndWrong = (
  facts: Facts,
  line: string,
  events: readonly EventLine[],
): string | undefined => {
  const closed = new Set<string>();
  for (const { type, subject, commit = '' } of events) {
    if (type !== 'replay-adopted' && type !== 'replay-dropped') continue;
    if (line !== 'main' || !isReplay(subject)) return `${type} ${subject} cannot happen on ${line}`;
    if (closed.has(subject) || facts.lines.closing(subject)) return `${subject} was closed before`;
    if (type === 'replay-adopted' && facts.place(commit)?.line !== subject)
      return `${subject} does not end in ${commit}`;
    closed.add(subject);
  }
  return undefined;
};

/** Each event of a contract has to be possible in the status that the events before it left. */
const whyMovesWrong = (
  facts: Facts,
  line: string,
  events: readonly EventLine[],
): string | undefined => {
  const here = new Map<string, From>();
  for (const { type, subject, status: stated } of events) {
    if (!isContractEventType(type)) continue;
    if (!isId(subject)) return `${subject} is no contract`;
    const before = here.get(subject) ?? facts.contracts.lastStatus(line, subject) ?? 'none';
    const after = statusAfter(type, before, stated);
    if (after === undefined)
      return `${type} ${subject} cannot happen: it is ${before === 'none' ? 'not there' : before}`;
    here.set(subject, after);
  }
  return undefined;
};

/** What was used counts once, and for a contract that there is. */
const whyUsageWrong = (
  facts: Facts,
  line: string,
  { message }: CommitRecord,
): string | undefined => {
  const reports = new Set<string>();
  for (const { type, subject, usage } of message.happened) {
    if (type !== 'usage-recorded') continue;
    if (!usage || usedFor(usage) !== subject) return `it does not say what was used for ${subject}`;
    const { contract, report } = usage;
    if (contract !== undefined && facts.contracts.lastStatus(line, contract) === undefined)
      return `${contract} is no contract`;
    if (report === undefined) continue;
    if (reports.has(report) || facts.budgets.spending(line).reported(report))
      return `the report ${report} was recorded before`;
    reports.add(report);
  }
  return undefined;
};

/** So many numbers may be of other lines; a commit that skips more would use them up for nothing. */
const longestGap = 10_000;

const whyVersionsWrong = (
  facts: Facts,
  line: string,
  { message }: CommitRecord,
  events: readonly EventLine[],
): string | undefined => {
  const published = events
    .filter(({ type }) => type === 'artifact-published')
    .map(({ subject }) => subject);
  if (published.join(' ') !== message.artifacts.map(({ ref }) => ref).join(' '))
    return 'its events and its Concord-Artifact trailers differ';
  const here = new Map<string, number>();
  for (const { ref, type, derivedFrom } of message.artifacts) {
    const named = versionedRef(ref);
    if (!named || !isSlug(type)) return `${ref} is no version of an artifact`;
    const { id, version } = named;
    const before = here.get(id) ?? highestOn(facts, line, id);
    if (version <= before || facts.version(id, version) || facts.lines.usedBy(ref) !== undefined)
      return `${ref} was used before`;
    // Numbers go up over all lines: those between are of a replay that is not read yet.
    if (version > facts.highest(id) + longestGap) return `${ref} does not follow ${id}@${before}`;
    const kept = facts.typeOf(id);
    if (kept !== undefined && kept !== type) return `${id} is of type ${kept}, not ${type}`;
    for (const edge of derivedFrom) {
      const from = versionedRef(edge.ref);
      if (
        !from ||
        (from.version > (here.get(from.id) ?? 0) && !facts.version(from.id, from.version))
      )
        return `${ref} is derived from ${edge.ref}, which does not exist`;
    }
    here.set(id, version);
  }
  return undefined;
};

/** The highest version of an artifact in the history of a line. Other lines may be read further, or less far. */
const highestOn = (facts: Facts, line: string, id: string): number => {
  for (let version = facts.highest(id); version > 0; version -= 1) {
    const fact = facts.version(id, version);
    if (fact && facts.lines.knows(line, Infinity, fact)) return version;
  }
  return 0;
};

/** Each event changes just its own files, and nothing else changes. */
const whyFilesWrong = (
  facts: Facts,
  { message }: CommitRecord,
  events: readonly EventLine[],
  changes: readonly PathChange[],
): string | undefined => {
  const blobs = new Map(
    message.artifacts.map(({ ref, blob }) => [pathOf('artifact', idOf(ref)), blob]),
  );
  const allowed = new Set(blobs.keys());
  // A contract may end a transaction as it began it, and what is restored may be what there is.
  const mayChange = new Set<string>();
  const mayEnd = new Set<string>();
  for (const { type, subject } of events) {
    if (isContractEventType(type)) mayChange.add(pathOf('contract', subject));
    // A replay begins with main's budget, which may be the one of then.
    if (type === 'budget-set')
      (events[0]?.type === 'replay-started' ? mayChange : allowed).add(pathOf('budget', budgetId));
    if (type === 'contract-withdrawn') mayEnd.add(pathOf('contract', subject));
    if (type === 'artifact-withdrawn') mayEnd.add(pathOf('artifact', subject));
    if (type === 'artifact-restored') {
      const fact = factOf(facts, subject);
      if (!fact) return `${subject} is restored and was never there`;
      blobs.set(pathOf('artifact', fact.id), fact.blob);
      mayChange.add(pathOf('artifact', fact.id));
    }
    if (type === 'store-created') allowed.add(pathOf('concord', 'concord'));
    if (type === 'agent-registered') allowed.add(pathOf('agent', subject));
    if (type === 'type-registered') allowed.add(pathOf('type', idOf(subject)));
    if (isPipelineEventType(type) && changesPipeline(type))
      allowed.add(pathOf('pipeline', subject));
  }
  const folders = foldersOf(events);
  const changed = new Set(changes.map(({ path }) => path));
  const missing = [...allowed].find((path) => !changed.has(path));
  if (missing !== undefined) return `it says it changes ${missing} but does not`;
  for (const { path, oid } of changes) {
    const blob = blobs.get(path);
    if (blob !== undefined && blob !== oid) return `${path} is not the file its message names`;
    const known = allowed.has(path) || mayChange.has(path) || mayEnd.has(path);
    if (!known && !folders.some((folder) => path.startsWith(folder)))
      return `it changes ${path}, and no event of it says so`;
    const place = placeOf(path);
    if (!place) return `${path} is no file of a store`;
    // Only pipelines and attachments come to an end, and what a line that goes back did not have then.
    const ends = place.part !== 'entity' || place.kind === 'pipeline' || mayEnd.has(path);
    if (oid === undefined && !ends) return `it takes ${path} away`;
  }
  return undefined;
};

/** Where attachments may come and go: beside the artifacts that change. */
const foldersOf = (events: readonly EventLine[]): string[] =>
  events.flatMap(({ type, subject }) => {
    if (type === 'artifact-withdrawn') return [`${filesPathOf(subject)}/`];
    const isVersion = type === 'artifact-published' || type === 'artifact-restored';
    return isVersion ? [`${filesPathOf(idOf(subject))}/`] : [];
  });

const factOf = (facts: Facts, ref: string): ReturnType<Facts['version']> => {
  const named = versionedRef(ref);
  return named && facts.version(named.id, named.version);
};

const idOf = (ref: string): string => ref.slice(0, ref.lastIndexOf('@'));
