import { isContractEvent, isLineEvent } from '../model/event.ts';
import type { Event } from '../model/event.ts';
import type { LineEvent } from '../model/line/line.ts';
import type { Message } from '../model/message.ts';
import type { Usage } from '../model/budget/spending.ts';
import type { Notice } from '../model/notice.ts';
import type { Json } from '../model/json.ts';
import { oneLine } from '../model/text.ts';
import { parseUsage, usageLine } from './usage-line.ts';

/** An event of a commit, with what the trailers after it say. */
export type EventLine = {
  readonly type: string;
  readonly subject: string;
  readonly reason?: string;
  readonly cause?: string;
  readonly notices: readonly Notice[];
  readonly message?: Message;
  /** The status that a restored contract has. */
  readonly status?: string;
  /** The commit that the event points to: what a snapshot stands for, where a line went back to or began, the end of a replay. */
  readonly commit?: string;
  /** What a person calls that commit. */
  readonly from?: string;
  readonly label?: string;
  readonly summary?: string;
  /** What a replay changed of its contracts, as JSON. */
  readonly overrides?: string;
  /** Versions whose numbers are used up. */
  readonly used?: readonly string[];
  readonly usage?: Usage;
};

/** The trailers that follow an event: its reason, what led to it, a message. */
export const saidTrailers = (event: Event): string[] => {
  if (event.type === 'message-sent') return messageTrailers(event.message);
  if (event.type === 'usage-recorded') return [`Concord-Usage: ${usageLine(event.usage)}`];
  const reason = 'reason' in event ? event.reason : undefined;
  const cause = isContractEvent(event) ? event.cause : undefined;
  const status = event.type === 'contract-restored' ? event.contract.status : undefined;
  return [
    ...(isLineEvent(event) ? lineTrailers(event) : []),
    ...(status === undefined ? [] : [`Concord-Status: ${status}`]),
    ...(reason === undefined ? [] : [`Concord-Reason: ${oneLine(reason, 1000)}`]),
    ...(cause === undefined ? [] : [`Concord-Cause: ${cause}`]),
  ];
};

/** What happened to a line as a whole. */
const lineTrailers = (event: LineEvent): string[] => {
  switch (event.type) {
    case 'snapshot-created': {
      const { commit, label, summary } = event.snapshot;
      return [
        ...(commit === undefined ? [] : [`Concord-Commit: ${commit}`]),
        ...(label === undefined ? [] : [`Concord-Label: ${oneLine(label, 500)}`]),
        `Concord-Summary: ${oneLine(summary, 500)}`,
      ];
    }
    case 'line-rolled-back':
      return [`Concord-Commit: ${event.to.commit}`];
    case 'replay-started':
      return [
        `Concord-Commit: ${event.from.commit}`,
        `Concord-From: ${oneLine(event.from.name, 200)}`,
        `Concord-Overrides: ${asciiJson(event.overrides)}`,
      ];
    case 'replay-adopted':
    case 'replay-dropped':
      return [
        `Concord-Commit: ${event.tip}`,
        ...(event.used && event.used.length > 0 ? [`Concord-Used: ${event.used.join(' ')}`] : []),
      ];
    default:
      return [];
  }
};

export const noticeLine = ({ to, kind, subject, copy }: Notice): string =>
  `${to} ${kind} ${subject}${copy ? ' (copy)' : ''}`;

const messageTrailers = ({ id, to, ask, replyTo, thread, length, text }: Message): string[] => [
  `Concord-Message: ${id} ${to} ${thread} ${length}${ask ? ' (ask)' : ''}`,
  ...(replyTo === undefined ? [] : [`Concord-Reply-To: ${replyTo}`]),
  `Concord-Text: ${asciiJson(text)}`,
];

/** A value as JSON of plain characters only, on one line and without double spaces, so that it is read back as it was. */
const asciiJson = (value: Json): string =>
  JSON.stringify(value)
    .replace(/[^\u0020-\u007e]/g, escapeUnit)
    .replace(/ (?= |")/g, '\\u0020');

const escapeUnit = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

type Trailer = { readonly key: string; readonly value: string };

type Growing = {
  -readonly [K in keyof EventLine]: EventLine[K];
} & { notices: Notice[]; readonly parts: Map<string, string> };

/** Events with what follows each, from the trailers of a commit by this author. */
export const parseEvents = (trailers: readonly Trailer[], author: string): EventLine[] => {
  const events: Growing[] = [];
  for (const { key, value } of trailers) {
    const current = events.at(-1);
    if (key === 'Event') {
      const [type = ''] = value.split(' ', 1);
      const subject = value.slice(type.length + 1);
      events.push({ type, subject, notices: [], parts: new Map() });
    } else if (key === 'Notify') current?.notices.push(...parseNotice(value));
    else current?.parts.set(key, value);
  }
  return events.map(({ parts, ...event }) => {
    const [reason, cause] = [parts.get('Reason'), parts.get('Cause')];
    const message = event.type === 'message-sent' ? parseMessageParts(parts, author) : undefined;
    const usage = event.type === 'usage-recorded' ? parseUsage(parts.get('Usage')) : undefined;
    return {
      ...event,
      ...named(parts),
      ...(reason !== undefined && { reason }),
      ...(cause !== undefined && { cause }),
      ...(message && { message }),
      ...(usage && { usage }),
    };
  });
};

/** Trailers that are kept as they are, by the field they become. */
const fields = {
  status: 'Status',
  commit: 'Commit',
  from: 'From',
  label: 'Label',
  summary: 'Summary',
  overrides: 'Overrides',
} as const satisfies Partial<Record<keyof EventLine, string>>;

const named = (parts: ReadonlyMap<string, string>): Partial<EventLine> => {
  const used = parts.get('Used')?.split(' ');
  const said = Object.entries(fields).flatMap(([field, key]) => {
    const value = parts.get(key);
    return value === undefined ? [] : [[field, value] as const];
  });
  return { ...Object.fromEntries(said), ...(used && { used }) };
};

const parseNotice = (value: string): Notice[] => {
  const [to, kind, subject, mark] = value.split(' ');
  return to && kind && subject
    ? [{ to, kind, subject, ...(mark === '(copy)' && { copy: true as const }) }]
    : [];
};

const parseMessageParts = (
  parts: ReadonlyMap<string, string>,
  author: string,
): Message | undefined => {
  const [id, to, thread, length, mark] = parts.get('Message')?.split(' ') ?? [];
  const text = parseText(parts.get('Text'));
  const replyTo = parts.get('Reply-To');
  if (!id || !to || !thread || text === undefined) return undefined;
  return {
    id,
    from: author,
    to,
    text,
    ...(mark === '(ask)' && { ask: true as const }),
    ...(replyTo !== undefined && { replyTo }),
    thread,
    length: Number(length) || 1,
  };
};

const parseText = (json: string | undefined): string | undefined => {
  try {
    const text: unknown = JSON.parse(json ?? '');
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
};
