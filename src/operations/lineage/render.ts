import { count } from '../../model/text.ts';
import type { Speak } from '../operation.ts';
import type { StaleOutput, TraceOutput } from './output.ts';
import { renderTree } from './tree.ts';

export const renderTrace = (
  output: TraceOutput,
  speak: Speak,
  format: 'text' | 'mermaid' | 'dot',
): string => {
  if (format === 'mermaid') return mermaid(output);
  if (format === 'dot') return dot(output);
  return renderTree(output, speak);
};

/** Names for graph languages: ids hold only a-z 0-9 . _ - / and @, so quoting is enough. */
const quoted = (ref: string): string => `"${ref}"`;

const mermaid = ({ nodes, edges }: TraceOutput): string => {
  const name = new Map(nodes.map(({ ref }, index) => [ref, `n${index}`]));
  const boxes = nodes.map(
    ({ ref, type, publisher }) => `  ${name.get(ref)}["${ref}<br/>${type} by ${publisher}"]`,
  );
  // An edge may lead to a version that the limit left out.
  const arrows = edges.flatMap(({ from, to, how }) => {
    const [start, end] = [name.get(from), name.get(to)];
    const arrow = how === 'declared' ? '-->' : `-. ${how} .->`;
    return start && end ? [`  ${start} ${arrow} ${end}`] : [];
  });
  return ['graph LR', ...boxes, ...arrows].join('\n');
};

const dot = ({ nodes, edges }: TraceOutput): string => {
  const boxes = nodes.map(
    ({ ref, type, publisher }) => `  ${quoted(ref)} [label="${ref}\\n${type} by ${publisher}"];`,
  );
  const arrows = edges.map(
    ({ from, to, how }) =>
      `  ${quoted(from)} -> ${quoted(to)}${how === 'declared' ? '' : ` [style=dashed, label="${how}"]`};`,
  );
  return [
    'digraph lineage {',
    '  rankdir=LR;',
    '  node [shape=box];',
    ...boxes,
    ...arrows,
    '}',
  ].join('\n');
};

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
