import { ConcordError, invalid } from '../../model/error.ts';
import type { VersionFact } from '../../model/lineage.ts';
import { formatRef, parseRef, splitRef } from '../../model/names.ts';
import { count, nearest, oneLine } from '../../model/text.ts';
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
  throw (
    (version === undefined ? undefined : dropped(facts, formatRef(ref.id, version))) ??
    notFound(graph, ref.id, version) ??
    elsewhere(facts, line, ref.id) ??
    unknown(facts, ref.id)
  );
};

/** Its line is gone, and with it the version: what is left is who knows why. */
const dropped = (facts: Facts, ref: string): ConcordError | undefined => {
  const line = facts.lines.usedBy(ref);
  const closing = line === undefined ? undefined : facts.lines.closing(line);
  if (line === undefined || !closing) return undefined;
  const { by, time, reason } = closing;
  return new ConcordError(
    'NOT_FOUND',
    `${ref} was made on ${line}, dropped by ${by} on ${time.slice(0, 10)}${reason === undefined ? '' : `, because: ${oneLine(reason)}`}.`,
    {
      hint: 'Its number is never used again.',
      next: { operation: 'artifact_list', input: { artifactId: splitRef(ref).id } },
    },
  );
};

const notFound = (
  graph: FactsGraph,
  id: string,
  version: number | undefined,
): ConcordError | undefined => {
  const versions = graph.versions(id);
  const last = graph.latest(id) ?? versions.at(-1);
  if (!last) return undefined;
  const what = version === undefined ? id : formatRef(id, version);
  return new ConcordError('NOT_FOUND', `There is no ${what}.`, {
    hint: `${id} has ${count(versions.length, 'version')}, the latest is ${formatRef(id, last.version)}.`,
    next: { operation: 'artifact_get', input: { artifactId: formatRef(id, last.version) } },
  });
};

/** What another line has is named by its version. */
const elsewhere = (facts: Facts, line: string, id: string): ConcordError | undefined => {
  const last = facts.versions(id).at(-1);
  if (!last) return undefined;
  const ref = formatRef(id, last.version);
  return new ConcordError('NOT_FOUND', `There is no artifact ${id} on ${line}.`, {
    hint: `${ref} was made on ${last.line}.`,
    next: { operation: 'artifact_get', input: { artifactId: ref } },
  });
};

const unknown = (facts: Facts, id: string): ConcordError => {
  const near = nearest(id, facts.ids());
  return new ConcordError('NOT_FOUND', `There is no artifact ${id}.`, {
    hint: near ? `Did you mean ${near}?` : 'Perhaps it is not published yet.',
    next: near
      ? { operation: 'artifact_get', input: { artifactId: near } }
      : { operation: 'artifact_list', input: {} },
  });
};
