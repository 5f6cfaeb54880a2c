import { ConcordError, invalid } from '../../model/error.ts';
import type { VersionFact } from '../../model/lineage.ts';
import { formatRef, parseRef } from '../../model/names.ts';
import { count, nearest } from '../../model/text.ts';
import { FactsGraph } from '../../store/index/facts-graph.ts';
import type { Facts } from '../../store/index/facts.ts';

export type Wanted = { readonly artifactId: string; readonly version?: number | undefined };

/** The version that is meant: `x@3` on whatever line it was made, `x` the line's latest at the position. Throws NOT_FOUND. */
export const findVersion = (
  facts: Facts,
  line: string,
  position: number,
  wanted: Wanted,
): VersionFact => {
  const ref = parseRef(wanted.artifactId, 'artifactId');
  if (ref.version !== undefined && wanted.version !== undefined && ref.version !== wanted.version) {
    throw invalid('version', `${ref.version}, as in artifactId`, String(wanted.version));
  }
  const version = ref.version ?? wanted.version;
  const graph = new FactsGraph(facts, line, position);
  const found = version === undefined ? graph.latest(ref.id) : facts.version(ref.id, version);
  if (found && (version === undefined || position === Infinity || found.position <= position))
    return found;
  throw notFound(facts, graph, ref.id, version);
};

const notFound = (
  facts: Facts,
  graph: FactsGraph,
  id: string,
  version: number | undefined,
): ConcordError => {
  const versions = graph.versions(id);
  const last = versions.at(-1);
  const what = version === undefined ? id : formatRef(id, version);
  if (last) {
    return new ConcordError('NOT_FOUND', `There is no ${what}.`, {
      hint: `${id} has ${count(versions.length, 'version')}, the latest is ${formatRef(id, last.version)}.`,
      next: { operation: 'artifact_get', input: { artifactId: formatRef(id, last.version) } },
    });
  }
  const near = nearest(id, facts.ids());
  return new ConcordError('NOT_FOUND', `There is no artifact ${id}.`, {
    hint: near ? `Did you mean ${near}?` : 'Perhaps it is not published yet.',
    next: near
      ? { operation: 'artifact_get', input: { artifactId: near } }
      : { operation: 'artifact_list', input: {} },
  });
};
