import type { Edge, How, Time } from './entity.ts';

/** What is known of one version for ever: it never changes once the version exists. */
export type VersionFact = {
  readonly id: string;
  readonly version: number;
  readonly type: string;
  readonly publisher: string;
  readonly time: Time;
  readonly contract?: string;
  readonly tags?: readonly string[];
  readonly content: string;
  readonly commit: string;
  readonly blob: string;
  /** The tree of its attachments. */
  readonly files?: string;
  readonly line: string;
  readonly position: number;
  readonly derivedFrom: readonly Edge[];
};

/** The lineage of a store, as of one position of a line. Refs are `id@n`. */
export interface Graph {
  version(ref: string): VersionFact | undefined;
  /** The versions made from this one; `ref` of each edge is the younger side. */
  madeFrom(ref: string): readonly Edge[];
  latest(id: string): VersionFact | undefined;
  versions(id: string): readonly VersionFact[];
  /** The latest version of every artifact, by id. */
  allLatest(): Iterable<VersionFact>;
}

export type Direction = 'upstream' | 'downstream';

export type Trace = {
  readonly nodes: readonly (VersionFact & {
    readonly ref: string;
    readonly depth: number;
    readonly latest: boolean;
  })[];
  /** From the older to the younger version: data flows along the arrow. */
  readonly edges: readonly { readonly from: string; readonly to: string; readonly how: How }[];
  /** Versions left out because of `limit`. */
  readonly omitted: boolean;
};

/** Breadth first from the roots, at most `depth` steps and `limit` versions. Roots have depth 0. */
export const trace = (
  graph: Graph,
  roots: readonly string[],
  direction: Direction,
  bounds: { readonly depth: number; readonly limit: number },
): Trace => {
  const depths = new Map(roots.map((root) => [root, 0]));
  const edges = new Map<string, Trace['edges'][number]>();
  const queue = [...roots];
  let omitted = false;
  for (let ref = queue.shift(); ref !== undefined; ref = queue.shift()) {
    const depth = depths.get(ref) ?? 0;
    if (depth >= bounds.depth) continue;
    const steps =
      direction === 'upstream' ? (graph.version(ref)?.derivedFrom ?? []) : graph.madeFrom(ref);
    for (const step of steps) {
      if (!depths.has(step.ref)) {
        if (depths.size >= bounds.limit) {
          omitted = true;
          continue;
        }
        depths.set(step.ref, depth + 1);
        queue.push(step.ref);
      }
      const [from, to] = direction === 'upstream' ? [step.ref, ref] : [ref, step.ref];
      edges.set(`${from} ${to}`, { from, to, how: step.how });
    }
  }
  const nodes = [...depths].flatMap(([ref, depth]) => {
    const fact = graph.version(ref);
    return fact
      ? [{ ...fact, ref, depth, latest: graph.latest(fact.id)?.version === fact.version }]
      : [];
  });
  return { nodes, edges: [...edges.values()], omitted };
};
