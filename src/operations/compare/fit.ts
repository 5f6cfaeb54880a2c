import type { Item, Section } from './sections.ts';

/** The most a comparison says, so that a reply is never cut. */
const limit = 9_500;
/** So many rows a section, fewer where all of it would be too much. */
const steps = [40, 20, 10, 6, 3, 1] as const;
/** So many differences of one thing. */
const differencesShown = 8;

/** The text with as many rows in each section as there is room for. */
export const fitting = (write: (rows: number) => string): string => {
  let text = '';
  for (const rows of steps) {
    text = write(rows);
    if (text.length <= limit) break;
  }
  return text;
};

export type Part = {
  readonly items: readonly Item[];
  /** How many items are left out. */
  readonly rest: number;
};

/** As much of a section as so many rows hold, at least one item. Each difference takes a row, and so does the count of the others. */
export const partOf = ({ items }: Section, rows: number): Part => {
  const kept: Item[] = [];
  let used = 0;
  for (const item of items) {
    const differences = item.differences.slice(0, Math.min(differencesShown, rows));
    const more = item.total > differences.length ? 1 : 0;
    used += 1 + differences.length + more;
    if (kept.length > 0 && used > rows) break;
    kept.push({ ...item, differences });
  }
  return { items: kept, rest: items.length - kept.length };
};
