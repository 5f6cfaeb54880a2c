import type { Time } from '../../model/entity.ts';
import { splitRef } from '../../model/names.ts';
import type { EventLine } from '../said.ts';
import type { Oid } from '../object.ts';
import type { At } from './contract-facts.ts';
import type { CommitRecord } from './records.ts';
import { padded, readRow, writeRow } from './row-json.ts';
import type { Rows } from './rows.ts';

/** A point of a line's course. */
export type Stand = { readonly line: string; readonly position: number };

/** Where a replay begins. `name` is what a person called that point, `overrides` what it changes, as JSON. */
export type Fork = Stand & {
  readonly commit: Oid;
  readonly name: string;
  readonly overrides: string;
  readonly by: string;
  readonly time: Time;
};

/** How a replay came to its end. */
export type Closing = {
  readonly how: 'adopted' | 'dropped';
  readonly by: string;
  readonly time: Time;
  readonly tip: Oid;
  readonly reason?: string;
};

/** A snapshot that a commit tells of; `commit` is the one that it stands for. */
export type SnapshotFact = Stand & {
  readonly name: string;
  readonly commit: Oid;
  readonly by: string;
  readonly time: Time;
  /** Its own commit: tagger and time of the tag are taken from it. */
  readonly told: Oid;
  readonly label?: string;
  readonly summary: string;
};

/** The lines themselves: where they begin, what they took over, how they ended; and their snapshots. */
export class LineFacts {
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** Where a replay begins; undefined for main, and for a line that is not known. */
  fork(line: string): Fork | undefined {
    return readRow(this.#rows, 'fork', '', line);
  }

  /** The replays that are known, open or adopted, by name. */
  forks(): (Fork & { readonly replay: string })[] {
    return this.#rows
      .scan('fork', '')
      .map(([replay, value]) => ({ ...(JSON.parse(value as string) as Fork), replay }));
  }

  closing(line: string): Closing | undefined {
    return readRow(this.#rows, 'closing', '', line);
  }

  closings(): (Closing & { readonly line: string })[] {
    return this.#rows
      .scan('closing', '')
      .map(([line, value]) => ({ ...(JSON.parse(value as string) as Closing), line }));
  }

  /** The replay that used up a version's number, and was dropped. */
  usedBy(ref: string): string | undefined {
    return this.#rows.get('used', '', ref) as string | undefined;
  }

  snapshot(name: string): SnapshotFact | undefined {
    return readRow(this.#rows, 'snapshot', '', name);
  }

  snapshots(): SnapshotFact[] {
    return this.#rows
      .scan('snapshot', '')
      .map(([, value]) => JSON.parse(value as string) as SnapshotFact);
  }

  /** The open replays as this index last saw them, with the object that says so. */
  open(): { readonly oid: Oid | undefined; readonly names: readonly string[] } | undefined {
    return readRow(this.#rows, 'open', '', '');
  }

  setOpen(oid: Oid | undefined, names: readonly string[]): void {
    writeRow(this.#rows, 'open', '', '', { ...(oid !== undefined && { oid }), names });
  }

  /** The tip of an open replay that nothing can be read of. */
  unreadable(line: string): Oid | undefined {
    return this.#rows.get('unreadable', '', line) as Oid | undefined;
  }

  setUnreadable(line: string, tip: Oid): void {
    this.#rows.put('unreadable', '', line, tip);
  }

  /** The line up to a position, then the lines it comes from, each up to where the next begins. */
  course(line: string, position = Infinity): readonly Stand[] {
    const stands: Stand[] = [{ line, position }];
    if (line === 'main') return stands;
    for (let fork = this.fork(line); fork; fork = this.fork(fork.line)) {
      const upTo = Math.min(fork.position, stands.at(-1)?.position ?? Infinity);
      stands.push({ line: fork.line, position: upTo });
    }
    return stands;
  }

  /** Whether what happened there belongs to the history of a line up to a position: on the line, before its fork, or on a line it took over. */
  knows(line: string, position: number, there: Stand): boolean {
    if (there.line === line && there.position <= position) return true;
    for (const stand of this.course(line, position)) {
      if (there.line === stand.line && there.position <= stand.position) return true;
      for (const merged of this.#merged(stand.line, stand.position))
        if (this.knows(merged.line, merged.position, there)) return true;
    }
    return false;
  }

  /** The replays that a line took over, each with the position of the merge. */
  merges(line: string): { readonly position: number; readonly merged: Stand }[] {
    return this.#rows.scan('merged', line).map(([item, value]) => ({
      position: Number(item),
      merged: JSON.parse(value as string) as Stand,
    }));
  }

  #merged(line: string, position: number): Stand[] {
    return this.merges(line).flatMap((one) => (one.position <= position ? [one.merged] : []));
  }

  /** The position of the line's last way back; 0 without one. What was agreed on before it is void. */
  lastRollback(line: string): number {
    const [last] = this.#rows.scan('rollback', line, { limit: 1, reverse: true });
    return Number(last?.[0] ?? 0);
  }

  /** What an event made of a line's latest version of an artifact, up to a position: its number, 0 for none; undefined if no event did. */
  restored(
    line: string,
    id: string,
    position: number,
  ): { readonly version: number; readonly position: number } | undefined {
    for (const stand of this.course(line, position)) {
      const [last] = this.#rows.scan('restored', `${stand.line} ${id}`, {
        limit: 1,
        reverse: true,
        ...(stand.position !== Infinity && { after: padded(stand.position + 1) }),
      });
      if (last) return { version: Number(last[1]), position: Number(last[0]) };
    }
    return undefined;
  }

  /** What a commit says of lines, snapshots and of artifacts that went back to an earlier version. */
  append(at: At, events: readonly EventLine[]): void {
    for (const event of events) {
      const { type, subject } = event;
      if (type === 'artifact-restored') {
        const { id, version } = splitRef(subject);
        this.#rows.put('restored', `${at.line} ${id}`, padded(at.position), String(version));
      } else if (type === 'artifact-withdrawn')
        this.#rows.put('restored', `${at.line} ${subject}`, padded(at.position), '0');
      else if (type === 'line-rolled-back')
        this.#rows.put('rollback', at.line, padded(at.position), event.commit ?? '');
      else if (type === 'snapshot-created') this.#appendSnapshot(at, event);
      else if (type === 'replay-adopted' || type === 'replay-dropped') this.#close(at, event);
    }
  }

  /** A line begins: what follows is read as the course of it, from that point of the other one. */
  setFork(line: string, from: Stand, { author, time, parents, message }: CommitRecord): void {
    const start = message.happened.find(({ type }) => type === 'replay-started');
    const fork: Fork = {
      line: from.line,
      position: from.position,
      commit: parents[0] ?? '',
      name: start?.from ?? '',
      overrides: start?.overrides ?? '{}',
      by: author,
      time,
    };
    writeRow(this.#rows, 'fork', '', line, fork);
  }

  #appendSnapshot(at: At, { subject: name, commit, label, summary = '' }: EventLine): void {
    // Where the event stands for the state before it, that is one position back.
    const before = commit !== undefined && commit !== at.oid;
    const fact: SnapshotFact = {
      name,
      line: at.line,
      position: before ? at.position - 1 : at.position,
      commit: commit ?? at.oid,
      told: at.oid,
      by: at.author,
      time: at.time,
      ...(label !== undefined && { label }),
      summary,
    };
    writeRow(this.#rows, 'snapshot', '', name, fact);
  }

  #close(at: At, { type, subject: line, commit = '', used = [], reason }: EventLine): void {
    const adopted = type === 'replay-adopted';
    const closing: Closing = {
      how: adopted ? 'adopted' : 'dropped',
      by: at.author,
      time: at.time,
      tip: commit,
      ...(reason !== undefined && { reason }),
    };
    writeRow(this.#rows, 'closing', '', line, closing);
    if (adopted) {
      const place = readRow<Stand>(this.#rows, 'place', '', commit);
      const merged = { line, position: place?.position ?? 0 };
      writeRow(this.#rows, 'merged', at.line, padded(at.position), merged);
    } else for (const ref of used) this.#rows.put('used', '', ref, line);
  }
}
