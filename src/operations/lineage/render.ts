import { count } from '../../model/text.ts';
import type { Speak } from '../operation.ts';
import type { StaleOutput, TraceOutput } from './output.ts';

export const renderTrace = (
  output: TraceOutput,
  speak: Speak,
  format: 'text' | 'mermaid' | 'dot',
): string => {
  if (format === 'mermaid') return mermaid(output);
  if (format === 'dot') return dot(output);
  return tree(output, speak);
};

/** As a tree below the root; a version met again is named, not unfolded. */
const tree = (output: TraceOutput, speak: Speak): string => {
  const { root, direction, nodes, edges } = output;
  const info = new Map(nodes.map((node) => [node.ref, node]));
  const below = new Map<string, string[]>();
  for (const { from, to } of edges) {
    const [parent, child] = direction === 'upstream' ? [to, from] : [from, to];
    below.set(parent, [...(below.get(parent) ?? []), child]);
  }
  const shown = new Set<string>();
  const describe = (ref: string): string => {
    const node = info.get(ref);
    const mark = node && !node.latest ? ' (superseded)' : '';
    return node
      ? `${ref}${mark}  ${speak.faint(`${node.type} by ${node.publisher}${node.contract ? ` for ${node.contract}` : ''}, ${node.commit.slice(0, 12)}`)}`
      : ref;
  };
  const unfold = (ref: string, indent: string): string[] =>
    (below.get(ref) ?? []).flatMap((child, index, all) => {
      const last = index === all.length - 1;
      const again = shown.has(child);
      shown.add(child);
      const more = (below.get(child) ?? []).length > 0;
      const line = `${indent}${last ? '└─ ' : '├─ '}${describe(child)}${again && more ? ' (see above)' : ''}`;
      return [line, ...(again ? [] : unfold(child, `${indent}${last ? '   ' : '│  '}`))];
    });
  const roots = nodes
    .filter(({ ref }) => ref === root || ref.slice(0, ref.lastIndexOf('@')) === root)
    .map(({ ref }) => ref);
  const listed =
    roots.length === 1 ? roots : roots.filter((ref) => (below.get(ref) ?? []).length > 0);
  const lines = listed.flatMap((ref) => {
    shown.add(ref);
    return [describe(ref), ...unfold(ref, '')];
  });
  const found = nodes.length - roots.length;
  const what = direction === 'upstream' ? 'was made from' : 'led to';
  const heading =
    found === 0
      ? `${root} ${what} nothing else.`
      : `${root} ${what} ${count(found, 'version')}${output.omitted ? ', and more' : ''}:`;
  return [speak.strong(heading), ...(found === 0 ? [] : lines), ...closing(output, speak)].join(
    '\n',
  );
};

const closing = ({ root, omitted, direction }: TraceOutput, speak: Speak): string[] =>
  omitted
    ? [
        '',
        `Next: ${speak.call({ operation: 'lineage_trace', input: { ref: root, direction, depth: 1 } })}`,
      ]
    : [];

/** Names for graph languages: ids hold only a-z 0-9 . _ - / and @, so quoting is enough. */
const quoted = (ref: string): string => `"${ref}"`;

const mermaid = ({ nodes, edges }: TraceOutput): string => {
  const name = new Map(nodes.map(({ ref }, index) => [ref, `n${index}`]));
  const boxes = nodes.map(
    ({ ref, type, publisher }) => `  ${name.get(ref)}["${ref}<br/>${type} by ${publisher}"]`,
  );
  const arrows = edges.map(
    ({ from, to, how }) =>
      `  ${name.get(from)} ${how === 'declared' ? '-->' : `-. ${how} .->`} ${name.get(to)}`,
  );
  return ['graph LR', ...boxes, ...arrows.filter((arrow) => !arrow.includes('undefined'))].join(
    '\n',
  );
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

export const renderStale = ({ stale, total }: StaleOutput, speak: Speak): string => {
  if (total === 0) return 'Nothing is out of date.';
  const direct = stale.filter(({ indirect }) => !indirect);
  const lines = stale.flatMap(({ ref, type, publisher, indirect, causes, through }) => [
    `${speak.strong(ref)}  ${speak.faint(`${type} by ${publisher}`)}`,
    ...causes.map(
      (cause) => `  made from ${cause.derivedFrom}; ${cause.newer} is newer and differs`,
    ),
    ...(indirect ? [`  only through ${through.join(', ')}`] : []),
  ]);
  const heading = `${count(total, 'artifact')} out of date (${direct.length} by an input of its own${total > stale.length ? `; ${stale.length} shown` : ''}):`;
  const first = direct[0]?.causes[0];
  const next = first
    ? [
        '',
        `Next: ${speak.call({ operation: 'artifact_get', input: { artifactId: first.newer } })}, then publish anew what stands on it.`,
      ]
    : [];
  return [heading, ...lines, ...next].join('\n');
};
