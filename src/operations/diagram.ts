import { oneLine } from '../model/text.ts';

/** A graph for other programs to draw. What the lines of a node say may come from anywhere. */
export type Diagram = {
  readonly name: string;
  readonly nodes: readonly {
    readonly name: string;
    readonly lines: readonly string[];
    readonly round?: boolean;
  }[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    /** One that is not the usual kind is dashed, and says of which kind it is. */
    readonly label?: string;
  }[];
};

/** Letters, digits and what means nothing in Mermaid stay; all else becomes a numbered character. */
const mermaidText = (text: string): string =>
  oneLine(text).replace(
    /[^\p{L}\p{N} .,:@/_-]/gu,
    (character) => `#${character.codePointAt(0) ?? 0};`,
  );

export const mermaid = ({ nodes, edges }: Diagram): string => {
  const names = new Map(nodes.map(({ name }, index) => [name, `n${index}`]));
  const boxes = nodes.map(({ name, lines, round }) => {
    const label = `"${lines.map(mermaidText).join('<br/>')}"`;
    return `  ${names.get(name)}${round ? `(${label})` : `[${label}]`}`;
  });
  // An edge may lead to something that a limit left out.
  const arrows = edges.flatMap(({ from, to, label }) => {
    const [start, end] = [names.get(from), names.get(to)];
    const arrow = label === undefined ? '-->' : `-. ${mermaidText(label)} .->`;
    return start && end ? [`  ${start} ${arrow} ${end}`] : [];
  });
  return ['graph LR', ...boxes, ...arrows].join('\n');
};

const dotText = (text: string): string => oneLine(text).replace(/["\\]/g, String.raw`\$&`);

const quoted = (text: string): string => `"${dotText(text)}"`;

export const dot = ({ name, nodes, edges }: Diagram): string => {
  const boxes = nodes.map((node) => {
    const label = `"${node.lines.map(dotText).join(String.raw`\n`)}"`;
    return `  ${quoted(node.name)} [label=${label}${node.round ? ', style=rounded' : ''}];`;
  });
  const arrows = edges.map(
    ({ from, to, label }) =>
      `  ${quoted(from)} -> ${quoted(to)}${label === undefined ? '' : ` [style=dashed, label=${quoted(label)}]`};`,
  );
  return [
    `digraph ${name} {`,
    '  rankdir=LR;',
    '  node [shape=box];',
    ...boxes,
    ...arrows,
    '}',
  ].join('\n');
};
