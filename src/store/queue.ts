import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listIfThere, remove } from './disk.ts';
import type { SharedRows } from './index/rows.ts';
import { isDead, processMark } from './lock-owner.ts';

/** Waiting for a turn ends after this many milliseconds: the writer in front may be stopped. */
const patience = 2_000;

let counter = 0;

/**
 * The line of writers on one machine. It only saves them from getting in each other's way: the compare-and-swap of the ref alone keeps the
 * store right. Whoever waits holds a ticket, a file named by time of arrival; only the oldest ticket tries, so the turn is handed on in
 * order. Waiting is done here, never inside a native call.
 */
export class Queue {
  readonly #directory: string | undefined;
  /** Without a directory there is nobody else to wait for. */
  constructor(local: string | undefined) {
    this.#directory = local === undefined ? undefined : join(local, 'queue');
  }

  /** Becomes the writer of the rows; false when that took too long, or at once for a caller that has no patience left. */
  async enter(rows: SharedRows, patient: boolean): Promise<boolean> {
    if (!patient || this.#directory === undefined) return rows.tryBegin();
    if (listIfThere(this.#directory).length === 0 && rows.tryBegin()) return true;
    return this.#wait(rows, this.#directory);
  }

  async #wait(rows: SharedRows, directory: string): Promise<boolean> {
    const arrived = Date.now();
    const ticket = this.#take(directory, arrived);
    try {
      while (Date.now() - arrived < patience) {
        if (this.#isFirst(directory, ticket) && rows.tryBegin()) return true;
        await sleep(1);
      }
      return false;
    } finally {
      remove(join(directory, ticket));
    }
  }

  #take(directory: string, arrived: number): string {
    counter += 1;
    const ticket = `${String(arrived).padStart(14, '0')}-${String(counter).padStart(6, '0')}-${processMark()}`;
    fs.mkdirSync(directory, { recursive: true });
    fs.writeFileSync(join(directory, ticket), '');
    return ticket;
  }

  /** Tickets that outlived their patience, or their process, count for nothing. */
  #isFirst(directory: string, mine: string): boolean {
    const now = Date.now();
    for (const ticket of listIfThere(directory).sort()) {
      if (ticket === mine) return true;
      const age = now - Number(ticket.slice(0, 14));
      const mark = ticket.slice(22);
      if (age > patience + 500 || (age > 20 && isDead(mark))) remove(join(directory, ticket));
      else return false;
    }
    return true;
  }
}
