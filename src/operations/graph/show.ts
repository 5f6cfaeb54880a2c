import { contractOf } from '../../model/contract/find.ts';
import { formatRef, isId, parseRef } from '../../model/names.ts';
import type { View } from '../../model/view.ts';
import { FactsGraph } from '../../store/index/facts-graph.ts';
import type { Facts } from '../../store/index/facts.ts';
import { findVersion } from '../artifact/find.ts';
import { defineOperation } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { artifactPart, lastPublished } from './artifacts.ts';
import { contractPart, contractsAround, countContracts, firstContracts } from './contracts.ts';
import type { GraphOutput } from './output.ts';
import { renderGraph } from './render.ts';

const schema = {
  type: 'object',
  properties: {
    root: { type: 'string', description: 'Only what is around this contract, id or id@version.' },
    contracts: { type: 'boolean', description: 'Contracts alone.' },
    artifacts: { type: 'boolean', description: 'Artifacts alone.' },
    format: { type: 'string', enum: ['text', 'mermaid', 'dot'], description: 'Text, or a graph.' },
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      description: 'At most so many contracts and so many artifacts (50).',
    },
    line,
  },
  additionalProperties: false,
} as const;

export type GraphInput = Input<typeof schema>;

type Looking = { readonly view: View; readonly facts: Facts; readonly name: string };

/** Both where neither was asked for alone. */
const wantedOf = ({
  contracts,
  artifacts,
}: GraphInput): { contracts: boolean; artifacts: boolean } => ({
  contracts: contracts === true || artifacts !== true,
  artifacts: artifacts === true || contracts !== true,
});

const whole = ({ view, facts, name }: Looking, input: GraphInput, limit: number): GraphOutput => {
  const wanted = wantedOf(input);
  const graph = new FactsGraph(facts, name);
  const refs = wanted.artifacts ? lastPublished(facts, name, limit) : [];
  const { part, omitted } = artifactPart(graph, refs, limit, false);
  return {
    line: name,
    root: null,
    contracts: wanted.contracts
      ? contractPart(firstContracts(view, limit), countContracts(facts, name))
      : null,
    artifacts: wanted.artifacts ? { ...part, total: facts.latestCount(name) } : null,
    omitted,
  };
};

/** Around a contract: what it depends on, what waits for it, and what was made for them. Around an artifact: its whole lineage. */
const around = (looking: Looking, root: string, input: GraphInput, limit: number): GraphOutput => {
  const { view, facts, name } = looking;
  const wanted = wantedOf(input);
  const graph = new FactsGraph(facts, name);
  const isContract = isId(root) && view.contract(root) !== undefined;
  // An id that is neither is looked for as what was asked for alone.
  if (!isContract && wanted.contracts && !wanted.artifacts && isId(root)) contractOf(view, root);
  const near = isContract ? contractsAround(view, [root], limit) : undefined;
  const refs = near
    ? near.contracts.flatMap(({ outputs = [], claim }) => [
        ...outputs.map(({ ref }) => ref),
        ...(claim?.inputs ?? []).map(({ ref }) => ref),
      ])
    : refsOf(facts, graph, name, root);
  const kept = [...new Set(refs)].filter((ref) => graph.version(ref)).slice(0, limit);
  const { part, omitted } = artifactPart(graph, kept, limit, !near);
  const makers = part.nodes.flatMap(({ contract }) => contract ?? []);
  const { contracts, omitted: more } = near ?? contractsAround(view, [...new Set(makers)], limit);
  return {
    line: name,
    root,
    contracts: wanted.contracts ? contractPart(contracts, contracts.length) : null,
    artifacts: wanted.artifacts ? { ...part, total: part.nodes.length } : null,
    omitted: (wanted.artifacts && omitted) || (wanted.contracts && more),
  };
};

const refsOf = (facts: Facts, graph: FactsGraph, name: string, root: string): string[] => {
  const fact = findVersion(facts, name, Infinity, { artifactId: root });
  return parseRef(root, 'root').version === undefined
    ? graph.versions(fact.id).map(({ version }) => formatRef(fact.id, version))
    : [formatRef(fact.id, fact.version)];
};

export const graphShow = defineOperation({
  name: 'graph_show',
  summary:
    'Draw the contracts with what they wait for, and the artifacts with what they were made from.',
  input: schema,
  readOnly: true,
  profile: 'cli',
  commands: [
    {
      path: 'graph',
      positional: ['root'],
      paged: true,
      examples: [
        'concord graph --contracts',
        'concord graph build-api',
        'concord graph --format mermaid',
      ],
    },
  ],
  run: async (input, context): Promise<GraphOutput> => {
    const store = await context.store();
    const name = context.line;
    const { root, limit = 50 } = input;
    return store.look(name, (view, facts) =>
      root === undefined
        ? whole({ view, facts, name }, input, limit)
        : around({ view, facts, name }, root, input, limit),
    );
  },
  render: renderGraph,
});
