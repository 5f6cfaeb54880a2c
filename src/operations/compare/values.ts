import { alike } from '../../model/compare/differences.ts';
import type { Differing } from '../../model/compare/differences.ts';
import { oneLine } from '../../model/text.ts';
import { nothing } from './words.ts';

/** So much of what two texts begin with alike is repeated, where they are too long to be shown whole. */
const lead = 20;

/** What either side has, on one line each. Of long texts that begin alike, from shortly before the first character that differs. */
export const valueTexts = (
  { left, right, cut }: Differing,
  limit: number,
): readonly [left: string, right: string] => {
  const [before, after] = [left, right].map((value) =>
    // What is cut is a part of JSON already.
    value === undefined || (cut && typeof value === 'string') ? value : JSON.stringify(value),
  );
  const long = (before?.length ?? 0) > limit || (after?.length ?? 0) > limit;
  const skip = long ? Math.max(0, alike(before, after) - lead) : 0;
  const text = (value: string | undefined): string => {
    if (value === undefined) return nothing;
    return skip === 0 ? oneLine(value, limit) : `…${oneLine(value.slice(skip), limit - 1)}`;
  };
  return [text(before), text(after)];
};
