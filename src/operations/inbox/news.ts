import { oneLine } from '../../model/text.ts';
import type { View } from '../../model/view.ts';
import type { Facts } from '../../store/index/facts.ts';
import type { Told } from '../../store/index/inbox-facts.ts';
import type { Store } from '../../store/store.ts';
import type { Context } from '../operation.ts';
import type { Session } from '../session/session.ts';
import { itemOf } from './item.ts';
import { countLimit, isReady, placeOf, toldAfter } from './unread.ts';

/** What an agent has not read, in a few words. */
export type News = {
  readonly count: number;
  readonly more: boolean;
  /** Who did what, in Concord's own words. */
  readonly latest: string;
  /** Where the newest of it stands: the line, the position, the item. */
  readonly place: readonly [line: string, position: number, item: number];
};

type Looking = { readonly view: View; readonly facts: Facts; readonly line: string };

/** Of what was told after this cursor; `wanted` leaves out what is no news to the caller. */
export const newsOf = (
  { view, facts, line }: Looking,
  agent: string,
  cursor: { readonly commit: string; readonly item: number } | undefined,
  wanted: (told: Told) => boolean = () => true,
): News | undefined => {
  const after = placeOf(facts, line, cursor);
  const unread = toldAfter(facts, view, line, agent, { after }).filter(
    (told) =>
      wanted(told) && (told.kind !== 'contract-ready' || isReady(facts, line, told.subject)),
  );
  const last = unread.at(-1);
  if (!last) return undefined;
  const { from, text } = itemOf(last, view);
  return {
    count: Math.min(unread.length, countLimit),
    more: unread.length > countLimit,
    latest: oneLine(`${from}: ${text}`, 120),
    place: [line, last.position, last.item],
  };
};

/** How far the agent has read: what the last reply showed counts as read, though nothing has proved yet that it arrived. */
export const cursorOf = async (
  context: Context,
  store: Store,
  agent: string,
): Promise<{ readonly commit: string; readonly item: number } | undefined> => {
  const shown = context
    .session()
    .delivered()
    .find((one) => one.agent === agent && one.line === context.line);
  return shown ?? (await store.cursor(context.line, agent))?.cursor;
};

const note = 'told';

/** Whether the session was told already, in whatever way, that there is this to read, or something newer. */
export const wasTold = (
  { notes }: Pick<Session, 'notes'>,
  { place: [line, position, item] }: News,
): boolean => {
  const { line: of, position: at, item: last } = notes.read(note) ?? {};
  if (of !== line || typeof at !== 'number' || typeof last !== 'number') return false;
  return position < at || (position === at && item <= last);
};

export const noteTold = (
  { notes }: Pick<Session, 'notes'>,
  { place: [line, position, item] }: News,
): void => notes.write(note, { line, position, item });

/** What the calling session's agent has not read. */
export const newsFor = async (context: Context): Promise<News | undefined> => {
  const [store, agent] = await Promise.all([context.store(), context.agent()]);
  const cursor = await cursorOf(context, store, agent);
  const { line } = context;
  return store.look(line, (view, facts) => newsOf({ view, facts, line }, agent, cursor));
};
