import { invalid } from '../../model/error.ts';
import { checkLine } from '../../model/names.ts';
import { shown } from '../../model/text.ts';
import type { Facts } from '../../store/index/facts.ts';
import type { Drawn } from './draw.ts';
import type { Placed } from './entry.ts';
import { isQuiet, looked, matches } from './find.ts';
import type { Wanted } from './find.ts';

/** A transaction with its line and what a drawing needs to know of it. */
export type OnLine = Placed & Drawn;

export type FoundOnLines = {
  readonly entries: readonly OnLine[];
  readonly hidden: number;
  readonly cursor?: string;
  readonly left: number;
  readonly total: number;
};

/** A line as far as it has not been shown: `next` is its newest transaction, `floor` where it began. */
type Course = {
  readonly line: string;
  next: number;
  readonly floor: number;
  readonly from?: { readonly line: string; readonly position: number };
  readonly merged?: { readonly line: string; readonly position: number; readonly tip: number };
};

/** Main with all replays that are open or part of it, or a replay with what it came from; newest first, no line before what it led to. */
export const findOnLines = (
  facts: Facts,
  wanted: Wanted,
  cursor: string | undefined,
): FoundOnLines => {
  const courses = coursesOf(facts, wanted.line);
  const total = rest(courses);
  if (cursor !== undefined) goOn(courses, cursor);
  const entries: OnLine[] = [];
  let [hidden, steps] = [0, 0];
  for (;;) {
    const found = newest(facts, courses);
    if (!found) return { entries, hidden, left: 0, total };
    const { course, entry } = found;
    const isWanted = matches(entry, wanted);
    if (steps === looked || (isWanted && entries.length === wanted.limit)) break;
    if (isWanted) entries.push(entry);
    else if (isQuiet(entry) && matches(entry, { ...wanted, all: true })) hidden += 1;
    course.next -= 1;
    steps += 1;
  }
  return { entries, hidden, cursor: cursorOf(courses), left: rest(courses), total };
};

const rest = (courses: readonly Course[]): number =>
  courses.reduce((sum, { next, floor }) => sum + next - floor, 0);

const coursesOf = (facts: Facts, line: string): Course[] => {
  const head = facts.head(line)?.position ?? 0;
  if (line !== 'main')
    return facts.lines.course(line).map((stand): Course => {
      const from = facts.lines.fork(stand.line);
      const next = Math.min(stand.position, head);
      return { line: stand.line, next, floor: from?.position ?? 0, ...(from && { from }) };
    });
  const merges = facts.lines.merges(line);
  const replays = facts.lines.forks().flatMap(({ replay, ...from }): Course[] => {
    const merge = merges.find(({ merged }) => merged.line === replay);
    const next = merge?.merged.position ?? facts.head(replay)?.position;
    if (next === undefined) return [];
    const merged = merge && { line, position: merge.position, tip: next };
    return [{ line: replay, next, floor: from.position, from, ...(merged && { merged }) }];
  });
  return [...replays, { line, next: head, floor: 0 }];
};

/** The newest transaction that may come next: not one from which a line begins that is not shown yet, and none of a line whose merge is not. */
const newest = (
  facts: Facts,
  courses: readonly Course[],
): { readonly course: Course; readonly entry: OnLine } | undefined => {
  let best: { readonly course: Course; readonly entry: OnLine } | undefined;
  for (const course of courses) {
    if (!isFree(course, courses)) continue;
    const entry = facts.entry(course.line, course.next);
    if (entry && (!best || entry.latest > best.entry.latest))
      best = { course, entry: { ...entry, ...placeOf(course) } };
  }
  return best;
};

const isFree = ({ line, next, floor, merged }: Course, courses: readonly Course[]): boolean => {
  if (next <= floor) return false;
  const above = merged && courses.find((one) => one.line === merged.line);
  if (merged && above && above.next >= merged.position) return false;
  return !courses.some(
    (one) => one.from?.line === line && one.from.position >= next && one.next > one.floor,
  );
};

const placeOf = ({ line, next, floor, from, merged }: Course): Drawn => ({
  line,
  position: next,
  ...(from && next === floor + 1 && { forkedFrom: { line: from.line, position: from.position } }),
  ...(merged?.tip === next && { mergedInto: { line: merged.line, position: merged.position } }),
});

/** main@12,replay/graphql@7: the next transaction of each line that has some left. */
const cursorOf = (courses: readonly Course[]): string =>
  courses
    .filter(({ next, floor }) => next > floor)
    .map(({ line, next }) => `${line}@${next}`)
    .join(',');

const goOn = (courses: readonly Course[], cursor: string): void => {
  const places = new Map(
    cursor.split(',').map((text) => {
      const [, line = '', position = ''] = /^(.{1,80})@([1-9]\d{0,9})$/.exec(text) ?? [];
      if (position === '')
        throw invalid('cursor', 'what the page before named, such as main@12', shown(cursor));
      return [checkLine(line), Number(position)] as const;
    }),
  );
  for (const course of courses)
    course.next = Math.max(
      course.floor,
      Math.min(course.next, places.get(course.line) ?? course.floor),
    );
};
