import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { errorCode } from '../disk.ts';
import type { Repository } from '../repository.ts';
import { makeDirectory, makeShared } from '../shared.ts';
import type { Range, Row, SharedRows, Value } from './rows.ts';

/** What we use of libsql, whose own types are those of another package. */
type Statement = {
  run(...values: readonly unknown[]): unknown;
  all(...values: readonly unknown[]): unknown[];
  raw(): Statement;
};
type Database = {
  readonly inTransaction: boolean;
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
};

const load = (): new (path: string, options: { timeout: number }) => Database =>
  createRequire(import.meta.url)('libsql');

const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(errorCode(error) ?? '');

/** Sleeps the whole process: only between tries of calls that are over within microseconds. */
const nap = (milliseconds: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
};

/**
 * Others are in the way only in the first moments of a store, and while the log of a killed process is read back. Gives up after 100 ms:
 * the caller then works without this index.
 */
const patiently = <T>(call: () => T): T => {
  for (let tries = 1; ; tries += 1) {
    try {
      return call();
    } catch (error) {
      if (!isBusy(error) || tries > 50) throw error;
      nap(2);
    }
  }
};

/** Partitions of a table by their first word: "!" comes right after the space. */
const partitions = 't = ? AND (p = ? OR (p >= ? AND p < ?))';

/** Rows written by one statement. */
const rowsAtOnce = 50;

/** The index on disk, shared by all processes of a machine. Readers see a frozen state; the writer never waits inside SQLite. */
export class SqliteRows implements SharedRows {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(repository: Repository) {
    makeDirectory(repository, repository.local);
    const path = join(repository.local, 'index.db');
    // SQLite takes an empty file for a new database, and gives its log and its shared memory the same mode.
    makeShared(repository, path);
    this.#database = new (load())(path, { timeout: 0 });
    patiently(() => this.#database.exec('PRAGMA synchronous = NORMAL; PRAGMA journal_mode = WAL'));
    patiently(() =>
      this.#database.exec(
        'CREATE TABLE IF NOT EXISTS rows (t TEXT, p TEXT, i TEXT, v, PRIMARY KEY (t, p, i)) WITHOUT ROWID',
      ),
    );
  }

  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = patiently(() => this.#database.prepare(sql));
    this.#statements.set(sql, sql.startsWith('SELECT') ? statement.raw() : statement);
    return statement;
  }

  #select(sql: string, ...values: readonly unknown[]): unknown[] {
    const statement = this.#prepare(sql);
    return patiently(() => statement.all(...values));
  }

  get(table: string, partition: string, item: string): Value | undefined {
    const [row] = this.#select(
      'SELECT v FROM rows WHERE t = ? AND p = ? AND i = ?',
      table,
      partition,
      item,
    ) as [Value][];
    return row?.[0];
  }

  put(table: string, partition: string, item: string, value: Value): void {
    this.#prepare(
      'INSERT INTO rows VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET v = excluded.v',
    ).run(table, partition, item, value);
  }

  /** Many rows a statement: each statement costs more than a row. */
  putAll(rows: Iterable<readonly [string, string, string, Value]>): void {
    let batch: Value[] = [];
    const write = (): void => {
      const places = Array.from({ length: batch.length / 4 }, () => '(?, ?, ?, ?)').join(', ');
      this.#prepare(`INSERT OR REPLACE INTO rows VALUES ${places}`).run(...batch);
      batch = [];
    };
    for (const row of rows) {
      batch.push(...row);
      if (batch.length === 4 * rowsAtOnce) write();
    }
    if (batch.length > 0) write();
  }

  delete(table: string, partition: string, item: string): void {
    this.#prepare('DELETE FROM rows WHERE t = ? AND p = ? AND i = ?').run(table, partition, item);
  }

  scan(
    table: string,
    partition: string,
    { after, limit = -1, reverse = false }: Range = {},
  ): Row[] {
    const bound = after === undefined ? '' : ` AND i ${reverse ? '<' : '>'} ?`;
    const sql = `SELECT i, v FROM rows WHERE t = ? AND p = ?${bound} ORDER BY i${reverse ? ' DESC' : ''} LIMIT ?`;
    return this.#select(
      sql,
      table,
      partition,
      ...(after === undefined ? [] : [after]),
      limit,
    ) as unknown as Row[];
  }

  count(table: string, partition: string): number {
    const [row] = this.#select(
      'SELECT count(*) FROM rows WHERE t = ? AND p = ?',
      table,
      partition,
    ) as [number][];
    return row?.[0] ?? 0;
  }

  dump(): Iterable<readonly [string, string, string, Value]> {
    return this.#select('SELECT t, p, i, v FROM rows ORDER BY t, p, i') as [
      string,
      string,
      string,
      Value,
    ][];
  }

  copyPartitions(tables: readonly string[], from: string, to: string): void {
    const copy = this.#prepare(
      `INSERT OR REPLACE INTO rows SELECT t, ? || substr(p, ?), i, v FROM rows WHERE ${partitions}`,
    );
    for (const table of tables) copy.run(to, from.length + 1, table, from, `${from} `, `${from}!`);
  }

  deletePartitions(tables: readonly string[], name: string): void {
    const remove = this.#prepare(`DELETE FROM rows WHERE ${partitions}`);
    for (const table of tables) remove.run(table, name, `${name} `, `${name}!`);
  }

  clear(): void {
    this.#prepare('DELETE FROM rows').run();
  }

  tryBegin(): boolean {
    // Another call of this process has just become the writer.
    if (this.#database.inTransaction) return false;
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      return true;
    } catch (error) {
      if (isBusy(error)) return false;
      throw error;
    }
  }

  snapshot<T>(body: () => T): T {
    if (this.#database.inTransaction) return body();
    patiently(() => this.#database.exec('BEGIN'));
    try {
      return body();
    } finally {
      this.#database.exec('COMMIT');
    }
  }

  commit(): void {
    this.#database.exec('COMMIT');
  }

  rollback(): void {
    // SQLite ends a transaction by itself after some errors.
    if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
  }

  close(): void {
    this.#database.close();
  }
}

/** The index files, which hold nothing that is not in the history. */
export const removeIndex = (repository: Repository): void => {
  for (const ending of ['', '-wal', '-shm'])
    rmSync(join(repository.local, `index.db${ending}`), { force: true });
};
