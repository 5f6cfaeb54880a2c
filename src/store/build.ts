import { createHash } from 'node:crypto';
import type { Json } from '../model/json.ts';
import type { View } from '../model/view.ts';
import type { Conditions } from '../model/condition.ts';
import { Transaction } from '../model/transaction.ts';
import type { Entry } from '../model/transaction.ts';
import type { Change, NewValue, Restoration } from '../model/evolve.ts';
import { eventLine } from '../model/event.ts';
import { encode } from './codec.ts';
import { isoTime } from './history.ts';
import type { Facts } from './index/facts.ts';
import type { CommitRecord, Head } from './index/records.ts';
import { IndexView } from './index/index-view.ts';
import { filesPathOf, pathOf } from './layout.ts';
import { encodeMessage, parseMessage } from './message.ts';
import type { Stored } from './message.ts';
import { encodeCommit, encodeTree, fileMode, makeObject } from './object.ts';
import type { GitObject, ObjectFormat, Oid, Person } from './object.ts';
import { bodyOf, subjectOf } from './subject.ts';
import { editTree, Missing } from './tree.ts';
import type { Edit } from './tree.ts';

/** What is to be done on a line, by whom. `body` is pure and may run several times, on newer states. */
export type Request<T> = {
  readonly line: string;
  readonly agent: string;
  readonly op: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly committer: Person;
  readonly key?: { readonly hash: string; readonly input: string } | undefined;
  readonly conditions: Conditions;
  readonly types: { readonly shipped: readonly string[] };
  /** The replay that this transaction of main ends; with `merge` its history becomes part of main's. */
  readonly closes?:
    | { readonly line: string; readonly tip: Oid; readonly merge: boolean }
    | undefined;
  readonly body: (transaction: Transaction, facts: Facts) => T;
};

/** A transaction as git objects, not yet written anywhere. */
export type Built<T> = {
  readonly result: T;
  readonly events: readonly string[];
  readonly record: CommitRecord;
  readonly position: number;
  readonly latest: string;
  readonly changes: readonly Change[];
  readonly blobs: ReadonlyMap<string, Stored>;
  readonly objects: readonly GitObject[];
  readonly trees: readonly GitObject[];
  readonly replaced: readonly Oid[];
};

export type Unchanged<T> = { readonly result: T; readonly events: readonly [] };

type Source = {
  readonly format: ObjectFormat;
  readonly facts: Facts;
  readonly cached: (oid: Oid) => GitObject | undefined;
  /** For the first commit of a line: the commit of another line that it follows, and the state there. */
  readonly start?: { readonly head: Head; readonly view: View };
};

/** A short name for a text. */
export const digest = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Runs the body on the state at the index's head and makes the objects of its commit. Throws Missing for a tree that is not in memory. */
export const build = <T>(
  { format, facts, cached, start }: Source,
  request: Request<T>,
): Built<T> | Unchanged<T> => {
  const head = start?.head ?? (facts.usable() ? facts.head(request.line) : undefined);
  const { agent, op, conditions, types } = request;
  const view = start?.view ?? new IndexView(facts, request.line, cached);
  const time = isoTime(request.time);
  const transaction = new Transaction(view, { agent, op, time, conditions, types, digest });
  const result = request.body(transaction, facts);
  if (transaction.events.length === 0) return { result, events: [] };
  const written = writeChanges(format, facts, transaction.changes());
  const tree = editTree(format, head?.tree, written.edits, (oid) => {
    const body = facts.kept.tree(oid) ?? cached(oid)?.body;
    if (!body) throw new Missing(oid);
    return body;
  });
  const commit = makeCommit(format, request, head, transaction.entries, written.blobs, tree.root);
  const objects = new Map(
    [...written.objects, ...tree.objects, commit.object].map((object) => [object.oid, object]),
  );
  return {
    result,
    events: transaction.events.map(eventLine),
    record: commit.record,
    position: (head?.position ?? 0) + 1,
    latest: head && head.latest > commit.record.time ? head.latest : commit.record.time,
    changes: transaction.changes(),
    blobs: written.blobs,
    objects: [...objects.values()],
    trees: tree.objects,
    replaced: tree.replaced,
  };
};

const makeCommit = <T>(
  format: ObjectFormat,
  request: Request<T>,
  head: Head | undefined,
  entries: readonly Entry[],
  blobs: ReadonlyMap<string, Stored>,
  tree: Oid,
): { object: GitObject; record: CommitRecord } => {
  const events = entries.map(({ event }) => event);
  const subject = subjectOf(request.agent, events);
  const { op, key } = request;
  const message = encodeMessage({ op, subject, body: bodyOf(events), entries, blobs, key });
  const { closes } = request;
  const parents = [...(head ? [head.oid] : []), ...(closes?.merge ? [closes.tip] : [])];
  const author = { name: request.agent, email: `${request.agent}@concord.invalid` };
  const fields = {
    tree,
    parents,
    author,
    committer: request.committer,
    time: request.time,
    message,
  };
  const object = makeObject(format, 'commit', encodeCommit(fields));
  const record = {
    oid: object.oid,
    tree,
    parents,
    author: request.agent,
    time: isoTime(request.time),
    subject,
    message: parseMessage(message, request.agent),
  };
  return { object, record };
};

type Written = {
  readonly edits: readonly Edit[];
  readonly objects: readonly GitObject[];
  readonly blobs: ReadonlyMap<string, Stored>;
};

const writeChanges = (format: ObjectFormat, facts: Facts, changes: readonly Change[]): Written => {
  const edits: Edit[] = [];
  const objects: GitObject[] = [];
  const blobs = new Map<string, Stored>();
  for (const change of changes) {
    if ('restored' in change) {
      edits.push(...restoring(facts, change));
      continue;
    }
    if (change.removed) {
      edits.push({ path: pathOf(change.kind, change.id), value: null });
      continue;
    }
    const blob = makeObject(format, 'blob', encodeChange(change));
    objects.push(blob);
    edits.push({
      path: pathOf(change.kind, change.id),
      value: { oid: blob.oid, directory: false },
    });
    if (change.kind !== 'artifact') continue;
    const files = (change.attachments ?? []).map(({ name, bytes }) => ({
      name,
      blob: makeObject(format, 'blob', Buffer.from(bytes)),
    }));
    if (files.length === 0) {
      blobs.set(change.id, { blob: blob.oid });
      edits.push({ path: filesPathOf(change.id), value: null });
      continue;
    }
    const folder = makeObject(
      format,
      'tree',
      encodeTree(files.map(({ name, blob: { oid } }) => ({ mode: fileMode, name, oid }))),
    );
    blobs.set(change.id, { blob: blob.oid, files: folder.oid });
    objects.push(...files.map((file) => file.blob), folder);
    edits.push({ path: filesPathOf(change.id), value: { oid: folder.oid, directory: true } });
  }
  return { edits, objects, blobs };
};

/** The files of a version that there was already, or none. */
const restoring = (facts: Facts, { id, restored }: Restoration): Edit[] => {
  const fact = restored && facts.version(id, restored.version);
  const entry = (oid: Oid | undefined, directory: boolean): Edit['value'] =>
    oid === undefined ? null : { oid, directory };
  return [
    { path: pathOf('artifact', id), value: entry(fact?.blob, false) },
    { path: filesPathOf(id), value: entry(fact?.files, true) },
  ];
};

const encodeChange = (change: NewValue): Buffer =>
  encode<Change['kind']>(change.kind, change.value);

/** What the index must learn from a commit that has become the line's head. */
export const applyBuilt = (facts: Facts, line: string, built: Built<unknown>): void => {
  if (!facts.usable()) facts.reset();
  facts.append(line, built.position, built.latest, built.record);
  for (const change of built.changes) {
    if (change.kind !== 'artifact') {
      if (change.removed) facts.removeEntity(line, change.kind, change.id);
      else facts.putEntity(line, change.kind, change.id, change.value);
      continue;
    }
    if ('restored' in change) {
      const fact = change.restored && facts.version(change.id, change.restored.version);
      if (fact) facts.setLatest(line, change.id, fact.blob);
      else facts.removeLatest(line, change.id);
      continue;
    }
    const { blob = '' } = built.blobs.get(change.id) ?? {};
    facts.setLatest(line, change.id, blob);
    facts.kept.keepBody(blob, JSON.stringify(change.value as unknown as Json));
  }
  for (const oid of built.replaced) facts.kept.dropTree(oid);
  for (const tree of built.trees) facts.kept.keepTree(tree.oid, tree.body);
  const { oid, tree } = built.record;
  facts.setHead(line, { oid, tree, position: built.position, latest: built.latest });
};
