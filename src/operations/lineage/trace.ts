import { ConcordError, invalid } from '../../model/error.ts';
import { trace } from '../../model/lineage.ts';
import type { Direction } from '../../model/lineage.ts';
import { formatRef, parseRef } from '../../model/names.ts';
import { allStale } from '../../model/stale.ts';
import { FactsGraph } from '../../store/index/facts-graph.ts';
import type { Facts } from '../../store/index/facts.ts';
import { findVersion } from '../artifact/find.ts';
import { positionAt } from '../at.ts';
import { defineOperation } from '../operation.ts';
import type { Context, Speak } from '../operation.ts';
import { at, line } from '../schema.ts';
import type { Input } from '../schema.ts';
import type { StaleOutput, TraceOutput } from './output.ts';
import { renderStale, renderTrace } from './render.ts';

const schema = {
  type: 'object',
  properties: {
    ref: { type: 'string', description: 'id or id@version; stale needs none.' },
    direction: {
      type: 'string',
      enum: ['upstream', 'downstream', 'stale'],
      description: 'upstream: its sources; downstream: what uses it.',
    },
    depth: { type: 'integer', minimum: 1, maximum: 1000, description: 'At most so many steps.' },
    reads: { type: 'boolean', description: 'stale: count mere reads too.' },
    format: {
      type: 'string',
      enum: ['text', 'mermaid', 'dot'],
      description: 'Text, or a graph.',
    },
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: 10_000,
      description: 'At most so many (200).',
    },
    at,
    line,
  },
  additionalProperties: false,
} as const;

const run = async (
  input: Input<typeof schema>,
  context: Context,
): Promise<TraceOutput | StaleOutput> => {
  const store = await context.store();
  const position = await positionAt(store, context.line, input.at);
  const limit = input.limit ?? 200;
  const { ref, direction = ref === undefined ? 'stale' : 'upstream' } = input;
  if (direction !== 'stale') {
    if (ref === undefined) throw invalid('ref', 'an artifact', 'nothing');
    const depth = input.depth ?? 1000;
    return store.read(context.line, (facts) =>
      traceOf(facts, context.line, position, ref, direction, { depth, limit }),
    );
  }
  const only = ref === undefined ? undefined : parseRef(ref, 'ref');
  return store.read(context.line, (facts) => {
    if (only)
      findVersion(facts, context.line, position, { artifactId: only.id, version: only.version });
    const found = allStale(new FactsGraph(facts, context.line, position), input.reads ?? false);
    const stale = only ? found.filter((item) => parseRef(item.ref, 'ref').id === only.id) : found;
    const direct = stale.filter(({ indirect }) => !indirect).length;
    return { stale: stale.slice(0, limit), total: stale.length, direct };
  });
};

type Bounds = { readonly depth: number; readonly limit: number };

/** Upstream of an id is asked of its latest version; downstream of an id is what was made from any version of it. */
const traceOf = (
  facts: Facts,
  line: string,
  position: number,
  ref: string,
  direction: Direction,
  bounds: Bounds,
): TraceOutput => {
  const fact = findVersion(facts, line, position, { artifactId: ref });
  const graph = new FactsGraph(facts, line, position);
  if (!graph.version(formatRef(fact.id, fact.version))) {
    throw new ConcordError(
      'NOT_FOUND',
      `${formatRef(fact.id, fact.version)} was made on ${fact.line}, not on ${line}.`,
      { hint: `Ask there: line ${fact.line}.` },
    );
  }
  const every = direction === 'downstream' && parseRef(ref, 'ref').version === undefined;
  const roots = every
    ? graph.versions(fact.id).map(({ version }) => formatRef(fact.id, version))
    : [formatRef(fact.id, fact.version)];
  const { nodes, edges, omitted } = trace(graph, roots, direction, {
    ...bounds,
    limit: bounds.limit + roots.length - 1,
  });
  return {
    root: every ? fact.id : formatRef(fact.id, fact.version),
    direction,
    nodes: nodes.map((node) => ({
      ref: node.ref,
      type: node.type,
      publisher: node.publisher,
      contract: node.contract ?? null,
      commit: node.commit,
      latest: node.latest,
    })),
    edges,
    omitted,
  };
};

const render = (
  output: TraceOutput | StaleOutput,
  speak: Speak,
  input: Input<typeof schema>,
): string =>
  'stale' in output
    ? renderStale(output, speak)
    : renderTrace(output, speak, input.format ?? 'text');

export const lineageTrace = defineOperation({
  name: 'lineage_trace',
  summary: 'Tell how an artifact was derived, what depends on it, or what is out of date and why.',
  input: schema,
  aliases: { artifactId: 'ref', id: 'ref' },
  unlisted: ['line', 'at', 'reads', 'format', 'limit'],
  plain: ['depth'],
  readOnly: true,
  profile: 'core',
  commands: [
    {
      path: 'lineage',
      summary: 'Show how an artifact was derived, up to the first inputs.',
      positional: ['ref'],
      needs: ['ref'],
      preset: { direction: 'upstream' },
      without: ['reads'],
      words: { ref: 'What to trace: id@version, or an id for its latest version.' },
      examples: [
        'concord lineage test-results-auth',
        'concord lineage test-results-auth@1 --format mermaid',
        'concord lineage schema-users --direction downstream',
      ],
    },
    {
      path: 'impact',
      summary: 'Show what was made from an artifact: what breaks if it changes.',
      positional: ['ref'],
      needs: ['ref'],
      preset: { direction: 'downstream' },
      without: ['direction', 'reads'],
      words: { ref: 'What would change: id@version, or an id for all its versions.' },
      examples: ['concord impact schema-users'],
    },
    {
      path: 'stale',
      summary: 'List what is out of date, and by what.',
      positional: ['ref'],
      preset: { direction: 'stale' },
      without: ['direction', 'depth', 'format'],
      words: {
        ref: 'Only this artifact or version: id or id@version; without it, all artifacts.',
        reads: 'Count sources that were merely read, too.',
      },
      examples: ['concord stale', 'concord stale test-results-auth'],
    },
  ],
  run,
  render,
});
