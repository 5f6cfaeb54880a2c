import type { Stand } from './line-facts.ts';
import type { Entry } from './records.ts';
import { padded, readRow } from './row-json.ts';
import type { Rows } from './rows.ts';

export type EntryRange = {
  readonly before?: number;
  readonly after?: number;
  readonly limit: number;
};

type Placed = Entry & { readonly position: number };

/** What happened at a position of a course: on the line that had come so far then. */
export const entryAt = (
  rows: Rows,
  course: readonly Stand[],
  position: number,
): Entry | undefined => {
  const beyond = course.findIndex((stand) => position > stand.position);
  const here = course[beyond < 0 ? course.length - 1 : beyond - 1];
  return here && readRow(rows, 'entry', here.line, padded(position));
};

/** The newest first, from before a position on; or the oldest first, from after one on. */
export const entriesOf = (
  rows: Rows,
  course: readonly Stand[],
  { before = Infinity, after, limit }: EntryRange,
): Placed[] => {
  const found: Placed[] = [];
  const reverse = after === undefined;
  for (const stand of reverse ? course : course.toReversed()) {
    const last = Math.min(stand.position, before - 1);
    const from = reverse ? last + 1 : after;
    const scanned = rows.scan('entry', stand.line, {
      reverse,
      limit: limit - found.length,
      ...(Number.isFinite(from) && { after: padded(from) }),
    });
    for (const [item, value] of scanned)
      if (Number(item) <= last)
        found.push({ ...(JSON.parse(value as string) as Entry), position: Number(item) });
    if (found.length >= limit) break;
  }
  return found;
};
