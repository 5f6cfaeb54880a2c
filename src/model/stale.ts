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
  for (const fact of latest.values()) {
    const found = causesOf(graph, fact, reads);
    if (found.length > 0) causes.set(fact.id, found);
  }
  const through = causes.size > 0 ? spread(latest, causes, reads) : new Map<string, string[]>();
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
export const causesOf = (graph: Graph, fact: VersionFact, reads: boolean): readonly Cause[] =>
  newestInputs(fact, reads).flatMap(({ id, version, edge }) => {
    if (edge.older) return [];
    const now = graph.latest(id);
    if (!now || now.version === version || now.id === fact.id) return [];
    if (now.content === graph.version(edge.ref)?.content) return [];
    return isMadeFrom(graph, now, refOf(fact))
      ? []
      : [{ derivedFrom: edge.ref, newer: refOf(now) }];
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

/** Whether `ancestor` is among all that `fact` was made from, however far up. */
const isMadeFrom = (graph: Graph, fact: VersionFact, ancestor: string): boolean => {
  const seen = new Set<string>();
  const open = [...fact.derivedFrom];
  for (let edge = open.pop(); edge; edge = open.pop()) {
    if (edge.ref === ancestor) return true;
    if (seen.has(edge.ref)) continue;
    seen.add(edge.ref);
    open.push(...(graph.version(edge.ref)?.derivedFrom ?? []));
  }
  return false;
};

/** For each artifact made from something stale: the stale latest versions it stands on, at any distance. */
const spread = (
  latest: ReadonlyMap<string, VersionFact>,
  causes: ReadonlyMap<string, readonly Cause[]>,
  reads: boolean,
): Map<string, string[]> => {
  const dependents = new Map<string, string[]>();
  for (const fact of latest.values()) {
    for (const { id, edge } of newestInputs(fact, reads)) {
      const source = latest.get(id);
      if (source && refOf(source) === edge.ref && id !== fact.id)
        dependents.set(id, [...(dependents.get(id) ?? []), fact.id]);
    }
  }
  const through = new Map<string, string[]>();
  for (const id of causes.keys()) {
    const seen = new Set([id]);
    const open = [...(dependents.get(id) ?? [])];
    const root = latest.get(id);
    for (let next = open.pop(); next !== undefined && root; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      through.set(next, [...(through.get(next) ?? []), refOf(root)]);
      open.push(...(dependents.get(next) ?? []));
    }
  }
  return through;
};
