import { budgetId } from './budget/budget.ts';
import type { Budget } from './budget/budget.ts';
import { withUsage } from './budget/spending.ts';
import type { Spending, Usage } from './budget/spending.ts';
import type { Contract } from './contract/contract.ts';
import { idOfPlace, keysOf } from './contract/keys.ts';
import type { Key } from './contract/keys.ts';
import type { Agent, Artifact, Edge, RegisteredType, Settings, Time } from './entity.ts';
import { ConcordError } from './error.ts';
import { evolve } from './evolve.ts';
import type { Change, NewValue, Restoration } from './evolve.ts';
import type { Event } from './event.ts';
import { formatRef } from './names.ts';
import type { Message } from './message.ts';
import { pipelineKeys } from './pipeline/pipeline.ts';
import type { Pipeline } from './pipeline/pipeline.ts';
import type { Latest, Tally, View } from './view.ts';

type Of<K extends Change['kind']> = Extract<NewValue, { kind: K }>;

/** A state and what has happened since: what a transaction shows of itself. */
export class Overlay implements View {
  readonly changes = new Map<string, Change>();
  readonly #base: View;
  readonly #spending: Spending | undefined;
  readonly #versions = new Set<string>();
  readonly #places = new Map<string, Set<string>>();
  readonly #snapshots = new Set<string>();
  readonly #usage: Usage[] = [];
  readonly #sent: Extract<Event, { type: 'message-sent' }>[] = [];

  /** `spending`: what was spent, where that is not what the base says. */
  constructor(base: View, spending?: Spending) {
    this.#base = base;
    this.#spending = spending;
  }

  apply(event: Event): void {
    if (event.type === 'message-sent') this.#sent.unshift(event);
    if (event.type === 'snapshot-created') this.#snapshots.add(event.snapshot.name);
    if (event.type === 'usage-recorded') this.#usage.push(event.usage);
    for (const change of evolve(event)) {
      if (change.kind === 'artifact') this.#refuseSecond(change.id);
      this.put(change);
    }
  }

  /** An entity has this value now, whatever event it was that led to it. */
  put(change: Change): void {
    this.#place(change);
    this.changes.set(`${change.kind} ${change.id}`, change);
    if (change.kind === 'artifact' && 'value' in change)
      this.#versions.add(formatRef(change.id, change.value.version));
  }

  /** A commit has one file an artifact, so it can hold one new version of it. */
  #refuseSecond(id: string): void {
    if (!this.changes.has(`artifact ${id}`)) return;
    throw new ConcordError(
      'INVALID',
      `${id} would get two versions in one transaction; nothing was published.`,
      {
        hint: 'Publish them one after the other.',
      },
    );
  }

  #place(change: Change): void {
    const before = this.changes.get(`${change.kind} ${change.id}`);
    for (const [list, place] of before ? placesOf(before) : [])
      this.#places.get(list)?.delete(place);
    for (const [list, place] of placesOf(change)) {
      const places = this.#places.get(list) ?? new Set();
      this.#places.set(list, places.add(place));
    }
  }

  #changed<K extends Change['kind']>(kind: K, id: string): Of<K> | undefined {
    const change = this.changes.get(`${kind} ${id}`);
    return change && 'value' in change ? (change as Of<K>) : undefined;
  }

  #restored(id: string): Restoration | undefined {
    const change = this.changes.get(`artifact ${id}`);
    return change && 'restored' in change ? change : undefined;
  }

  #allChanged<K extends Change['kind']>(kind: K): Of<K>[] {
    return [...this.changes.values()].filter(
      (change): change is Of<K> => change.kind === kind && 'value' in change,
    );
  }

  settings(): Settings | undefined {
    return this.#changed('concord', 'concord')?.value ?? this.#base.settings();
  }

  agent(name: string): Agent | undefined {
    return this.#changed('agent', name)?.value ?? this.#base.agent(name);
  }

  agents(): readonly Agent[] {
    const changed = this.#allChanged('agent').map(({ value }) => value);
    const before = this.#base.agents().filter(({ name }) => !this.#changed('agent', name));
    return [...before, ...changed];
  }

  registeredType(name: string): RegisteredType | undefined {
    return this.#changed('type', name)?.value ?? this.#base.registeredType(name);
  }

  latest(id: string): Latest | undefined {
    const restored = this.#restored(id);
    if (restored) return restored.restored;
    const change = this.#changed('artifact', id);
    if (!change) return this.#base.latest(id);
    return {
      version: change.value.version,
      type: change.value.type,
      content: change.content ?? '',
    };
  }

  latestOfType(type: string): Iterable<string> {
    // An id keeps its type.
    const here = [...this.changes.values()].flatMap(({ kind, id }) =>
      kind === 'artifact' ? [{ id, is: this.latest(id)?.type === type }] : [],
    );
    const base = this.#base.latestOfType(type);
    if (here.length === 0) return base;
    const ids = new Set(base);
    for (const { id, is } of here)
      if (is) ids.add(id);
      else ids.delete(id);
    return [...ids].sort();
  }

  highest(id: string): number {
    return this.#changed('artifact', id)?.value.version ?? this.#base.highest(id);
  }

  has(id: string, version: number): boolean {
    return this.#versions.has(formatRef(id, version)) || this.#base.has(id, version);
  }

  before(id: string, version: number): number | undefined {
    const change = this.#changed('artifact', id);
    return change?.value.version === version
      ? this.#base.latest(id)?.version
      : this.#base.before(id, version);
  }

  madeFrom(ref: string): readonly Edge[] {
    const here = this.#allChanged('artifact').flatMap(({ id, value }) =>
      (value.derivedFrom ?? [])
        .filter((edge) => edge.ref === ref)
        .map((edge) => ({ ...edge, ref: formatRef(id, value.version) })),
    );
    return [...this.#base.madeFrom(ref), ...here];
  }

  content(id: string, version: number): string | undefined {
    const change = this.#changed('artifact', id);
    return change?.value.version === version ? change.content : this.#base.content(id, version);
  }

  artifact(id: string, version: number): Artifact | undefined {
    const change = this.#changed('artifact', id);
    return change?.value.version === version ? change.value : this.#base.artifact(id, version);
  }

  madeFor(id: string, version: number): string | undefined {
    const change = this.#changed('artifact', id);
    return change?.value.version === version
      ? change.value.contract
      : this.#base.madeFor(id, version);
  }

  typeOf(id: string): string | undefined {
    return this.#changed('artifact', id)?.value.type ?? this.#base.typeOf(id);
  }

  contract(id: string): Contract | undefined {
    const change = this.#changed('contract', id);
    if (!change) return this.#base.contract(id);
    return change.removed ? undefined : change.value;
  }

  pipeline(id: string): Pipeline | undefined {
    const change = this.#changed('pipeline', id);
    if (!change) return this.#base.pipeline(id);
    return change.removed ? undefined : change.value;
  }

  pipelines(): readonly Pipeline[] {
    const before = this.#base.pipelines().filter(({ id }) => !this.#changed('pipeline', id));
    const changed = this.#allChanged('pipeline').filter(({ removed }) => !removed);
    return [...before, ...changed.map(({ value }) => value)];
  }

  tally(): Tally {
    const base = this.#base.tally();
    const contracts = { ...base.contracts };
    let { artifacts } = base;
    for (const change of this.changes.values()) {
      if (change.kind === 'contract') {
        const before = this.#base.contract(change.id);
        if (before) contracts[before.status] -= 1;
        if ('value' in change && !change.removed) contracts[change.value.status] += 1;
      } else if (change.kind === 'artifact') {
        if (this.#base.latest(change.id)) artifacts -= 1;
        if (this.latest(change.id)) artifacts += 1;
      }
    }
    return { contracts, artifacts };
  }

  budget(): Budget | undefined {
    const change = this.#changed('budget', budgetId);
    if (!change) return this.#base.budget();
    return change.removed ? undefined : change.value;
  }

  spending(): Spending {
    return withUsage(this.#spending ?? this.#base.spending(), this.#usage);
  }

  *places(list: string): Iterable<string> {
    const own = [...(this.#places.get(list) ?? [])].sort();
    const kind = list.startsWith('on ') ? 'pipeline' : 'contract';
    for (const place of this.#base.places(list)) {
      if (this.#changed(kind, idOfPlace(place))) continue;
      while (own[0] !== undefined && own[0] < place) yield own.shift() ?? '';
      yield place;
    }
    yield* own;
  }

  hasSnapshot(name: string): boolean {
    return this.#snapshots.has(name) || this.#base.hasSnapshot(name);
  }

  message(id: string): Message | undefined {
    return this.#sent.find(({ message }) => message.id === id)?.message ?? this.#base.message(id);
  }

  threadLength(thread: string): number {
    const here = this.#sent.filter(({ message }) => message.thread === thread);
    return here.length + this.#base.threadLength(thread);
  }

  sent(agent: string, limit: number): readonly Time[] {
    const here = this.#sent.filter(({ message }) => message.from === agent);
    return [...here.map(({ time }) => time), ...this.#base.sent(agent, limit)].slice(0, limit);
  }
}

/** The lists that a change puts its entity in. */
const placesOf = (change: Change): readonly Key[] => {
  if (!('value' in change) || change.removed) return [];
  if (change.kind === 'contract') return keysOf(change.value);
  return change.kind === 'pipeline' ? pipelineKeys(change.value) : [];
};
