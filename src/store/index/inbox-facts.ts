import type { Time } from '../../model/entity.ts';
import type { Message } from '../../model/message.ts';
import type { EventLine } from '../said.ts';
import type { Oid } from '../object.ts';
import type { At } from './contract-facts.ts';
import { padded, readRow, writeRow } from './row-json.ts';
import type { Rows } from './rows.ts';

/** Something that an agent, a role or everyone was told. */
export type Told = {
  readonly kind: string;
  readonly subject: string;
  readonly by: string;
  readonly time: Time;
  readonly commit: Oid;
  readonly position: number;
  /** Which of the commit's notices it is: with the commit, the place that a cursor holds. */
  readonly item: number;
  /** Counts what was told to this one, from 1. */
  readonly number: number;
  readonly reason?: string;
  readonly cause?: string;
  readonly copy?: true;
};

const itemOf = (position: number, item: number): string =>
  `${padded(position)} ${String(item).padStart(5, '0')}`;

/** What was told to whom, and the messages. */
export class InboxFacts {
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  append(at: At, events: readonly EventLine[]): void {
    let item = 0;
    for (const { notices, message, reason, cause } of events) {
      if (message) this.#appendMessage(at, message);
      for (const { to, kind, subject, copy } of notices) {
        const told: Told = {
          kind,
          subject,
          by: at.author,
          time: at.time,
          commit: at.oid,
          position: at.position,
          item,
          number: this.count(at.line, to) + 1,
          ...(reason !== undefined && { reason }),
          ...(cause !== undefined && { cause }),
          ...(copy && { copy }),
        };
        writeRow(this.#rows, 'told', `${at.line} ${to}`, itemOf(at.position, item), told);
        item += 1;
      }
    }
  }

  #appendMessage(at: At, message: Message): void {
    writeRow(this.#rows, 'message', at.line, message.id, message);
    this.#rows.put('sent-by', at.line, at.oid, message.id);
    this.#rows.put('thread', `${at.line} ${message.thread}`, message.id, '');
    const partition = `${at.line} ${message.from}`;
    writeRow(this.#rows, 'sent', partition, padded(at.position), at.time);
    if (message.replyTo !== undefined)
      this.#rows.put('reply', `${at.line} ${message.replyTo}`, padded(at.position), message.id);
  }

  message(line: string, id: string): Message | undefined {
    return readRow(this.#rows, 'message', line, id);
  }

  threadLength(line: string, thread: string): number {
    return this.#rows.count('thread', `${line} ${thread}`);
  }

  /** The message that a commit sent. */
  sentBy(line: string, commit: Oid): string | undefined {
    return this.#rows.get('sent-by', line, commit) as string | undefined;
  }

  /** The messages that answer this one, oldest first. */
  replies(line: string, id: string): Message[] {
    return this.#rows
      .scan('reply', `${line} ${id}`)
      .flatMap(([, reply]) => this.message(line, reply as string) ?? []);
  }

  sent(line: string, agent: string, limit: number): Time[] {
    return this.#rows
      .scan('sent', `${line} ${agent}`, { limit, reverse: true })
      .map(([, value]) => JSON.parse(value as string) as Time);
  }

  /** How many things this one was ever told. */
  count(line: string, to: string): number {
    const [last] = this.#rows.scan('told', `${line} ${to}`, { limit: 1, reverse: true });
    return last === undefined ? 0 : (JSON.parse(last[1] as string) as Told).number;
  }

  /** What this one was told after a place, oldest first. */
  told(
    line: string,
    to: string,
    limit: number,
    after?: { readonly position: number; readonly item: number },
  ): Told[] {
    const range = { limit, ...(after && { after: itemOf(after.position, after.item) }) };
    return this.#rows
      .scan('told', `${line} ${to}`, range)
      .map(([, value]) => JSON.parse(value as string) as Told);
  }

  /** The last things that this one was told, newest first. */
  newest(line: string, to: string, limit: number): Told[] {
    return this.#rows
      .scan('told', `${line} ${to}`, { limit, reverse: true })
      .map(([, value]) => JSON.parse(value as string) as Told);
  }
}
