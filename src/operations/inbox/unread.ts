import type { View } from '../../model/view.ts';
import { everyone } from '../../model/notice.ts';
import type { Facts } from '../../store/index/facts.ts';
import type { Told } from '../../store/index/inbox-facts.ts';

/** A place in the course of a line: how far somebody has read. */
export type Place = { readonly position: number; readonly item: number };

/** So many are counted exactly; beyond it, "more than". */
export const countLimit = 100;

/** What an agent was told after a place, or last: under its name, its role and as one of all, oldest first. */
export const toldAfter = (
  facts: Facts,
  view: View,
  line: string,
  agent: string,
  which: { readonly after?: Place | undefined; readonly newest?: number },
): Told[] => {
  const { role, registered } = view.agent(agent) ?? {};
  const told = (to: string): Told[] =>
    which.newest === undefined
      ? facts.inbox.told(line, to, countLimit + 1, which.after)
      : facts.inbox.newest(line, to, which.newest);
  const own = told(agent);
  const others = [everyone, ...(role === undefined || role === agent ? [] : [role])];
  const shared = others.flatMap((to) =>
    told(to).filter(
      ({ by, time, kind, subject }) =>
        by !== agent &&
        // What was said to all before somebody joined was not said to it, and work that others have taken is no news.
        (registered === undefined || time >= registered) &&
        (kind !== 'contract-ready' || isReady(facts, line, subject)),
    ),
  );
  return [...own, ...shared].sort((a, b) => a.position - b.position || a.item - b.item);
};

/** Work that was ready once is news only while it is. */
export const isReady = (facts: Facts, line: string, id: string): boolean =>
  facts.contracts.lastStatus(line, id) === 'ready';

/** Where the cursor stands: past so many items of a commit. A commit that is not on this line is no place. */
export const placeOf = (
  facts: Facts,
  line: string,
  cursor: { readonly commit: string; readonly item: number } | undefined,
): Place | undefined => {
  const place = cursor && facts.place(cursor.commit);
  return cursor && place?.line === line
    ? { position: place.position, item: cursor.item - 1 }
    : undefined;
};
