import { statusWord } from '../../model/contract/status.ts';
import { count, shown } from '../../model/text.ts';
import { dot, mermaid } from '../diagram.ts';
import type { Diagram } from '../diagram.ts';
import { belowOf, forest } from '../forest.ts';
import type { Speak } from '../operation.ts';
import type { ArtifactNode, ContractNode, GraphOutput } from './output.ts';
import type { GraphInput } from './show.ts';

export const renderGraph = (output: GraphOutput, speak: Speak, input: GraphInput): string => {
  if (input.format === 'mermaid') return mermaid(diagramOf(output));
  if (input.format === 'dot') return dot(diagramOf(output));
  const parts = [contractLines(output, speak), artifactLines(output, speak)].filter(
    (lines) => lines.length > 0,
  );
  const rest = output.omitted ? [['There is more than the limit allows.']] : [];
  return [
    ...[...parts, ...rest].map((lines) => lines.join('\n')),
    `Next: ${speak.call(next(output, input))}`,
  ].join('\n\n');
};

/** A shape for each status, beside its word. */
const marks: Readonly<Record<ContractNode['status'], string>> = {
  pending: '○',
  ready: '●',
  in_progress: '▶',
  completed: '✔',
  failed: '✘',
  cancelled: '–',
};

/** "Contracts: 3 of 240", or that there are none. */
const heading = (noun: string, here: number, total: number, line: string): string => {
  if (here === 0) return `No ${noun.toLowerCase()} on ${line}.`;
  return `${noun}: ${total > here ? `${here} of ${total}, ${total - here} left out` : here}`;
};

const contractLines = ({ contracts, line, root }: GraphOutput, speak: Speak): string[] => {
  if (!contracts || (contracts.nodes.length === 0 && root !== null)) return [];
  const { nodes, edges, total } = contracts;
  const known = new Map(nodes.map((node) => [node.id, node]));
  const waiting = new Set(edges.map(({ to }) => to));
  return [
    speak.strong(heading('Contracts', nodes.length, total, line)),
    ...forest({
      roots: nodes.flatMap(({ id }) => (waiting.has(id) ? [] : [id])),
      below: belowOf(edges.map(({ from, to }) => [from, to])),
      describe: (id) => {
        const node = known.get(id);
        return node ? contractText(node, speak) : id;
      },
    }),
  ];
};

const contractText = (node: ContractNode, speak: Speak): string => {
  const { id, status, title, outputs, needs } = node;
  const facts = [
    stateOf(node),
    ...(outputs.length > 0 ? [`made ${outputs.join(', ')}`] : []),
    ...(needs.length > 0 && (status === 'pending' || status === 'ready')
      ? [`needs ${needs.join(', ')}`]
      : []),
  ];
  const said = title === undefined ? '' : `  ${shown(title, 60)}`;
  return `${marks[status]} ${id}  ${speak.faint(facts.join('; '))}${said}`;
};

const stateOf = ({ status, holder, assignee, attempt, maxAttempts }: ContractNode): string =>
  [
    statusWord(status),
    holder ?? assignee ?? 'anyone',
    ...(attempt > 1 || status === 'failed' ? [`attempt ${attempt} of ${maxAttempts}`] : []),
  ].join(', ');

const artifactLines = ({ artifacts, line, root }: GraphOutput, speak: Speak): string[] => {
  if (!artifacts || (artifacts.nodes.length === 0 && root !== null)) return [];
  const { nodes, edges, total } = artifacts;
  const latest = nodes.filter((one) => one.latest).length;
  const known = new Map(nodes.map((node) => [node.ref, node]));
  const made = new Set(edges.map(({ to }) => to));
  const hows = new Map(edges.map(({ from, to, how }) => [`${from} ${to}`, how]));
  return [
    speak.strong(
      root === null
        ? heading('Artifacts', latest, total, line)
        : `Artifacts: ${count(nodes.length, 'version')}`,
    ),
    ...forest({
      roots: nodes.flatMap(({ ref }) => (made.has(ref) ? [] : [ref])),
      below: belowOf(edges.map(({ from, to }) => [from, to])),
      describe: (ref, parent) =>
        artifactText(known.get(ref), ref, hows.get(`${parent} ${ref}`), speak),
    }),
  ];
};

const artifactText = (
  node: ArtifactNode | undefined,
  ref: string,
  how: string | undefined,
  speak: Speak,
): string => {
  if (!node) return ref;
  const words = [
    ...(how === undefined || how === 'declared' ? [] : [how]),
    ...(node.latest ? [] : ['superseded']),
  ];
  const contract = node.contract === null ? '' : ` for ${node.contract}`;
  return `${ref}${words.length > 0 ? ` (${words.join(', ')})` : ''}  ${speak.faint(`${node.type} by ${node.publisher}${contract}`)}`;
};

/** Both kinds in one: what contracts wait for, what they published, and what that was made from. */
const diagramOf = ({ contracts, artifacts }: GraphOutput): Diagram => {
  const work = contracts?.nodes ?? [];
  const made = artifacts?.nodes ?? [];
  const ids = new Set(work.map(({ id }) => id));
  return {
    name: 'concord',
    nodes: [
      ...work.map((node) => ({
        name: `contract ${node.id}`,
        lines: [node.id, ...(node.title === undefined ? [] : [node.title]), stateOf(node)],
        round: true,
      })),
      ...made.map(({ ref, type, publisher, latest }) => ({
        name: ref,
        lines: [ref, `${type} by ${publisher}`, ...(latest ? [] : ['superseded'])],
      })),
    ],
    edges: [
      ...(contracts?.edges ?? []).map(({ from, to }) => ({
        from: `contract ${from}`,
        to: `contract ${to}`,
      })),
      ...made.flatMap(({ ref, contract }) =>
        contract !== null && ids.has(contract)
          ? [{ from: `contract ${contract}`, to: ref, label: 'made' }]
          : [],
      ),
      ...(artifacts?.edges ?? []).map(({ from, to, how }) => ({
        from,
        to,
        ...(how !== 'declared' && { label: how }),
      })),
    ],
  };
};

const next = (output: GraphOutput, input: GraphInput): Parameters<Speak['call']>[0] => {
  const { contracts, artifacts, root, omitted } = output;
  const latest = artifacts?.nodes.filter((one) => one.latest).length ?? 0;
  const cut =
    (contracts !== null && contracts.total > contracts.nodes.length) ||
    (root === null && artifacts !== null && artifacts.total > latest);
  if ((omitted || cut) && (input.limit ?? 50) < 1000)
    return { operation: 'graph_show', input: { ...input, limit: 1000 } };
  const first = contracts?.nodes[0];
  if (first) return { operation: 'contract_get', input: { contractId: first.id } };
  const ref = artifacts?.nodes[0]?.ref;
  if (ref !== undefined)
    return { operation: 'lineage_trace', input: { ref, direction: 'upstream' } };
  return {
    operation: 'contract_create',
    input: {
      contractId: 'hello',
      expectedOutputs: ['document'],
      context: 'Write a first document',
    },
  };
};
