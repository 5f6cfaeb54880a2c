import type { Range, Row, SharedRows, Value } from './rows.ts';

type Undo = () => void;

/** The in-memory twin: for tests, for repositories where no index can be kept, and where the writer of the index has stopped. */
export class MemoryRows implements SharedRows {
  readonly #tables = new Map<string, Map<string, Map<string, Value>>>();
  /** The items of a partition in order, until one comes or goes. */
  readonly #sorted = new WeakMap<Map<string, Value>, string[]>();
  #undo: Undo[] | undefined;

  #partition(table: string, partition: string): Map<string, Value> {
    const partitions = this.#tables.get(table) ?? new Map<string, Map<string, Value>>();
    this.#tables.set(table, partitions);
    const items = partitions.get(partition) ?? new Map<string, Value>();
    partitions.set(partition, items);
    return items;
  }

  get(table: string, partition: string, item: string): Value | undefined {
    return this.#tables.get(table)?.get(partition)?.get(item);
  }

  put(table: string, partition: string, item: string, value: Value): void {
    const items = this.#partition(table, partition);
    const sorted = this.#sorted.get(items);
    const isNew = !items.has(item);
    // Most partitions grow at their end: then the order stays known.
    const last = isNew && sorted && (sorted.at(-1) ?? '') < item;
    if (isNew && !last) this.#sorted.delete(items);
    else if (last) sorted.push(item);
    this.#remember(items, item);
    items.set(item, value);
  }

  putAll(rows: Iterable<readonly [string, string, string, Value]>): void {
    for (const [table, partition, item, value] of rows) this.put(table, partition, item, value);
  }

  delete(table: string, partition: string, item: string): void {
    const items = this.#partition(table, partition);
    this.#sorted.delete(items);
    this.#remember(items, item);
    items.delete(item);
  }

  #remember(items: Map<string, Value>, item: string): void {
    const before = items.get(item);
    this.#undo?.push(() => {
      this.#sorted.delete(items);
      if (before === undefined) items.delete(item);
      else items.set(item, before);
    });
  }

  #inOrder(items: Map<string, Value>): readonly string[] {
    const sorted = this.#sorted.get(items) ?? [...items.keys()].sort();
    this.#sorted.set(items, sorted);
    return sorted;
  }

  scan(table: string, partition: string, { after, limit, reverse = false }: Range = {}): Row[] {
    const items = this.#tables.get(table)?.get(partition);
    if (!items) return [];
    const sorted = this.#inOrder(items);
    const step = reverse ? -1 : 1;
    const start = reverse ? sorted.length - 1 : 0;
    const found: Row[] = [];
    for (let at = after === undefined ? start : placeAfter(sorted, after, reverse); ; at += step) {
      const item = sorted[at];
      if (item === undefined || (limit !== undefined && found.length >= limit)) return found;
      found.push([item, items.get(item) ?? '']);
    }
  }

  count(table: string, partition: string): number {
    return this.#tables.get(table)?.get(partition)?.size ?? 0;
  }

  *dump(): Iterable<readonly [string, string, string, Value]> {
    for (const table of [...this.#tables.keys()].sort()) {
      for (const partition of [...(this.#tables.get(table)?.keys() ?? [])].sort()) {
        for (const [item, value] of this.scan(table, partition))
          yield [table, partition, item, value];
      }
    }
  }

  #named(table: string, name: string): string[] {
    const partitions = [...(this.#tables.get(table)?.keys() ?? [])];
    return partitions.filter((one) => one === name || one.startsWith(`${name} `));
  }

  copyPartitions(tables: readonly string[], from: string, to: string): void {
    for (const table of tables)
      for (const partition of this.#named(table, from))
        for (const [item, value] of this.scan(table, partition))
          this.put(table, `${to}${partition.slice(from.length)}`, item, value);
  }

  deletePartitions(tables: readonly string[], name: string): void {
    for (const table of tables)
      for (const partition of this.#named(table, name))
        for (const [item] of this.scan(table, partition)) this.delete(table, partition, item);
  }

  clear(): void {
    const before = [...this.#tables];
    this.#undo?.push(() => {
      this.#tables.clear();
      for (const [table, partitions] of before) this.#tables.set(table, partitions);
    });
    this.#tables.clear();
  }

  tryBegin(): boolean {
    if (this.#undo) return false;
    this.#undo = [];
    return true;
  }

  snapshot<T>(body: () => T): T {
    return body();
  }

  commit(): void {
    this.#undo = undefined;
  }

  rollback(): void {
    const undo = this.#undo ?? [];
    this.#undo = undefined;
    for (const step of undo.reverse()) step();
  }

  close(): void {
    this.#tables.clear();
  }
}

/** Where to begin after an item, in the direction of reading: found by halving. */
const placeAfter = (sorted: readonly string[], after: string, reverse: boolean): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = sorted[middle] ?? '';
    if (reverse ? item < after : item <= after) low = middle + 1;
    else high = middle;
  }
  return reverse ? low - 1 : low;
};
