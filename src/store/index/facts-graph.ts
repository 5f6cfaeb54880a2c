import type { Edge } from '../../model/entity.ts';
import type { Graph, VersionFact } from '../../model/lineage.ts';
import { splitRef } from '../../model/names.ts';
import type { Facts } from './facts.ts';

/** The lineage of a store as the index has it: of a line now, or as it stood at an earlier position of that line. */
export class FactsGraph implements Graph {
  readonly #facts: Facts;
  readonly #line: string;
  readonly #position: number;

  constructor(facts: Facts, line: string, position = Infinity) {
    this.#facts = facts;
    this.#line = line;
    this.#position = position;
  }

  #isKnown(fact: VersionFact): boolean {
    return this.#facts.lines.knows(this.#line, this.#position, fact);
  }

  version(ref: string): VersionFact | undefined {
    const { id, version } = splitRef(ref);
    const fact = this.#facts.version(id, version);
    return fact && this.#isKnown(fact) ? fact : undefined;
  }

  madeFrom(ref: string): readonly Edge[] {
    return this.#facts.madeFrom(ref).filter((edge) => this.version(edge.ref) !== undefined);
  }

  versions(id: string): readonly VersionFact[] {
    return this.#facts.versions(id).filter((fact) => this.#isKnown(fact));
  }

  /** The version before this one on the line. */
  before(id: string, version: number): VersionFact | undefined {
    for (let older = version - 1; older > 0; older -= 1) {
      const fact = this.#facts.version(id, older);
      if (fact && this.#isKnown(fact)) return fact;
    }
    return undefined;
  }

  latest(id: string): VersionFact | undefined {
    return this.#position === Infinity ? this.#facts.latest(this.#line, id) : this.#latestThen(id);
  }

  /** The version that was published last, unless the line has gone back to another one since. */
  #latestThen(id: string): VersionFact | undefined {
    const course = this.#facts.lines.course(this.#line, this.#position);
    const own = this.#facts
      .versions(id)
      .filter((fact) =>
        course.some(({ line, position }) => fact.line === line && fact.position <= position),
      );
    const published = own.at(-1);
    const restored = this.#facts.lines.restored(this.#line, id, this.#position);
    if (!restored || (published && published.position > restored.position)) return published;
    return restored.version === 0 ? undefined : this.#facts.version(id, restored.version);
  }

  *allLatest(): Iterable<VersionFact> {
    if (this.#position === Infinity) {
      yield* this.#facts.allLatest(this.#line);
      return;
    }
    for (const id of this.#facts.ids()) {
      const latest = this.#latestThen(id);
      if (latest) yield latest;
    }
  }
}
