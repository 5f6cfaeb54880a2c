import type { Agent, RegisteredType, Settings } from './entity.ts';
import { ConcordError } from './error.ts';
import { evolve } from './evolve.ts';
import type { Change } from './evolve.ts';
import type { Event } from './event.ts';
import { formatRef } from './names.ts';
import { settle } from './react.ts';
import type { Rule } from './react.ts';
import type { Latest, View } from './view.ts';

/**
 * A cause and all its consequences, before anything is written. `append` runs the events and whatever follows from them; `view` then
 * shows the state after. Nothing here reads a clock or a disk, so a body may be run again on a newer state.
 */
export class Transaction {
  readonly events: Event[] = [];
  readonly view: View;
  readonly #overlay: Overlay;
  readonly #rules: readonly Rule[];

  constructor(base: View, rules: readonly Rule[] = []) {
    this.#overlay = new Overlay(base);
    this.view = this.#overlay;
    this.#rules = rules;
  }

  append(events: readonly Event[]): void {
    this.events.push(
      ...settle(this.#rules, this.view, events, (event) => this.#overlay.apply(event)),
    );
  }

  /** The last value of every entity that changed, in order of first change. */
  changes(): readonly Change[] {
    return [...this.#overlay.changes.values()];
  }
}

class Overlay implements View {
  readonly changes = new Map<string, Change>();
  readonly #base: View;
  readonly #versions = new Set<string>();

  constructor(base: View) {
    this.#base = base;
  }

  apply(event: Event): void {
    for (const change of evolve(event)) {
      if (change.kind === 'artifact') this.#refuseSecond(change.id);
      this.changes.set(`${change.kind} ${change.id}`, change);
      if (change.kind === 'artifact')
        this.#versions.add(formatRef(change.id, change.value.version));
    }
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

  #changed<K extends Change['kind']>(
    kind: K,
    id: string,
  ): Extract<Change, { kind: K }> | undefined {
    return this.changes.get(`${kind} ${id}`) as Extract<Change, { kind: K }> | undefined;
  }

  settings(): Settings | undefined {
    return this.#changed('concord', 'concord')?.value ?? this.#base.settings();
  }

  agent(name: string): Agent | undefined {
    return this.#changed('agent', name)?.value ?? this.#base.agent(name);
  }

  registeredType(name: string): RegisteredType | undefined {
    return this.#changed('type', name)?.value ?? this.#base.registeredType(name);
  }

  latest(id: string): Latest | undefined {
    const change = this.#changed('artifact', id);
    if (!change) return this.#base.latest(id);
    return {
      version: change.value.version,
      type: change.value.type,
      content: change.content ?? '',
    };
  }

  highest(id: string): number {
    return this.#changed('artifact', id)?.value.version ?? this.#base.highest(id);
  }

  has(id: string, version: number): boolean {
    return this.#versions.has(formatRef(id, version)) || this.#base.has(id, version);
  }

  typeOf(id: string): string | undefined {
    return this.#changed('artifact', id)?.value.type ?? this.#base.typeOf(id);
  }
}
