import { resolve } from 'node:path';
import type { Conditions } from '../model/condition.ts';
import type { Artifact } from '../model/entity.ts';
import { storeFormat } from '../model/entity.ts';
import { Transaction } from '../model/transaction.ts';
import type { View } from '../model/view.ts';
import { toSlug } from '../model/names.ts';
import { Bodies } from './bodies.ts';
import { digest } from './build.ts';
import { moveCursor, readCursor } from './cursor.ts';
import type { Cursor } from './cursor.ts';
import { DerivedIndex, noStore } from './derived-index.ts';
import { Fold } from './fold.ts';
import { isoTime } from './history.ts';
import type { Facts } from './index/facts.ts';
import { IndexView } from './index/index-view.ts';
import { newId } from './ids.ts';
import { lineRef } from './layout.ts';
import { LazyConditions } from './lazy-conditions.ts';
import type { Oid, Person } from './object.ts';
import { Objects } from './objects.ts';
import { Queue } from './queue.ts';
import { mayMoveInProcess, readTip } from './refs.ts';
import { openRepository } from './repository.ts';
import type { Repository } from './repository.ts';
import { transact } from './transact.ts';
import { Missing } from './tree.ts';
import { changed, wake } from './wake.ts';
import type { Committed, Writing } from './transact.ts';

export type StoreOptions = {
  /** Milliseconds since 1970; the clock of the machine by default. */
  readonly clock?: () => number;
  /** Told of what went wrong without harm; the default is silence. */
  readonly warn?: (text: string) => void;
  /** The directory whose git user signs, where the store is apart from it. */
  readonly caller?: string;
  /** Keep the derived index in this process's memory. */
  readonly memory?: boolean;
  /** Loads what evaluates the conditions of contracts; without it, none holds. */
  readonly conditions?: () => Promise<Conditions>;
  /** The artifact types that come with Concord. */
  readonly types?: readonly string[];
};

export type Cause = {
  readonly agent: string;
  readonly line: string;
  /** Makes a repeated call return the first result: hashes of the key and of the input. */
  readonly key?: { readonly hash: string; readonly input: string } | undefined;
};

/** An open store. Close it when done: it may hold a git process and an index file. */
export class Store {
  readonly repository: Repository;
  readonly objects: Objects;
  readonly index: DerivedIndex;
  readonly bodies: Bodies;
  readonly clock: () => number;
  readonly conditions: LazyConditions;
  readonly #shipped: readonly string[];
  readonly #writing: Writing;
  readonly #fold: Fold;
  #last: Promise<unknown> = Promise.resolve();

  constructor(repository: Repository, options: StoreOptions = {}) {
    const warn = options.warn ?? (() => undefined);
    const inProcess = mayMoveInProcess(repository);
    this.repository = repository;
    this.clock = options.clock ?? Date.now;
    this.#shipped = options.types ?? [];
    this.conditions = new LazyConditions(options.conditions);
    this.objects = new Objects(repository.gitDir);
    this.index = new DerivedIndex({
      repository,
      objects: this.objects,
      tip: (ref) => readTip(repository, ref),
      warn,
      ...(options.memory && { memory: true }),
    });
    this.bodies = new Bodies(this.objects, this.index);
    const queue = new Queue(repository, this.index.disk !== undefined);
    this.#writing = {
      repository,
      objects: this.objects,
      index: this.index,
      queue,
      inProcess,
      warn,
    };
    this.#fold = new Fold(repository, this.objects, warn);
  }

  /** One consistent look at a line. */
  read<T>(line: string, body: (facts: Facts) => T): Promise<T> {
    return this.index.read(line, body);
  }

  /** One consistent look at a line's state as the rules see it; files that it needs are loaded on the way. */
  look<T>(line: string, body: (view: View, facts: Facts) => T): Promise<T> {
    return this.conditions.loading(() => this.#look(line, body));
  }

  async #look<T>(line: string, body: (view: View, facts: Facts) => T): Promise<T> {
    for (;;) {
      try {
        return await this.read(line, (facts) =>
          body(new IndexView(facts, line, (oid) => this.objects.cached(oid)), facts),
        );
      } catch (error) {
        if (!(error instanceof Missing)) throw error;
        await this.objects.read(error.oid);
      }
    }
  }

  /** Runs a body as if in a transaction; nothing of it is kept. */
  trial<T>(
    { agent, line }: Pick<Cause, 'agent' | 'line'>,
    body: (transaction: Transaction) => T,
  ): Promise<T> {
    const now = this.clock();
    const { conditions } = this;
    const types = { shipped: this.#shipped };
    const circumstances = { agent, op: newId(now), time: this.now(), conditions, types, digest };
    return this.look(line, (view) => body(new Transaction(view, circumstances)));
  }

  /** The time now, as it is written. */
  now(): string {
    return isoTime(Math.floor(this.clock() / 1000));
  }

  /** Runs the body in one transaction: all of it in one commit, or nothing. The body is pure and may run more than once. */
  async write<T>(cause: Cause, body: (transaction: Transaction) => T): Promise<Committed<T>> {
    return this.#write(cause, (transaction) => {
      checkStore(transaction);
      return body(transaction);
    });
  }

  /** Makes the store; false when it is there already. */
  async create(agent: string, line: string): Promise<boolean> {
    const lead = toSlug(this.repository.config.get('user.name') ?? '');
    const { result } = await this.#write<boolean>({ agent, line }, (transaction) => {
      if (transaction.view.settings()) return false;
      const { time } = transaction.circumstances;
      transaction.append([
        {
          type: 'store-created',
          settings: { format: storeFormat, created: time, ...(lead && { lead }) },
        },
      ]);
      return true;
    });
    return result === true;
  }

  async #write<T>(cause: Cause, body: (transaction: Transaction) => T): Promise<Committed<T>> {
    // One after the other: calls of one process need not race each other, and each has its whole time.
    const turn = this.#last.then(() => this.conditions.loading(() => this.#transact(cause, body)));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #transact<T>(cause: Cause, body: (transaction: Transaction) => T): Promise<Committed<T>> {
    if (cause.line !== 'main') throw noStore(cause.line);
    const now = this.clock();
    const committed = await transact(this.#writing, {
      ...cause,
      op: newId(now),
      time: Math.floor(now / 1000),
      committer: this.#committer(cause.agent),
      conditions: this.conditions,
      types: { shipped: this.#shipped },
      body,
    });
    if (committed.commit !== undefined) {
      wake(this.repository);
      this.#fold.wrote();
    }
    return committed;
  }

  /** The accountable human: the git user, or the agent where none is configured. */
  #committer(agent: string): Person {
    const { config } = this.repository;
    return {
      name: config.get('user.name') || agent,
      email: config.get('user.email') || 'no-reply@concord.invalid',
    };
  }

  /** The line's newest commit. */
  tip(line: string): Promise<Oid | undefined> {
    return readTip(this.repository, lineRef(line));
  }

  /** Resolves when the line may have moved on from a tip, at `until` (ms since 1970), or when the signal aborts. */
  changed(
    line: string,
    tip: Oid | undefined,
    until: number,
    signal?: AbortSignal,
  ): Promise<boolean> {
    return changed(this.repository, lineRef(line), tip, { until, ...(signal && { signal }) });
  }

  /** How far an agent has read its inbox on a line. */
  cursor(line: string, agent: string): Promise<{ cursor: Cursor; oid: Oid } | undefined> {
    return readCursor(this.repository, this.objects, line, agent);
  }

  moveCursor(line: string, agent: string, cursor: Cursor, from: Oid | undefined): Promise<boolean> {
    return moveCursor(this.repository, this.objects, line, agent, cursor, from);
  }

  /** An artifact's version as its file has it. */
  artifact(blob: Oid): Promise<Artifact> {
    return this.bodies.read(blob);
  }

  /** The commit that a snapshot's tag points to. */
  async tagged(name: string): Promise<Oid | undefined> {
    const tag = `refs/tags/concord/${name}`;
    return (await this.objects.find(`${tag}^{commit}`))?.oid;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#fold.finish();
    this.objects.close();
    this.index.close();
  }
}

const checkStore = ({ view }: Transaction): void => {
  if (!view.settings()) throw noStore('main');
};

/** Opens the store of the repository that a directory lies in. That it holds a store is found out at the first read or write. */
export const openStore = async (directory: string, options: StoreOptions = {}): Promise<Store> =>
  new Store(await openRepository(resolve(directory), options.caller), options);
