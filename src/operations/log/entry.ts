import { everyone } from '../../model/notice.ts';
import { saidByCommit } from '../../store/message.ts';
import type { EventLine } from '../../store/said.ts';
import type { Entry } from '../../store/index/records.ts';
import type { Store } from '../../store/store.ts';
import type { Drawn, Place } from './draw.ts';

/** An event of a transaction, with what was said of it and who was told. */
export type LogEvent = {
  readonly type: string;
  readonly subject: string;
  readonly reason?: string;
  readonly cause?: string;
  /** Agents and roles; `everyone` for a notice to all. Copies for information are left out. */
  readonly told?: readonly string[];
};

/** One transaction of the timeline. */
export type LogEntry = {
  readonly commit: string;
  readonly position: number;
  readonly agent: string;
  readonly time: string;
  readonly subject: string;
  /** What stands below the subject: a summary, a reason, a title, a message. An agent wrote it. */
  readonly text?: string;
  readonly events: readonly LogEvent[];
  /** It breaks the rules and was never applied. */
  readonly refused?: true;
  /** Where lines are drawn: its own, and where that comes from and goes to. */
  readonly line?: string;
  readonly forkedFrom?: Place;
  readonly mergedInto?: Place;
};

export type Placed = Entry & { readonly position: number };

type Shown = Placed & Partial<Drawn>;

/** The index knows the names of the events; why they happened and who was told is read from the commits, a page of them. */
export const entriesOf = async (
  store: Store,
  placed: readonly Shown[],
): Promise<readonly LogEntry[]> => {
  const commits = await store.objects.readAll(placed.map(({ oid }) => oid));
  return placed.map((entry, index) => {
    const { oid, position, agent, time, subject, refused } = entry;
    const { line, forkedFrom, mergedInto } = entry;
    const { happened, text } = saidByCommit(commits[index]?.body ?? Buffer.alloc(0), agent);
    return {
      commit: oid,
      position,
      agent,
      time,
      subject,
      ...(text !== undefined && { text }),
      events: refused ? [] : happened.map(eventOf),
      ...(refused && { refused }),
      ...(line !== undefined && { line }),
      ...(forkedFrom && { forkedFrom }),
      ...(mergedInto && { mergedInto }),
    };
  });
};

const eventOf = ({ type, subject, reason, cause, notices }: EventLine): LogEvent => {
  const told = notices
    .filter(({ copy }) => !copy)
    .map(({ to }) => (to === everyone ? 'everyone' : to));
  return {
    type,
    subject,
    ...(reason !== undefined && { reason }),
    ...(cause !== undefined && { cause }),
    ...(told.length > 0 && { told }),
  };
};
