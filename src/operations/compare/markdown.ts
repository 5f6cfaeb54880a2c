import type { Differing } from '../../model/compare/differences.ts';
import { count, oneLine } from '../../model/text.ts';
import { fitting, partOf } from './fit.ts';
import { sectionsOf } from './sections.ts';
import type { CompareOutput, Item, Section } from './sections.ts';
import { isBackwards, totals } from './text.ts';
import { valueTexts } from './values.ts';
import { whyWords } from './why-text.ts';

/**
 * A name as code: there it can be no link, no mention and no HTML. A bar would end the cell of a table even there, and no escape of it is
 * read alike everywhere, so it is shown by its number, as other characters are that would do harm.
 */
const code = (text: string): string => {
  const plain = oneLine(text, 200).replaceAll('|', String.raw`\u{007c}`);
  const runs = plain.match(/`+/g)?.map(({ length }) => length) ?? [];
  const fence = '`'.repeat(Math.max(0, ...runs) + 1);
  const space = /^`|`$/.test(plain) ? ' ' : '';
  return plain === '' ? '' : `${fence}${space}${plain}${space}${fence}`;
};

/** For the description of a pull request: tables of what we say, fenced blocks of what agents wrote. */
export const renderMarkdown = (output: CompareOutput): string =>
  fitting((rows) => markdownOf(output, rows));

const markdownOf = (output: CompareOutput, rows: number): string => {
  const { why, left, right, git } = output;
  return [
    `### ${code(left.name)} and ${code(right.name)}: ${totals(output)}`,
    '',
    whyWords(output, code),
    ...(isBackwards(output) ? ['', `${code(right.name)} is the earlier one.`] : []),
    ...(why && why.path !== '' ? ['', ...fenced([why])] : []),
    ...sectionsOf(output).flatMap((section) => sectionLines(section, output, rows)),
    '',
    `git shows the same: ${code(git)}`,
  ].join('\n');
};

const sectionLines = (section: Section, { left, right }: CompareOutput, rows: number): string[] => {
  const { items, rest } = partOf(section, rows);
  const notes = [...(rest > 0 ? [`and ${rest} more`] : []), ...section.notes.map(noteOf)];
  return [
    '',
    `#### ${section.title}`,
    ...(items.length > 0
      ? ['', `| | ${code(left.name)} | ${code(right.name)} |`, '| --- | --- | --- |']
      : []),
    ...items.map((item) => `| ${code(item.name)} | ${code(item.left)} | ${code(item.right)} |`),
    ...items.flatMap(differencesOf),
    ...(notes.length > 0 ? ['', `${notes.join('; ')}.`] : []),
  ];
};

/** A command is code, other notes are sentences of ours. */
const noteOf = (note: string): string => (note.startsWith('git ') ? code(note) : note);

const differencesOf = ({ name, differences, total }: Item): string[] => {
  if (differences.length === 0) return [];
  const more = total - differences.length;
  return [
    '',
    `${code(name)}:`,
    '',
    ...fenced(differences),
    ...(more > 0 ? ['', `and ${count(more, 'more difference', 'more differences')}.`] : []),
  ];
};

/** Every line begins with a mark of ours and holds one value, so none can end the block. */
const fenced = (differences: readonly Differing[]): string[] => [
  '```diff',
  ...differences.flatMap((difference) => {
    const { path, left, right } = difference;
    const [before, after] = valueTexts(difference, 300);
    return [
      `@@ ${oneLine(path === '' ? '(all of it)' : path, 200)} @@`,
      ...(left === undefined ? [] : [`- ${before}`]),
      ...(right === undefined ? [] : [`+ ${after}`]),
    ];
  }),
  '```',
];
