import { count } from '../../model/text.ts';
import { dot, mermaid } from '../diagram.ts';
import type { Diagram } from '../diagram.ts';
import type { Speak } from '../operation.ts';
import type { StaleOutput, TraceOutput } from './output.ts';
import { renderTree } from './tree.ts';

export const renderTrace = (
  output: TraceOutput,
  speak: Speak,
  format: 'text' | 'mermaid' | 'dot',
): string => {
  if (format === 'mermaid') return mermaid(diagramOf(output));
  if (format === 'dot') return dot(diagramOf(output));
  return renderTree(output, speak);
};

const diagramOf = ({ nodes, edges }: TraceOutput): Diagram => ({
  name: 'lineage',
  nodes: nodes.map(({ ref, type, publisher }) => ({
    name: ref,
    lines: [ref, `${type} by ${publisher}`],
  })),
  edges: edges.map(({ from, to, how }) => ({
    from,
    to,
    ...(how !== 'declared' && { label: how }),
  })),
});

export const renderStale = ({ stale, total, direct }: StaleOutput, speak: Speak): string => {
  if (total === 0) return 'Nothing is out of date.';
  const lines = stale.flatMap(({ ref, type, publisher, indirect, causes, through }) => [
    `${speak.strong(ref)}  ${speak.faint(`${type} by ${publisher}`)}`,
    ...causes.map(
      (cause) => `  made from ${cause.derivedFrom}; ${cause.newer} is newer and differs`,
    ),
    ...(indirect ? [`  only through ${through.join(', ')}`] : []),
  ]);
  const shown = total > stale.length ? ` (${stale.length} shown)` : '';
  const how = [`${direct} by an input of its own`, `${total - direct} through another`];
  const heading = `${count(total, 'artifact')} out of date${shown}: ${how.filter((part) => !part.startsWith('0 ')).join(', ')}.`;
  const first = stale.find(({ indirect }) => !indirect)?.causes[0];
  const next = first
    ? [
        '',
        `Next: ${speak.call({ operation: 'artifact_get', input: { artifactId: first.newer } })}, then publish anew what stands on it.`,
      ]
    : [];
  return [heading, ...lines, ...next].join('\n');
};
