import { createHash, randomBytes } from 'node:crypto';
import { heldBy } from '../../model/contract/claim.ts';
import { nextChance, workerOf } from '../../model/contract/claimable.ts';
import { count } from '../../model/text.ts';
import type { Store } from '../../store/store.ts';
import { holderOf } from './holder.ts';
import { cursorOf, newsOf, noteTold, wasTold } from '../inbox/news.ts';
import type { News } from '../inbox/news.ts';
import type { Notes } from './notes.ts';
import type { Context } from '../operation.ts';
import { readyFor } from '../team/state.ts';

/** Of several idle sessions of one name, the one that was woken has so long to take the work, in ms. */
const turn = 60_000;

/** A contract that became ready by this move: it wakes a session once, and again when it has been taken and given back. */
type Chance = { readonly id: string; readonly mark: string };

type Look = {
  readonly holds: boolean;
  readonly ready: readonly Chance[];
  readonly news: News | undefined;
  /** When time alone may bring something. */
  readonly next: string | undefined;
};

const look = async (context: Context, store: Store, agent: string): Promise<Look> => {
  const { line } = context;
  const [holder, cursor] = await Promise.all([holderOf(context), cursorOf(context, store, agent)]);
  const now = store.now();
  return store.look(line, (view, facts) => ({
    holds: heldBy(view, holder).length > 0,
    ready: readyFor({ view, now }, agent, 20, holder.session).map(({ id }) => ({
      id,
      mark: `${id} ${facts.contracts.moves(line, id, 1)[0]?.commit ?? ''}`,
    })),
    // Work that is ready wakes by itself, one session only.
    news: newsOf({ view, facts, line }, agent, cursor, ({ kind }) => kind !== 'contract-ready'),
    next: nextChance(view, workerOf(view, agent), now),
  }));
};

/** Whether this process may wake its session for it: one of the same name that did so just now is given time. */
export const takeTurn = (notes: Notes, mark: string, now: number): boolean => {
  const digest = createHash('sha256').update(mark).digest('hex').slice(0, 16);
  const name = (slot: number): string => `wake-${digest}-${slot}`;
  const slot = Math.floor(now / turn);
  notes.sweep('wake-', 10 * turn);
  const before = notes.read(name(slot - 1))?.['time'];
  if (typeof before === 'number' && now - before < turn) return false;
  return notes.add(name(slot), { time: now });
};

const note = 'woken';

/** What the session was woken for before: nothing wakes it twice. */
const wokenFor = (notes: Notes): readonly string[] => {
  const marks = notes.read(note)?.['marks'];
  return Array.isArray(marks) ? marks.filter((one) => typeof one === 'string') : [];
};

/** The line that wakes the session, if there is reason to. */
const reason = (context: Context, agent: string, { ready, news }: Look): string | undefined => {
  const { notes } = context.session();
  const marks = wokenFor(notes);
  const chances = [
    ...ready.map(({ id, mark }) => ({
      mark,
      news: undefined,
      text: `${id} is ready for ${agent}.`,
    })),
    ...(news && !wasTold(context.session(), news)
      ? [
          {
            mark: news.place.join(' '),
            news,
            text: `${agent} has ${said(news)} unread (latest: ${news.latest}).`,
          },
        ]
      : []),
  ];
  for (const { mark, text, news: told } of chances) {
    if (marks.includes(mark)) continue;
    if (!takeTurn(context.memory(agent), `${context.line} ${mark}`, Date.now())) continue;
    if (told) noteTold(context.session(), told);
    notes.write(note, { marks: [...marks, mark].slice(-100) });
    return text;
  }
  return undefined;
};

const said = ({ count: n, more }: News): string => `${more ? 'more than ' : ''}${count(n, 'item')}`;

/** Becomes the session's only one that waits to wake it; the function tells whether it still is. */
const waker = ({ notes }: { readonly notes: Notes }): (() => boolean) => {
  const mine = randomBytes(8).toString('hex');
  notes.write('waker', { waker: mine });
  return () => (notes.read('waker')?.['waker'] ?? mine) === mine;
};

/** The session ends: whoever waits for it goes. */
export const stopWaking = ({ notes }: { readonly notes: Notes }): void =>
  notes.write('waker', { waker: 'none' });

/**
 * Waits for what a session that works for the team should know while it is idle. Resolves with a line that says so; with undefined when
 * the time is up, a later wait took over, the session has work in hand, or nobody is there any more. Reads nothing, and moves no cursor.
 */
export const waitToWake = async (
  context: Context,
  seconds: number,
  alive: () => boolean,
): Promise<string | undefined> => {
  const deadline = Date.now() + seconds * 1000;
  const isMine = waker(context.session());
  const [store, agent] = await Promise.all([context.store(), context.agent()]);
  let seen: string | undefined;
  let alarm = 0;
  for (;;) {
    // Before the look: a move after it is noticed.
    const tip = await store.tip(context.line);
    const now = Date.now();
    if (!isMine() || !alive()) return undefined;
    if (tip !== seen || now >= alarm) {
      const found = await look(context, store, agent);
      if (found.holds) return undefined;
      const text = reason(context, agent, found);
      if (text !== undefined) return text;
      // A time of whole seconds is over when the next second has begun. What another session was woken for may be left over.
      const chance = found.next === undefined ? Infinity : Date.parse(found.next) + 1000;
      const left = found.ready.length + (found.news ? 1 : 0) > 0 ? now + turn + 1000 : Infinity;
      [seen, alarm] = [tip, Math.max(Math.min(chance, left), now + 50)];
    }
    if (now >= deadline) return undefined;
    await store.changed(context.line, tip, Math.min(deadline, alarm, Date.now() + 5_000));
  }
};
