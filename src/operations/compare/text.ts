import type { Differing } from '../../model/compare/differences.ts';
import { count, oneLine } from '../../model/text.ts';
import type { Speak } from '../operation.ts';
import { fitting, partOf } from './fit.ts';
import type { CompareOutput, Item, Section } from './sections.ts';
import { sectionsOf } from './sections.ts';
import { nextCall } from './next.ts';
import { valueTexts } from './values.ts';
import { whyWords } from './why-text.ts';
import { differs, nothing, there } from './words.ts';

/** From so many columns on, both sides stand beside each other. */
const wide = 100;
const nameWidth = 32;

/** How wide the columns are: of the names, and of each side. */
type Columns = { readonly name: number; readonly side: number };

const columnsOf = ({ width }: Speak): Columns | undefined =>
  width === undefined || width < wide
    ? undefined
    : { name: nameWidth, side: Math.floor((width - nameWidth - 6) / 2) };

export const renderText = (output: CompareOutput, speak: Speak): string =>
  fitting((rows) => textOf(output, speak, rows));

const textOf = (output: CompareOutput, speak: Speak, rows: number): string => {
  const { left, right, git } = output;
  const columns = columnsOf(speak);
  const sections = sectionsOf(output);
  return [
    speak.strong(`${left.name} -> ${right.name}: ${totals(output)}`),
    ...(isBackwards(output) ? [`${right.name} is the earlier one.`] : []),
    ...whyLines(output, speak),
    ...sections.flatMap((section) => sectionLines(section, output, { speak, columns, rows })),
    '',
    speak.faint(`git shows the same: ${git}`),
    '',
    `Next: ${speak.call(nextCall(output))}`,
  ].join('\n');
};

export const isBackwards = ({ left, right }: CompareOutput): boolean =>
  left.line === right.line && left.position > right.position;

export const totals = ({ same, counts }: CompareOutput): string => {
  const { contracts, artifacts } = counts;
  if (same)
    return `${count(contracts.same, 'contract')} and ${count(artifacts.same, 'artifact')}, all of them the same`;
  const parts = [
    ...(contracts.different > 0 ? [count(contracts.different, 'contract')] : []),
    ...(artifacts.different > 0 ? [count(artifacts.different, 'artifact')] : []),
  ];
  if (parts.length === 0) return 'contracts and artifacts are the same';
  const one = contracts.different + artifacts.different === 1;
  return `${parts.join(' and ')} ${one ? 'differs' : 'differ'}`;
};

const whyLines = (output: CompareOutput, speak: Speak): string[] => {
  const { why, left, right } = output;
  const sentence = whyWords(output, (text) => oneLine(text, 200));
  if (!why || why.path === '') return [sentence];
  const [before, after] = valueTexts(why, 300);
  return [
    sentence,
    speak.quote(
      [oneLine(why.path, 200), `  ${left.name}: ${before}`, `  ${right.name}: ${after}`].join('\n'),
    ),
  ];
};

type Look = {
  readonly speak: Speak;
  readonly columns: Columns | undefined;
  readonly rows: number;
};

const sectionLines = (section: Section, output: CompareOutput, look: Look): string[] => {
  const { speak, columns, rows } = look;
  const { items, rest } = partOf(section, rows);
  const longest = columns
    ? 0
    : Math.min(nameWidth, Math.max(0, ...items.map(({ name }) => name.length)));
  const heading = columns
    ? inColumns(section.title, output.left.name, output.right.name, columns)
    : section.title;
  return [
    '',
    speak.strong(items.length > 0 ? heading : section.title),
    ...items.flatMap((item) =>
      itemLines({ ...item, name: item.name.padEnd(longest) }, output, look),
    ),
    ...(rest > 0 ? [`  and ${rest} more; JSON has them all`] : []),
    ...section.notes.map((note) => `  ${note}`),
  ];
};

const itemLines = (item: Item, output: CompareOutput, { speak, columns }: Look): string[] => {
  const { name, left, right, differences, total } = item;
  const row = columns
    ? inColumns(`  ${name}`, left, right, columns)
    : `  ${name}  ${across(item, output)}`;
  const lines = differences.map((one) => differenceLine(one, columns));
  const more = total - differences.length;
  return [
    row,
    ...(lines.length > 0 ? [speak.quote(lines.join('\n'))] : []),
    ...(more > 0 ? [`    and ${count(more, 'more difference', 'more differences')}`] : []),
  ];
};

/** Both sides on one line. */
const across = ({ left, right }: Item, output: CompareOutput): string => {
  if (left === right) return left === differs ? differs : `${left} on both sides`;
  if (left !== nothing && right !== nothing) return `${left} -> ${right}`;
  const [side, words] = left === nothing ? [output.right, right] : [output.left, left];
  return `only on ${side.name}${words === there ? '' : `: ${words}`}`;
};

/** The text of a difference; a front end marks it as data. */
const differenceLine = (difference: Differing, columns: Columns | undefined): string => {
  const { path, left, right } = difference;
  const place = oneLine(path === '' ? '(all of it)' : path, 200);
  const [before, after] = valueTexts(difference, columns?.side ?? 200);
  // Two characters less for the mark before it.
  if (columns)
    return inColumns(`  ${place}`, before, after, { ...columns, name: columns.name - 2 });
  if (left === undefined) return `  + ${place}: ${after}`;
  if (right === undefined) return `  - ${place}: ${before}`;
  return `  ~ ${place}: ${before} -> ${after}`;
};

const inColumns = (name: string, left: string, right: string, columns: Columns): string => {
  // What is too long for its column is cut, and keeps the others in place.
  const indent = /^ */.exec(name)?.[0] ?? '';
  const first = `${indent}${oneLine(name, columns.name - indent.length)}`.padEnd(columns.name);
  return `${first}  ${oneLine(left, columns.side).padEnd(columns.side)}  ${oneLine(right, columns.side)}`.trimEnd();
};
