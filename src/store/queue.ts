import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listIfThere, removeQuietly } from './disk.ts';
import type { SharedRows } from './index/rows.ts';
import { isDead, processMark } from './lock-owner.ts';
import type { Repository } from './repository.ts';
import { makeDirectory, share } from './shared.ts';

/** Waiting for a turn ends after this many milliseconds: the writer in front may be stopped, and nobody is to be held up for three seconds. */
const patience = 1_500;

/** Those that go on without the rows still go one after the other: this long is waited for the ones before. */
const grace = 500;

/** A place at the head of the queue, as the writer of the rows or without them. It has to be left when the work is done. */
export type Turn = { readonly writer: boolean; leave(): void };

let counter = 0;

/**
 * The line of writers on one machine. It only saves them from getting in each other's way: the compare-and-swap of the ref alone keeps the
 * store right. Whoever waits holds a ticket, a file named by time of arrival; only the oldest ticket tries, so the turn is handed on in
 * order. Waiting is done here, never inside a native call.
 */
export class Queue {
  readonly #repository: Repository;
  readonly #directory: string | undefined;
  /** When the system was last asked whether a waiting process is alive. */
  #asked = 0;

  /** Without shared rows there is nobody else to wait for. */
  constructor(repository: Repository, shared: boolean) {
    this.#repository = repository;
    this.#directory = shared ? join(repository.local, 'queue') : undefined;
  }

  /** Waits to become the writer of the rows; not the writer when that took too long, or soon for a caller that has no patience left. */
  async enter(rows: SharedRows, patient: boolean): Promise<Turn> {
    const nothing = (): void => undefined;
    if (this.#directory === undefined) return { writer: rows.tryBegin(), leave: nothing };
    if ((!patient || listIfThere(this.#directory).length === 0) && rows.tryBegin())
      return { writer: true, leave: nothing };
    return this.#wait(rows, this.#directory, patient ? patience : 0);
  }

  async #wait(rows: SharedRows, directory: string, longest: number): Promise<Turn> {
    const arrived = Date.now();
    const ticket = this.#take(directory, arrived);
    const leave = (): void => removeQuietly(join(directory, ticket));
    try {
      for (let waited = 0; waited < longest + grace; waited = Date.now() - arrived) {
        const ahead = this.#ahead(directory, ticket);
        if (ahead === 0 && rows.tryBegin()) {
          leave();
          return { writer: true, leave };
        }
        if (ahead === 0 && waited >= longest) break;
        // Whoever stands further back looks less often: looking takes time from those who work.
        await sleep(1 + 2 * Math.min(ahead, 10));
      }
      return { writer: false, leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  #take(directory: string, arrived: number): string {
    counter += 1;
    const ticket = `${String(arrived).padStart(14, '0')}-${String(counter).padStart(6, '0')}-${processMark()}`;
    makeDirectory(this.#repository, directory);
    fs.writeFileSync(join(directory, ticket), '');
    share(this.#repository, join(directory, ticket));
    return ticket;
  }

  /** How many wait in front. Tickets that outlived their patience, or their process, count for nothing. */
  #ahead(directory: string, mine: string): number {
    const now = Date.now();
    let ahead = 0;
    for (const ticket of listIfThere(directory).sort()) {
      if (ticket === mine) break;
      if (this.#isOver(ticket, now)) removeQuietly(join(directory, ticket));
      else ahead += 1;
    }
    return ahead;
  }

  #isOver(ticket: string, now: number): boolean {
    const age = now - Number(ticket.slice(0, 14));
    if (age > patience + 2 * grace) return true;
    if (age < 20 || now - this.#asked < 50) return false;
    this.#asked = now;
    return isDead(ticket.slice(22));
  }
}
