/** JSON text, or the bytes of a git tree. */
export type Value = string | Buffer;

export type Row = readonly [item: string, value: Value];

export type Range = {
  /** Only items after this one (before it, in reverse). */
  readonly after?: string;
  readonly limit?: number;
  readonly reverse?: boolean;
};

/**
 * What the derived index is kept in: values under (table, partition, item), read back in order of item. Both kinds, SQLite and memory,
 * hold the same rows, so all that is built on them is written once. Nothing here ever waits for another process.
 */
export interface Rows {
  get(table: string, partition: string, item: string): Value | undefined;
  put(table: string, partition: string, item: string, value: Value): void;
  putAll(
    rows: Iterable<readonly [table: string, partition: string, item: string, value: Value]>,
  ): void;
  delete(table: string, partition: string, item: string): void;
  scan(table: string, partition: string, range?: Range): Row[];
  /** How many rows a partition has. */
  count(table: string, partition: string): number;
  /** Every row, in order of table, partition and item: for comparing two indexes, and for copying one. */
  dump(): Iterable<readonly [table: string, partition: string, item: string, value: Value]>;
  /** Copies the partitions of these tables that are called `from`, or begin with it and a space, under `to`. */
  copyPartitions(tables: readonly string[], from: string, to: string): void;
  /** Takes them away. */
  deletePartitions(tables: readonly string[], name: string): void;
  clear(): void;
}

/** Rows of which only one process at a time may be the writer. */
export interface SharedRows extends Rows {
  /** Becomes the writer, or returns false at once when another process is. */
  tryBegin(): boolean;
  /** Runs the body on one frozen state, whatever others write meanwhile. */
  snapshot<T>(body: () => T): T;
  commit(): void;
  rollback(): void;
  close(): void;
}

/** Copies all rows. */
export const copyRows = (from: Rows, to: Rows): void => to.putAll(from.dump());

/** Runs the body as the writer; false when another process is. What the body wrote is undone when it throws. */
export const asWriter = (rows: SharedRows, body: () => void): boolean => {
  if (!rows.tryBegin()) return false;
  try {
    body();
    rows.commit();
    return true;
  } catch (error) {
    rows.rollback();
    throw error;
  }
};
