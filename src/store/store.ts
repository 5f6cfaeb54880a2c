import { resolve } from 'node:path';
import type { Conditions } from '../model/condition.ts';
import type { Artifact } from '../model/entity.ts';
import { storeFormat } from '../model/entity.ts';
import type { Circumstances } from '../model/react.ts';
import { Transaction } from '../model/transaction.ts';
import type { View } from '../model/view.ts';
import { toSlug } from '../model/names.ts';
import { Bodies } from './bodies.ts';
import { digest } from './build.ts';
import type { Built, Request } from './build.ts';
import { moveCursor, readCursor } from './cursor.ts';
import type { Cursor } from './cursor.ts';
import { DerivedIndex } from './derived-index.ts';
import type { IndexParts } from './index-parts.ts';
import { noStore } from './lines.ts';
import { Fold } from './fold.ts';
import { isoTime } from './history.ts';
import type { Facts } from './index/facts.ts';
import { IndexView } from './index/index-view.ts';
import { newId } from './ids.ts';
import { lineRef } from './layout.ts';
import { LazyConditions } from './lazy-conditions.ts';
import type { Oid } from './object.ts';
import { Objects } from './objects.ts';
import { EarlierFiles } from './past.ts';
import type { Point } from './past.ts';
import { Queue } from './queue.ts';
import { mayMoveInProcess, readTip } from './refs.ts';
import { committerOf, openRepository } from './repository.ts';
import type { Repository } from './repository.ts';
import { endLine, startLine } from './start-line.ts';
import { ensureTag, snapshotRef } from './tag.ts';
import { transact } from './transact.ts';
import { Missing } from './tree.ts';
import { changed, wake } from './wake.ts';
import type { Committed } from './prepare.ts';
import type { Writing } from './transact.ts';

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
  /** The replay that ends by this, see `Request`. */
  readonly closes?: Request<unknown>['closes'];
};

/** An open store. Close it when done: it may hold a git process and an index file. */
export class Store {
  readonly repository: Repository;
  readonly objects: Objects;
  readonly index: DerivedIndex;
  /** What an index is made from. */
  readonly parts: IndexParts;
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
    this.parts = {
      repository,
      objects: this.objects,
      tip: (ref) => readTip(repository, ref),
      warn,
    };
    this.index = new DerivedIndex({ ...this.parts, ...(options.memory && { memory: true }) });
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
    body: (transaction: Transaction, facts: Facts) => T,
  ): Promise<T> {
    const circumstances = this.circumstances(agent);
    return this.look(line, (view, facts) => body(new Transaction(view, circumstances), facts));
  }

  /** For a decision that is not written. */
  circumstances(agent: string): Circumstances {
    const { conditions } = this;
    const types = { shipped: this.#shipped };
    return { agent, op: newId(this.clock()), time: this.now(), conditions, types, digest };
  }

  /** The time now, as it is written. */
  now(): string {
    return isoTime(Math.floor(this.clock() / 1000));
  }

  /** Runs the body in one transaction: all of it in one commit, or nothing. The body is pure and may run more than once. */
  async write<T>(
    cause: Cause,
    body: (transaction: Transaction, facts: Facts) => T,
  ): Promise<Committed<T>> {
    return this.#write(cause, (transaction, facts) => {
      checkStore(transaction);
      return body(transaction, facts);
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

  async #write<T>(
    cause: Cause,
    body: (transaction: Transaction, facts: Facts) => T,
  ): Promise<Committed<T>> {
    // One after the other: calls of one process need not race each other, and each has its whole time.
    const turn = this.#last.then(() => this.conditions.loading(() => this.#transact(cause, body)));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #transact<T>(
    cause: Cause,
    body: (transaction: Transaction, facts: Facts) => T,
  ): Promise<Committed<T>> {
    if (cause.line !== 'main') await this.index.ready(cause.line);
    const committed = await transact(this.#writing, this.#request(cause, body));
    if (committed.commit !== undefined) await this.#afterwards(cause, committed.events);
    return committed;
  }

  #request<T>(cause: Cause, body: Request<T>['body']): Request<T> {
    const now = this.clock();
    return {
      ...cause,
      op: newId(now),
      time: Math.floor(now / 1000),
      committer: committerOf(this.repository, cause.agent),
      conditions: this.conditions,
      types: { shipped: this.#shipped },
      body,
    };
  }

  /** What is made from a commit that stands. It is done already: what fails here is only warned of. */
  async #afterwards({ line, closes }: Cause, events: readonly string[]): Promise<void> {
    wake(this.repository);
    this.#fold.wrote();
    try {
      for (const event of events)
        if (event.startsWith('snapshot-created ')) await this.#tag(line, event.split(' ')[1] ?? '');
      if (closes) await endLine(this.#writing, closes.line, closes.tip);
    } catch (error) {
      this.#writing.warn(`Not all could be tidied up: ${String(error)}`);
    }
  }

  async #tag(line: string, name: string): Promise<void> {
    const fact = await this.read(line, (facts) => facts.lines.snapshot(name));
    if (fact && !(await ensureTag(this.repository, this.objects, fact)))
      this.#writing.warn(
        `The snapshot ${name} has no tag: ${snapshotRef(this.repository, name)} is something else.`,
      );
  }

  /** Begins a line at a point of another one. The body works on the state there, and runs on one state of the index. */
  async start<T>(cause: Cause, point: Point, body: Request<T>['body']): Promise<Built<T>> {
    const files = new EarlierFiles(this.objects, point);
    const request = this.#request(cause, body);
    const built = await this.conditions.loading(() =>
      files.loading(() => startLine(this.#writing, request, (facts) => files.beginning(facts))),
    );
    await this.#afterwards(cause, built.events);
    return built;
  }

  /** Takes away what is left of a replay that main has closed. */
  endLine(line: string, tip: Oid): Promise<void> {
    return endLine(this.#writing, line, tip);
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
    return (await this.objects.find(`${snapshotRef(this.repository, name)}^{commit}`))?.oid;
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
