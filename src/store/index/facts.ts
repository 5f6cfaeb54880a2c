import type { Contract } from '../../model/contract/contract.ts';
import type { Edge, Entities, Kind, Time } from '../../model/entity.ts';
import type { VersionFact } from '../../model/lineage.ts';
import { splitRef, versionedRef } from '../../model/names.ts';
import type { Pipeline } from '../../model/pipeline/pipeline.ts';
import type { ArtifactLine } from '../message.ts';
import type { Oid } from '../object.ts';
import { BudgetFacts } from './budget-facts.ts';
import { ContractFacts } from './contract-facts.ts';
import type { At } from './contract-facts.ts';
import { InboxFacts } from './inbox-facts.ts';
import { KeptObjects } from './kept-objects.ts';
import { LineFacts } from './line-facts.ts';
import { forgetLine, forgetState } from './line-rows.ts';
import { PipelineFacts } from './pipeline-facts.ts';
import type { CommitRecord, Entry, Head } from './records.ts';
import { padded, readRow, writeRow } from './row-json.ts';
import type { Rows } from './rows.ts';
import { entriesOf, entryAt } from './timeline.ts';
import type { EntryRange } from './timeline.ts';

/** So many numbers between two versions may be of other lines; a commit that skips more would use them up for nothing. */
export const longestGap = 10_000;

/** Raised when the meaning of the rows changes: an older index is then built anew. */
const shape = '6';

/** Kinds of files whose entities are kept as they are; versions of artifacts are facts of their own. */
type Kept = Exclude<Kind, 'artifact' | 'contract' | 'pipeline'>;

/** The rows, by meaning: the only place that knows which table holds what. */
export class Facts {
  readonly rows: Rows;
  readonly budgets: BudgetFacts;
  readonly kept: KeptObjects;
  readonly lines: LineFacts;
  readonly contracts: ContractFacts;
  readonly inbox: InboxFacts;
  readonly pipelines: PipelineFacts;

  constructor(rows: Rows) {
    this.rows = rows;
    this.budgets = new BudgetFacts(rows);
    this.kept = new KeptObjects(rows);
    this.lines = new LineFacts(rows);
    this.contracts = new ContractFacts(rows, this.lines);
    this.inbox = new InboxFacts(rows);
    this.pipelines = new PipelineFacts(rows);
  }

  #read<T>(table: string, partition: string, item: string): T | undefined {
    return readRow(this.rows, table, partition, item);
  }

  #write(table: string, partition: string, item: string, value: unknown): void {
    writeRow(this.rows, table, partition, item, value);
  }

  /** False for an index of another shape, or none: then nothing in it can be used. */
  usable(): boolean {
    return this.rows.get('meta', '', 'shape') === shape;
  }

  reset(): void {
    this.rows.clear();
    this.rows.put('meta', '', 'shape', shape);
  }

  head(line: string): Head | undefined {
    return this.#read('head', '', line);
  }

  setHead(line: string, head: Head): void {
    this.#write('head', '', line, head);
  }

  entity<K extends Kept>(line: string, kind: K, id: string): Entities[K] | undefined {
    return this.#read(kind, line, id);
  }

  entities<K extends Kept>(line: string, kind: K): Entities[K][] {
    return this.rows
      .scan(kind, line)
      .map(([, value]) => JSON.parse(value as string) as Entities[K]);
  }

  latest(line: string, id: string): VersionFact | undefined {
    return this.#read('latest', line, id);
  }

  allLatest(line: string): VersionFact[] {
    return this.rows
      .scan('latest', line)
      .map(([, value]) => JSON.parse(value as string) as VersionFact);
  }

  /** How many artifacts a line has. */
  latestCount(line: string): number {
    return this.rows.count('latest', line);
  }

  version(id: string, version: number): VersionFact | undefined {
    return this.#read('version', id, padded(version));
  }

  /** The versions of an artifact on all lines, oldest first. */
  versions(id: string): VersionFact[] {
    return this.rows
      .scan('version', id)
      .map(([, value]) => JSON.parse(value as string) as VersionFact);
  }

  highest(id: string): number {
    return this.#read<number>('highest', '', id) ?? 0;
  }

  /** Ids that ever had a version, on any line. */
  ids(): string[] {
    return this.rows.scan('highest', '').map(([id]) => id);
  }

  madeFrom(ref: string): Edge[] {
    return this.rows.scan('made-from', ref).map(([child, value]) => ({
      ...(JSON.parse(value as string) as Omit<Edge, 'ref'>),
      ref: child,
    }));
  }

  /** What happened at a position of a line; before its fork, on the line that it comes from. */
  entry(line: string, position: number): Entry | undefined {
    return entryAt(this.rows, this.lines.course(line), position);
  }

  /** The newest first, from before a position on; or the oldest first, from after one on. */
  entries(line: string, range: EntryRange): (Entry & { readonly position: number })[] {
    return entriesOf(this.rows, this.lines.course(line), range);
  }

  /** Where a commit stands. */
  place(oid: Oid): { readonly line: string; readonly position: number } | undefined {
    return this.#read('place', '', oid);
  }

  /** The commits whose id begins so; at most two, enough to tell "one" from "several". */
  placesStarting(prefix: string): Oid[] {
    const found = this.rows.scan('place', '', { after: prefix, limit: 2 });
    return found.flatMap(([oid]) => (oid.startsWith(prefix) ? [oid] : []));
  }

  /** The commit of an operation, to tell after an unknown result whether it happened. */
  operation(op: string): Oid | undefined {
    return this.#read('op', '', op);
  }

  /** A call made with this key on this line, since it last went back. */
  key(line: string, hash: string): { readonly input: string; readonly oid: Oid } | undefined {
    const made = this.#read<{ input: string; oid: Oid }>('key', line, hash);
    const position = made && this.place(made.oid)?.position;
    return position !== undefined && position > this.lines.lastRollback(line) ? made : undefined;
  }

  /** What a commit says that stays true for ever: its entry, versions, edges, operation and key. */
  append(line: string, position: number, latest: Time, record: CommitRecord): void {
    const { oid, author, time, subject, message } = record;
    const entry: Entry = { oid, agent: author, time, latest, subject, events: message.events };
    this.#write('entry', line, padded(position), entry);
    this.#write('place', '', oid, { line, position });
    if (message.op !== undefined) this.#write('op', '', message.op, oid);
    if (message.key) this.#write('key', line, message.key.hash, { input: message.key.input, oid });
    for (const artifact of message.artifacts) this.#appendVersion(line, position, record, artifact);
    const at = { line, position, author, time, oid };
    this.budgets.append(at, message.happened);
    this.#appendLines(at, record);
    this.contracts.append(at, message.happened);
    this.inbox.append(at, message.happened);
    this.pipelines.append(at, message.happened);
  }

  #appendLines(at: At, { message: { happened } }: CommitRecord): void {
    this.lines.append(at, happened);
    for (const { type, subject, used = [] } of happened) {
      if (type === 'replay-adopted') {
        this.budgets.takeOver(at, subject);
        forgetState(this.rows, subject);
      }
      if (type !== 'replay-dropped') continue;
      forgetLine(this, subject);
      for (const ref of used) this.#useUp(ref);
    }
  }

  #useUp(ref: string): void {
    const named = versionedRef(ref);
    // Nobody gives out numbers beyond that: they need not be used up.
    if (named && named.version <= this.highest(named.id) + longestGap)
      this.#write('highest', '', named.id, Math.max(named.version, this.highest(named.id)));
  }

  #appendVersion(
    line: string,
    position: number,
    { oid, author, time }: CommitRecord,
    artifact: ArtifactLine,
  ): void {
    const { id, version } = splitRef(artifact.ref);
    const { type, blob, content, derivedFrom, contract, tags, files } = artifact;
    const known = {
      id,
      version,
      type,
      publisher: author,
      time,
      ...(contract && { contract }),
      ...(tags && { tags }),
      ...(files && { files }),
    };
    const fact: VersionFact = { ...known, content, commit: oid, blob, line, position, derivedFrom };
    this.#write('version', id, padded(version), fact);
    this.#write('highest', '', id, Math.max(version, this.highest(id)));
    for (const { ref, how, older } of derivedFrom)
      this.#write('made-from', ref, artifact.ref, { how, ...(older && { older }) });
  }

  /** A commit that broke the rules: it keeps its place, its effects are not applied, the numbers it names are used up. */
  appendRefused(line: string, position: number, latest: Time, record: CommitRecord): void {
    const { oid, author, time, subject } = record;
    const entry: Entry = { oid, agent: author, time, latest, subject, events: [], refused: true };
    this.#write('entry', line, padded(position), entry);
    this.#write('place', '', oid, { line, position });
    for (const { ref } of record.message.artifacts) this.#useUp(ref);
  }

  putEntity(
    line: string,
    kind: Exclude<Kind, 'artifact'>,
    id: string,
    value: Entities[Kind],
  ): void {
    if (kind === 'contract') this.contracts.put(line, value as Contract);
    else if (kind === 'pipeline') this.pipelines.put(line, value as Pipeline);
    else this.#write(kind, line, id, value);
  }

  removeEntity(line: string, kind: Exclude<Kind, 'artifact'>, id: string): void {
    if (kind === 'contract') this.contracts.remove(line, id);
    else if (kind === 'pipeline') this.pipelines.remove(line, id);
    else this.rows.delete(kind, line, id);
  }

  /** Makes the version with this file the line's latest; false when no commit message tells of such a version. */
  setLatest(line: string, id: string, blob: Oid): boolean {
    // From the newest down: nearly always the first, and an id may have thousands of versions.
    let fact: VersionFact | undefined;
    for (let version = this.highest(id); version > 0 && fact?.blob !== blob; version -= 1)
      fact = this.version(id, version);
    if (fact?.blob !== blob) return false;
    this.#dropBody(line, id);
    this.#write('latest', line, id, fact);
    this.rows.put('of-type', `${line} ${fact.type}`, id, '');
    return true;
  }

  removeLatest(line: string, id: string): void {
    const before = this.latest(line, id);
    if (before) this.rows.delete('of-type', `${line} ${before.type}`, id);
    this.#dropBody(line, id);
    this.rows.delete('latest', line, id);
  }

  latestOfType(line: string, type: string): string[] {
    return this.rows.scan('of-type', `${line} ${type}`).map(([id]) => id);
  }

  /** The type that an id has had on any line: it keeps it. */
  typeOf(id: string): string | undefined {
    for (let version = this.highest(id); version > 0; version -= 1) {
      const fact = this.version(id, version);
      if (fact) return fact.type;
    }
    return undefined;
  }

  #dropBody(line: string, id: string): void {
    const before = this.latest(line, id);
    if (before) this.kept.dropBody(before.blob);
  }
}
