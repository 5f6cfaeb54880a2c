import type { Contract, Status } from '../../model/contract/contract.ts';
import { keysOf } from '../../model/contract/keys.ts';
import type { Key } from '../../model/contract/keys.ts';
import { isContractEventType, statusAfter } from '../../model/contract/status.ts';
import type { ContractEventType } from '../../model/contract/status.ts';
import type { Time } from '../../model/entity.ts';
import type { EventLine } from '../said.ts';
import type { Oid } from '../object.ts';
import type { LineFacts } from './line-facts.ts';
import { list } from './listed.ts';
import { padded, readRow, writeRow } from './row-json.ts';
import type { Rows } from './rows.ts';

/** One step in a contract's life, as a commit tells it. */
export type Move = {
  readonly event: ContractEventType;
  readonly status: Status | 'none';
  readonly by: string;
  readonly time: Time;
  readonly commit: Oid;
  readonly reason?: string;
  readonly cause?: string;
};

/** Where a commit stands, and who made it when. */
export type At = {
  readonly line: string;
  readonly position: number;
  readonly author: string;
  readonly time: Time;
  readonly oid: Oid;
};

/** The contracts of the lines: as they are, the lists they stand in, and what happened to them. */
export class ContractFacts {
  readonly #rows: Rows;

  readonly #lines: LineFacts;

  constructor(rows: Rows, lines: LineFacts) {
    this.#rows = rows;
    this.#lines = lines;
  }

  get(line: string, id: string): Contract | undefined {
    return readRow(this.#rows, 'contract', line, id);
  }

  put(line: string, contract: Contract): void {
    list(this.#rows, line, this.#keys(line, contract.id), keysOf(contract));
    writeRow(this.#rows, 'contract', line, contract.id, contract);
  }

  remove(line: string, id: string): void {
    list(this.#rows, line, this.#keys(line, id), []);
    this.#rows.delete('contract', line, id);
  }

  #keys(line: string, id: string): readonly Key[] {
    const before = this.get(line, id);
    return before ? keysOf(before) : [];
  }

  /** How many stand in a list. */
  count(line: string, name: string): number {
    return this.#rows.count('listed', `${line} ${name}`);
  }

  /** What a commit says has happened to contracts; events that cannot happen leave no trace. */
  append(at: At, events: readonly EventLine[]): void {
    for (const [index, { type, subject, reason, cause, status: stated }] of events.entries()) {
      if (!isContractEventType(type)) continue;
      const status = statusAfter(type, this.lastStatus(at.line, subject) ?? 'none', stated);
      if (status === undefined) continue;
      const move: Move = {
        event: type,
        status,
        by: at.author,
        time: at.time,
        commit: at.oid,
        ...(reason !== undefined && { reason }),
        ...(cause !== undefined && { cause }),
      };
      const item = `${padded(at.position)} ${String(index).padStart(5, '0')}`;
      writeRow(this.#rows, 'move', `${at.line} ${subject}`, item, move);
    }
  }

  /** What happened to a contract up to a position, oldest first; with a limit, the last so many. On a replay, also before its fork. */
  moves(line: string, id: string, limit?: number, position = Infinity): Move[] {
    const found: Move[] = [];
    for (const stand of this.#lines.course(line, position)) {
      const rows = this.#rows.scan('move', `${stand.line} ${id}`, {
        reverse: true,
        ...(limit !== undefined && { limit: limit - found.length }),
        ...(stand.position !== Infinity && { after: padded(stand.position + 1) }),
      });
      found.push(...rows.map(([, value]) => JSON.parse(value as string) as Move));
      if (limit !== undefined && found.length >= limit) break;
    }
    return found.reverse();
  }

  /** Where on the line something happened to a contract, oldest first. */
  positions(line: string, id: string): number[] {
    const found = this.#lines.course(line).flatMap((stand) =>
      this.#rows
        .scan('move', `${stand.line} ${id}`)
        .map(([item]) => Number(item.split(' ')[0]))
        .filter((position) => position <= stand.position),
    );
    return [...new Set(found)].sort((a, b) => a - b);
  }

  /** The status that the history tells of; undefined for a contract that is not there. */
  lastStatus(line: string, id: string): Status | undefined {
    const status = this.moves(line, id, 1)[0]?.status;
    return status === 'none' ? undefined : status;
  }
}
