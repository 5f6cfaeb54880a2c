import type { Rows } from './rows.ts';

/** Numbers that sort as text. */
export const padded = (n: number): string => String(n).padStart(10, '0');

export const readRow = <T>(
  rows: Rows,
  table: string,
  partition: string,
  item: string,
): T | undefined => {
  const value = rows.get(table, partition, item);
  return value === undefined ? undefined : (JSON.parse(value as string) as T);
};

export const writeRow = (
  rows: Rows,
  table: string,
  partition: string,
  item: string,
  value: unknown,
): void => rows.put(table, partition, item, JSON.stringify(value));
