import type { Contract, Status } from '../../model/contract/contract.ts';
import { keysOf } from '../../model/contract/keys.ts';
import { isContractEventType, statusAfter } from '../../model/contract/status.ts';
import type { ContractEventType } from '../../model/contract/status.ts';
import type { Time } from '../../model/entity.ts';
import type { EventLine } from '../said.ts';
import type { Oid } from '../object.ts';
import { padded, readRow, writeRow } from './row-json.ts';
import type { Rows } from './rows.ts';

/** One step in a contract's life, as a commit tells it. */
export type Move = {
  readonly event: ContractEventType;
  readonly status: Status;
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

/** So many places of a list are read at once. */
const page = 64;

/** The contracts of the lines: as they are, the lists they stand in, and what happened to them. */
export class ContractFacts {
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  get(line: string, id: string): Contract | undefined {
    return readRow(this.#rows, 'contract', line, id);
  }

  put(line: string, contract: Contract): void {
    this.#unlist(line, contract.id);
    writeRow(this.#rows, 'contract', line, contract.id, contract);
    for (const [list, place] of keysOf(contract))
      this.#rows.put('listed', `${line} ${list}`, place, '');
  }

  remove(line: string, id: string): void {
    this.#unlist(line, id);
    this.#rows.delete('contract', line, id);
  }

  #unlist(line: string, id: string): void {
    const before = this.get(line, id);
    for (const [list, place] of before ? keysOf(before) : [])
      this.#rows.delete('listed', `${line} ${list}`, place);
  }

  *places(line: string, list: string): Generator<string> {
    const partition = `${line} ${list}`;
    let after: string | undefined;
    for (;;) {
      const found = this.#rows.scan('listed', partition, {
        limit: page,
        ...(after !== undefined && { after }),
      });
      for (const [place] of found) yield place;
      if (found.length < page) return;
      after = found.at(-1)?.[0];
    }
  }

  count(line: string, list: string): number {
    return this.#rows.count('listed', `${line} ${list}`);
  }

  /** What a commit says has happened to contracts; events that cannot happen leave no trace. */
  append(at: At, events: readonly EventLine[]): void {
    for (const [index, { type, subject, reason, cause }] of events.entries()) {
      if (!isContractEventType(type)) continue;
      const status = statusAfter(type, this.lastStatus(at.line, subject) ?? 'none');
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

  /** What happened to a contract, oldest first; with a limit, the last so many. */
  moves(line: string, id: string, limit?: number): Move[] {
    const found = this.#rows.scan('move', `${line} ${id}`, {
      reverse: true,
      ...(limit !== undefined && { limit }),
    });
    return found.map(([, value]) => JSON.parse(value as string) as Move).reverse();
  }

  /** The status that the history tells of. */
  lastStatus(line: string, id: string): Status | undefined {
    return this.moves(line, id, 1)[0]?.status;
  }
}
