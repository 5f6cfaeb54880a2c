import { count } from '../../model/text.ts';
import { belowOf, forest } from '../forest.ts';
import type { Speak } from '../operation.ts';
import type { TraceOutput } from './output.ts';

/** What a trace found, as a tree below its roots; a version met again is named, not unfolded. */
export const renderTree = (output: TraceOutput, speak: Speak): string => {
  const { root, direction, nodes, omitted } = output;
  const roots = nodes
    .filter(({ ref }) => ref === root || ref.slice(0, ref.lastIndexOf('@')) === root)
    .map(({ ref }) => ref);
  const found = nodes.length - roots.length;
  const what = direction === 'upstream' ? 'was made from' : 'led to';
  if (found === 0 && !omitted) return speak.strong(`${root} ${what} nothing else.`);
  const next = { operation: 'lineage_trace', input: { ref: root, direction, limit: 10_000 } };
  return [
    speak.strong(
      `${root} ${what} ${omitted ? 'more than is shown here' : count(found, 'version')}:`,
    ),
    ...branches(output, roots, speak),
    ...(omitted ? ['', `Next: ${speak.call(next)}`] : []),
  ].join('\n');
};

const branches = (output: TraceOutput, roots: readonly string[], speak: Speak): string[] => {
  const below = belowOf(
    output.edges.map(({ from, to }) => (output.direction === 'upstream' ? [to, from] : [from, to])),
  );
  const listed = roots.length === 1 ? roots : roots.filter((ref) => below.has(ref));
  return forest({ roots: listed, below, describe: describer(output, speak) });
};

/** A version with its facts, and how it is known that it belongs to the one above it, where nobody declared it. */
const describer = (
  { nodes, edges, direction }: TraceOutput,
  speak: Speak,
): ((ref: string, parent?: string) => string) => {
  const info = new Map(nodes.map((node) => [node.ref, node]));
  const hows = new Map(
    edges.map(({ from, to, how }) => [
      direction === 'upstream' ? `${from} ${to}` : `${to} ${from}`,
      how,
    ]),
  );
  return (ref, parent) => {
    const node = info.get(ref);
    if (!node) return ref;
    const how = hows.get(`${ref} ${parent}`);
    const marks = [
      ...(how && how !== 'declared' ? [how] : []),
      ...(node.latest ? [] : ['superseded']),
    ];
    const contract = node.contract ? ` for ${node.contract}` : '';
    const facts = speak.faint(
      `${node.type} by ${node.publisher}${contract}, ${node.commit.slice(0, 12)}`,
    );
    return `${ref}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}  ${facts}`;
  };
};
