import { statusWord } from '../../model/contract/status.ts';
import { count, oneLine } from '../../model/text.ts';
import { commitsCounted } from '../../store/code-since.ts';
import { age } from '../age.ts';
import type { Gone, Noted } from '../continuity/journal.ts';
import type { Moved, Newer, News } from '../continuity/news.ts';
import type { Section } from '../fit-bytes.ts';
import type { Speak } from '../operation.ts';
import { standText } from '../session/stand.ts';
import { table } from '../table.ts';
import type { BriefOutput } from './brief-output.ts';
import { since as lasting } from './status-text.ts';

/** How many lines each kind of news has; what is beyond is counted. */
const few = 5;

/** What is new since the agent was told last, and what it remembers that does not hold any more. */
export const newsSections = (
  output: BriefOutput,
  speak: Speak,
  asked: string | undefined,
): Section[] => {
  const { news, journal, gone, since } = output;
  const list = speak.call({ operation: 'artifact_list', input: { artifactType: 'decision' } });
  const decisions = news?.decisions ?? journal.decisions;
  const patterns = news?.patterns ?? journal.patterns;
  return [
    { lines: lastTime(output, speak), weight: 7 },
    {
      lines:
        since === null || !news
          ? []
          : [
              heading(
                news,
                asked === undefined
                  ? `you were told last (${age(since, speak.now)})`
                  : oneLine(asked, 60),
              ),
            ],
      weight: 7,
    },
    cut('', movedLines(news?.contracts ?? [], speak), 6),
    cut('Newer than what your work stands on', newerLines(news?.artifacts ?? [], speak), 6),
    { ...cut('Decisions', notedLines(decisions, speak), 4), rest: list },
    cut('Conventions', notedLines(patterns, speak), 4),
    cut('Remembered, but it no longer holds', goneLines(gone), 5),
    { lines: codeLines(output), weight: 5 },
  ];
};

const cut = (title: string, lines: readonly string[], weight: number): Section => {
  const left = lines.length - few;
  return {
    ...(title !== '' && { title }),
    lines: left > 0 ? [...lines.slice(0, few), `  and ${left} more`] : lines,
    weight,
  };
};

const heading = ({ transactions, more }: News, since: string): string =>
  transactions === 0
    ? `Nothing new of others since ${since}.`
    : `New since ${since}: ${more ? 'more than ' : ''}${count(transactions, 'transaction')} by others`;

const lastTime = ({ stood, holds }: BriefOutput, speak: Speak): string[] => {
  if (!stood) return [];
  const { dirty, changed, contract, time } = stood;
  const files = dirty.slice(0, 3).map((path) => oneLine(path, 60));
  const named = files.length === 0 ? '' : ` (${files.join(', ')}${changed > 3 ? ', ...' : ''})`;
  const inHand =
    contract === undefined || holds.some(({ id }) => id === contract)
      ? ''
      : `, ${oneLine(contract, 100)} in hand`;
  return [`Your last session ended ${age(time, speak.now)} ${standText(stood)}${named}${inHand}.`];
};

const movedLines = (moved: readonly Moved[], speak: Speak): string[] =>
  table(
    moved.map(({ id, status, by, time, reason }) => [
      `  ${id}`,
      statusWord(status),
      `by ${by}`,
      lasting(time, speak.now),
      reason === undefined ? '' : `"${oneLine(reason, 80)}"`,
    ]),
  );

const newerLines = (newer: readonly Newer[], speak: Speak): string[] =>
  table(
    newer.map(({ ref, by, used, usedBy, time }) => [
      `  ${ref}`,
      `by ${by}`,
      lasting(time, speak.now),
      `${usedBy} was made from ${used}`,
    ]),
  );

const notedLines = (noted: readonly Noted[], speak: Speak): string[] =>
  noted.map(
    ({ ref, by, time, text }) =>
      `  ${ref}  ${by}, ${age(time, speak.now)}: "${oneLine(text, 110)}"`,
  );

const goneLines = (gone: readonly Gone[]): string[] =>
  gone.map(({ ref, text, by, changed }) => {
    const [file = ''] = changed;
    const rest = changed.length > 1 ? ` and ${count(changed.length - 1, 'other file')}` : '';
    const why =
      by === undefined
        ? `${oneLine(file, 80)}${rest} ${changed.length > 1 ? 'have' : 'has'} changed since`
        : `superseded by ${by}`;
    return `  ${ref}  ${why}: "${oneLine(text, 80)}"`;
  });

const codeLines = ({ code, since }: BriefOutput): string[] => {
  if (!code || code.commits === 0 || since === null) return [];
  const amount =
    code.commits > commitsCounted
      ? `more than ${count(commitsCounted, 'commit')}`
      : count(code.commits, 'commit');
  return [`Code: ${amount} since, the newest "${oneLine(code.newest ?? '', 90)}"`];
};
