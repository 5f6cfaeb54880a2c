import type { Agent, RegisteredType, Settings } from '../../model/entity.ts';
import type { Latest, View } from '../../model/view.ts';
import type { Facts } from './facts.ts';

/** A line's state as the index has it. */
export class IndexView implements View {
  readonly #facts: Facts;
  readonly #line: string;

  constructor(facts: Facts, line: string) {
    this.#facts = facts;
    this.#line = line;
  }

  settings(): Settings | undefined {
    return this.#facts.entity(this.#line, 'concord', 'concord');
  }

  agent(name: string): Agent | undefined {
    return this.#facts.entity(this.#line, 'agent', name);
  }

  registeredType(name: string): RegisteredType | undefined {
    return this.#facts.entity(this.#line, 'type', name);
  }

  latest(id: string): Latest | undefined {
    return this.#facts.latest(this.#line, id);
  }

  highest(id: string): number {
    return this.#facts.highest(id);
  }

  has(id: string, version: number): boolean {
    return this.#facts.version(id, version)?.line === this.#line;
  }

  typeOf(id: string): string | undefined {
    const highest = this.#facts.highest(id);
    for (let version = highest; version > 0; version -= 1) {
      const fact = this.#facts.version(id, version);
      if (fact) return fact.type;
    }
    return undefined;
  }
}
