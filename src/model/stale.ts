import type { Edge } from './entity.ts';
import type { Graph, VersionFact } from './lineage.ts';
import { formatRef, splitRef } from './names.ts';

export type Cause = { readonly derivedFrom: string; readonly newer: string };

/** A latest version that is out of date: by its own inputs (`causes`), or only through something upstream (`through`). */
export type Stale = {
  readonly ref: string;
  readonly type: string;
  readonly publisher: string;
  readonly indirect: boolean;
  readonly causes: readonly Cause[];
  readonly through: readonly string[];
};

/**
 * All that is out of date. x@n is stale through y@m when the latest y differs in content from y@m and is neither x@n nor made from
 * it; of several versions of y among x's inputs only the newest counts; a version that was older already when it was chosen was
 * chosen on purpose. Reads count only when asked for: one curious look must not cause work.
 */
export const allStale = (graph: Graph, reads: boolean): readonly Stale[] => {
  const latest = new Map<string, VersionFact>();
  for (const fact of graph.allLatest()) latest.set(fact.id, fact);
  const causes = new Map<string, readonly Cause[]>();
  const madeFrom = ancestry(graph);
  for (const fact of latest.values()) {
    const found = causesOf(graph, fact, reads, madeFrom);
    if (found.length > 0) causes.set(fact.id, found);
  }
  const through =
    causes.size > 0 ? spread(graph, latest, causes, reads) : new Map<string, string[]>();
  return [...latest.values()].flatMap((fact) => {
    const own = causes.get(fact.id) ?? [];
    const from = through.get(fact.id) ?? [];
    if (own.length === 0 && from.length === 0) return [];
    const { type, publisher } = fact;
    return [
      {
        ref: refOf(fact),
        type,
        publisher,
        indirect: own.length === 0,
        causes: own,
        through: own.length === 0 ? from : [],
      },
    ];
  });
};

const refOf = (fact: VersionFact): string => formatRef(fact.id, fact.version);

/** Why this version is out of date by its own inputs; empty when it is not. */
export const causesOf = (
  graph: Graph,
  fact: VersionFact,
  reads: boolean,
  madeFrom = ancestry(graph),
): readonly Cause[] =>
  newestInputs(fact, reads).flatMap(({ id, version, edge }) => {
    if (edge.older) return [];
    const now = graph.latest(id);
    if (!now || now.version === version || now.id === fact.id) return [];
    if (now.content === graph.version(edge.ref)?.content) return [];
    return madeFrom(now, fact) ? [] : [{ derivedFrom: edge.ref, newer: refOf(now) }];
  });

const newestInputs = (
  fact: VersionFact,
  reads: boolean,
): { id: string; version: number; edge: Edge }[] => {
  const newest = new Map<string, { id: string; version: number; edge: Edge }>();
  for (const edge of fact.derivedFrom) {
    if (edge.how === 'read' && !reads) continue;
    const { id, version } = splitRef(edge.ref);
    if ((newest.get(id)?.version ?? 0) < version) newest.set(id, { id, version, edge });
  }
  return [...newest.values()];
};

type Ancestry = { readonly seen: Set<string>; open: VersionFact[] };

/**
 * Whether a version is among all that another was made from, however far up. Nothing is made from what came after it, so the search goes
 * no further back than the version it looks for; it is kept, and goes on from there when an older one is asked for.
 */
const ancestry = (graph: Graph): ((fact: VersionFact, ancestor: VersionFact) => boolean) => {
  const known = new Map<string, Ancestry>();
  return (fact, ancestor) => {
    const search = known.get(refOf(fact)) ?? { seen: new Set<string>(), open: [fact] };
    known.set(refOf(fact), search);
    const later: VersionFact[] = [];
    for (let here = search.open.pop(); here; here = search.open.pop()) {
      if (here.position < ancestor.position) {
        later.push(here);
        continue;
      }
      for (const { ref } of here.derivedFrom) {
        const source = search.seen.has(ref) ? undefined : graph.version(ref);
        search.seen.add(ref);
        if (source) search.open.push(source);
      }
    }
    search.open = later;
    return search.seen.has(refOf(ancestor));
  };
};

/** So many roots are named for one artifact that is stale only through others. */
const rootLimit = 5;

/** For each artifact made from something stale: some of the stale latest versions it stands on, at any distance. */
const spread = (
  graph: Graph,
  latest: ReadonlyMap<string, VersionFact>,
  causes: ReadonlyMap<string, readonly Cause[]>,
  reads: boolean,
): Map<string, string[]> => {
  const dependents = dependentsOf(graph, latest, reads);
  const through = new Map<string, string[]>();
  for (const id of causes.keys()) {
    const root = latest.get(id);
    const seen = new Set([id]);
    const open = [...(dependents.get(id) ?? [])];
    for (let next = open.pop(); next !== undefined && root; next = open.pop()) {
      const roots = through.get(next) ?? [];
      // What has all its roots has passed them on already.
      if (seen.has(next) || roots.length >= rootLimit) continue;
      seen.add(next);
      roots.push(refOf(root));
      through.set(next, roots);
      open.push(...(dependents.get(next) ?? []));
    }
  }
  return through;
};

/** For each artifact the ids of those whose latest version was made from what it still says. */
const dependentsOf = (
  graph: Graph,
  latest: ReadonlyMap<string, VersionFact>,
  reads: boolean,
): ReadonlyMap<string, readonly string[]> => {
  const dependents = new Map<string, string[]>();
  for (const fact of latest.values()) {
    for (const { id, edge } of newestInputs(fact, reads)) {
      const source = latest.get(id);
      if (id === fact.id || !source || source.content !== graph.version(edge.ref)?.content)
        continue;
      const known = dependents.get(id) ?? [];
      known.push(fact.id);
      dependents.set(id, known);
    }
  }
  return dependents;
};
