import { setTimeout as sleep } from 'node:timers/promises';
import { ConcordError } from '../model/error.ts';
import { prepare, UnknownFork, whereFrom } from './batch.ts';
import type { Batch } from './batch.ts';
import { apply, StopsAt } from './catch-up.ts';
import { errorCode } from './disk.ts';
import type { IndexParts } from './index-parts.ts';
import { Facts } from './index/facts.ts';
import { forgetLine } from './index/line-rows.ts';
import { MemoryRows } from './index/memory-rows.ts';
import { asWriter, copyRows } from './index/rows.ts';
import type { SharedRows } from './index/rows.ts';
import { removeIndex, SqliteRows } from './index/sqlite-rows.ts';
import { lineRef } from './layout.ts';
import { linesRef, noLine, noStore, brokenStart, notFromHere, readLines } from './lines.ts';
import type { Oid } from './object.ts';

/**
 * The derived index of a store: at every use it is brought to where the ref stands. It can be deleted at any time, and when it cannot be
 * kept on disk it is kept in memory: no read is ever refused because of it.
 */
export class DerivedIndex {
  readonly #parts: IndexParts;
  /** The rows that all processes of this machine share; undefined where they cannot be had. */
  disk: SharedRows | undefined;
  rows: SharedRows;
  facts: Facts;
  #mended = false;

  constructor(parts: IndexParts) {
    this.#parts = parts;
    this.disk = parts.memory || parts.repository.network ? undefined : this.#openDisk();
    this.rows = this.disk ?? new MemoryRows();
    this.facts = new Facts(this.rows);
  }

  /** Whether this process works on a copy of its own, because the writer of the shared rows does not come to an end. */
  get alone(): boolean {
    return this.disk !== undefined && this.rows !== this.disk;
  }

  #openDisk(): SharedRows | undefined {
    try {
      return new SqliteRows(this.#parts.repository);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!/read-?only|permission denied/i.test(why))
        this.#parts.warn(`The index cannot be kept on disk (${why}); it is kept in memory.`);
      return undefined;
    }
  }

  #use(rows: SharedRows): void {
    this.rows = rows;
    this.facts = new Facts(rows);
  }

  /** One look at a line's facts, at the ref's tip and undisturbed by writers. A failing index is replaced, never a reason to refuse. */
  async read<T>(line: string, body: (facts: Facts) => T): Promise<T> {
    const facts = await this.ready(line);
    try {
      return this.rows.snapshot(() => body(facts));
    } catch (error) {
      this.mend(error);
      return body(await this.ready(line));
    }
  }

  /** All lines brought to the tips of their refs. Where a tip breaks the rules, the facts stay before it and their head says so. */
  async ready(line: string, orEmpty = false): Promise<Facts> {
    for (let tries = 0; ; tries += 1) {
      await this.#readyLine('main', orEmpty);
      const open = this.facts.usable() ? await this.#open() : [];
      await this.#readyReplays(open, line);
      if (line === 'main' || this.#isRead(line)) return this.facts;
      // A name on the list is no line where its ref is not made, and none any more where main says so. But where another line was waited for,
      // this process may by now use other rows than those that this one was read into.
      const there = open.includes(line) && (await this.#parts.tip(lineRef(line))) !== undefined;
      if (!there || tries > 5 || (this.facts.usable() && this.facts.lines.closing(line)))
        throw noLine(line, this.facts, open.filter(this.#isRead));
    }
  }

  readonly #isRead = (line: string): boolean =>
    this.facts.usable() &&
    this.facts.head(line) !== undefined &&
    this.facts.lines.closing(line) === undefined;

  /** Versions count over all lines, and any of them can be read from any other. What is wrong with another line is no reason to refuse. */
  async #readyReplays(open: readonly string[], wanted: string): Promise<void> {
    let waiting = open;
    for (let before = waiting.length + 1; waiting.length < before;) {
      before = waiting.length;
      const later: string[] = [];
      for (const name of waiting) {
        try {
          await this.#readyLine(name, true);
        } catch (error) {
          if (error instanceof UnknownFork) later.push(name);
          else if (name === wanted) throw error;
          else await this.#noteUnreadable(name, error);
        }
      }
      waiting = later;
    }
    if (waiting.includes(wanted)) throw notFromHere(wanted);
    for (const name of waiting) await this.#noteUnreadable(name, notFromHere(name));
  }

  /** Writers hold it where it stands, and go on without it. */
  async #noteUnreadable(line: string, error: unknown): Promise<void> {
    const why = error instanceof Error ? error.message : String(error);
    const tip = await this.#parts.tip(lineRef(line)).catch(() => undefined);
    if (tip === undefined || this.facts.lines.unreadable(line) === tip) return;
    this.#parts.warn(why);
    asWriter(this.rows, () => this.facts.lines.setUnreadable(line, tip));
  }

  /** The names of the open replays, as the ref that lists them says. */
  async #open(): Promise<readonly string[]> {
    for (let tries = 0; ; tries += 1) {
      const known = this.facts.lines.open();
      let oid: Oid | undefined;
      try {
        oid = await this.#parts.tip(linesRef);
      } catch (error) {
        if (!(error instanceof ConcordError)) throw error;
        this.#parts.warn(error.message);
        return known?.names ?? [];
      }
      if (known?.oid === oid) return known?.names ?? [];
      const names = await readLines(this.#parts.objects, oid);
      const noted = asWriter(this.rows, () => this.facts.lines.setOpen(oid, names));
      if (noted || tries > 20) return names;
      await sleep(Math.min(20, 1 + tries));
    }
  }

  async #readyLine(line: string, orEmpty: boolean): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      const known = this.facts.usable() ? this.facts.head(line)?.oid : undefined;
      const tip = await this.#parts.tip(lineRef(line));
      if (tip === undefined && !orEmpty) throw noStore(line);
      try {
        if (tip === undefined && line !== 'main') return this.#forget(line, known);
        if (tip === undefined) return this.#emptied();
        if (this.facts.usable() && this.facts.lines.closing(line)) return;
        if (await this.#catchUp(line, tip, tries)) return;
      } catch (error) {
        if (error instanceof ConcordError || error instanceof UnknownFork) throw error;
        this.mend(error);
      }
    }
  }

  /** What is left of a store whose refs were taken away is forgotten. */
  #emptied(): void {
    if (this.facts.rows.get('meta', '', 'shape') !== undefined)
      asWriter(this.rows, () => this.rows.clear());
  }

  /** Somebody took the ref of a line away that was there: it holds nobody up. */
  #forget(line: string, known: Oid | undefined): void {
    if (known === undefined || this.facts.lines.closing(line)) return;
    asWriter(this.rows, () => {
      if (this.facts.head(line)?.oid === known) forgetLine(this.facts, line);
    });
  }

  #standsAt(facts: Facts, line: string, tip: Oid): boolean {
    const head = facts.usable() ? facts.head(line) : undefined;
    return head?.oid === tip || head?.illegal?.tip === tip;
  }

  /** One try; false when the tip has to be looked at again. */
  async #catchUp(line: string, tip: Oid, tries: number): Promise<boolean> {
    if (this.disk && this.alone && this.#standsAt(new Facts(this.disk), line, tip))
      this.#tryRejoin();
    const seen = this.facts.usable() ? this.facts.head(line)?.oid : undefined;
    if (this.#standsAt(this.facts, line, tip)) return true;
    // A writer at work has moved the ref and is about to say so here. When it does not come to an end, this process goes on alone.
    if (!this.rows.tryBegin()) {
      if (tries < 150) await sleep(Math.min(20, 1 + tries));
      else this.goAlone();
      return false;
    }
    this.rows.rollback();
    // It has just said so.
    if (this.#standsAt(this.facts, line, tip)) return true;
    const head = this.facts.usable() ? this.facts.head(line)?.oid : undefined;
    if (head !== seen) return false;
    // Read before the head, the tip may be the older of both; that is no ref that was moved back, and no reason to read everything again.
    if ((await this.#parts.tip(lineRef(line))) !== tip) return false;
    const { repository, objects } = this.#parts;
    try {
      const batch = await prepare(repository, objects, {
        line,
        head,
        tip,
        ...whereFrom(this.facts, line),
      });
      this.#apply(batch);
    } catch (error) {
      if (!(error instanceof StopsAt)) throw error;
      // The last good commit is one of the line that it begins on: nothing of its own can be read.
      const stands = line === 'main' ? undefined : this.facts.place(error.good);
      if (stands && stands.line !== line) throw brokenStart(line, error.illegal.why);
      await this.#stopAt(line, head, error);
    }
    return false;
  }

  /** A whole history is first put together in memory: written row by row as it is read, it would take three times as long. */
  #apply(batch: Batch): void {
    if (batch.from !== undefined || batch.fork !== undefined) {
      asWriter(this.rows, () => apply(this.facts, batch));
      return;
    }
    const whole = new MemoryRows();
    apply(new Facts(whole), batch);
    asWriter(this.rows, () => {
      this.rows.clear();
      copyRows(whole, this.rows);
    });
  }

  async #stopAt(line: string, head: Oid | undefined, { good, illegal }: StopsAt): Promise<void> {
    const { repository, objects, warn } = this.#parts;
    const batch =
      head === good
        ? undefined
        : await prepare(repository, objects, {
            line,
            head,
            tip: good,
            judged: true,
            ...whereFrom(this.facts, line),
          });
    asWriter(this.rows, () => {
      if (batch && !apply(this.facts, batch)) return;
      const now = this.facts.head(line);
      if (now?.oid === good) this.facts.setHead(line, { ...now, illegal });
    });
    warn(
      `The newest state of ${line} breaks the rules and is not applied (${illegal.why}). Reads show what was before it.`,
    );
  }

  /** Back to the shared rows, of which this process is the writer now. */
  rejoin(): void {
    if (this.alone && this.disk) this.#use(this.disk);
  }

  /** The same where the writer that was waited for has come to an end: until then its rows may be right, but cannot be written. */
  #tryRejoin(): void {
    if (!this.disk?.tryBegin()) return;
    this.disk.rollback();
    this.#use(this.disk);
  }

  /** Goes on with a copy in memory: the writer in front has stopped, but what it committed can be read. */
  goAlone(): void {
    if (this.alone) return;
    const copy = new MemoryRows();
    try {
      this.rows.snapshot(() => copyRows(this.rows, copy));
    } catch {
      copy.clear();
    }
    this.#use(copy);
  }

  /** After an error of the index itself: a damaged file is built anew, once; otherwise memory serves. Any other error is thrown again. */
  mend(error: unknown): void {
    const code = errorCode(error) ?? (error instanceof SyntaxError ? 'SQLITE_CORRUPT' : '');
    if (this.rows !== this.disk || !code.startsWith('SQLITE_')) throw error;
    this.disk.close();
    const damaged = !this.#mended && /^SQLITE_(CORRUPT|NOTADB|ERROR)/.test(code);
    this.#mended = true;
    if (damaged) removeIndex(this.#parts.repository);
    else if (!/READONLY|CANTOPEN/.test(code))
      this.#parts.warn(
        `The index on disk cannot be used (${String(error)}); it is kept in memory.`,
      );
    this.disk = damaged ? this.#openDisk() : undefined;
    this.#use(this.disk ?? new MemoryRows());
  }

  /** Forgets everything: the next use builds it anew from the history. */
  discard(): void {
    asWriter(this.rows, () => this.rows.clear());
  }

  /** What is still asked afterwards is answered from memory: a closed file must not be touched. */
  close(): void {
    this.disk?.close();
    this.disk = undefined;
    this.#use(new MemoryRows());
  }
}
