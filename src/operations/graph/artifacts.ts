import { trace } from '../../model/lineage.ts';
import type { Graph, Trace } from '../../model/lineage.ts';
import { formatRef, versionedRef } from '../../model/names.ts';
import type { Facts } from '../../store/index/facts.ts';
import type { GraphOutput } from './output.ts';

/** So many transactions are looked through for what was published last. */
const looked = 20_000;
const page = 500;

/** The latest versions of the artifacts that were published last. */
export const lastPublished = (facts: Facts, line: string, limit: number): readonly string[] => {
  const found = new Map<string, string>();
  let before = Infinity;
  for (let seen = 0; seen < looked && found.size < limit; seen += page) {
    const entries = facts.entries(line, { before, limit: page });
    for (const ref of entries.flatMap(({ events }) => events.flatMap(publishedIn))) {
      const id = versionedRef(ref)?.id;
      const latest = id === undefined || found.has(id) ? undefined : facts.latest(line, id);
      if (latest && found.size < limit) found.set(latest.id, formatRef(latest.id, latest.version));
    }
    if (entries.length < page) break;
    before = entries.at(-1)?.position ?? 0;
  }
  return [...found.values()];
};

const publishedIn = (event: string): string[] => {
  const [type, ref] = event.split(' ');
  return type === 'artifact-published' && ref !== undefined ? [ref] : [];
};

/** What versions were made from, and with `both` what was made from them. */
export const artifactPart = (
  graph: Graph,
  roots: readonly string[],
  limit: number,
  both: boolean,
): { part: Omit<NonNullable<GraphOutput['artifacts']>, 'total'>; omitted: boolean } => {
  const bounds = { depth: 1000, limit };
  const traces: Trace[] = [trace(graph, roots, 'upstream', bounds)];
  if (both) traces.push(trace(graph, roots, 'downstream', bounds));
  const all = new Map(
    traces.flatMap(({ nodes }) => nodes.map((node) => [node.ref, node] as const)),
  );
  const kept = new Map([...all].slice(0, limit));
  const edges = new Map(
    traces.flatMap((one) => one.edges.map((edge) => [`${edge.from} ${edge.to}`, edge] as const)),
  );
  return {
    part: {
      nodes: [...kept.values()].map(({ ref, type, publisher, contract, latest }) => ({
        ref,
        type,
        publisher,
        contract: contract ?? null,
        latest,
      })),
      edges: [...edges.values()].filter(({ from, to }) => kept.has(from) && kept.has(to)),
    },
    omitted: traces.some(({ omitted }) => omitted) || kept.size < all.size,
  };
};
