import { resolve } from 'node:path';
import type { Artifact } from '../model/entity.ts';
import { storeFormat } from '../model/entity.ts';
import type { Transaction } from '../model/transaction.ts';
import { toSlug } from '../model/names.ts';
import { Bodies } from './bodies.ts';
import { DerivedIndex, noStore } from './derived-index.ts';
import { Fold } from './fold.ts';
import type { Facts } from './index/facts.ts';
import { newId } from './ids.ts';
import type { Oid, Person } from './object.ts';
import { Objects } from './objects.ts';
import { Queue } from './queue.ts';
import { mayMoveInProcess, readTip } from './refs.ts';
import { openRepository } from './repository.ts';
import type { Repository } from './repository.ts';
import { transact } from './transact.ts';
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
  readonly #writing: Writing;
  readonly #fold: Fold;
  #last: Promise<unknown> = Promise.resolve();

  constructor(repository: Repository, options: StoreOptions = {}) {
    const warn = options.warn ?? (() => undefined);
    const inProcess = mayMoveInProcess(repository);
    this.repository = repository;
    this.clock = options.clock ?? Date.now;
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

  /** Runs the body in one transaction: all of it in one commit, or nothing. The body is pure and may run more than once. */
  async write<T>(
    cause: Cause,
    body: (transaction: Transaction, time: string) => T,
  ): Promise<Committed<T>> {
    return this.#write(cause, (transaction, time) => {
      checkStore(transaction);
      return body(transaction, time);
    });
  }

  /** Makes the store; false when it is there already. */
  async create(agent: string, line: string): Promise<boolean> {
    const lead = toSlug(this.repository.config.get('user.name') ?? '');
    const { result } = await this.#write<boolean>({ agent, line }, (transaction, time) => {
      if (transaction.view.settings()) return false;
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

  async #write<T>(
    cause: Cause,
    body: (transaction: Transaction, time: string) => T,
  ): Promise<Committed<T>> {
    // One after the other: calls of one process need not race each other, and each has its whole time.
    const turn = this.#last.then(() => this.#transact(cause, body));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #transact<T>(
    cause: Cause,
    body: (transaction: Transaction, time: string) => T,
  ): Promise<Committed<T>> {
    if (cause.line !== 'main') throw noStore(cause.line);
    const now = this.clock();
    const time = Math.floor(now / 1000);
    const iso = `${new Date(time * 1000).toISOString().slice(0, 19)}Z`;
    const committed = await transact(this.#writing, {
      ...cause,
      op: newId(now),
      time,
      committer: this.#committer(cause.agent),
      body: (transaction) => body(transaction, iso),
    });
    if (committed.commit !== undefined) this.#fold.wrote();
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
