import { count, oneLine, shown } from '../../model/text.ts';
import { age } from '../age.ts';
import type { Speak } from '../operation.ts';
import { table } from '../table.ts';
import { draw } from './draw.ts';
import type { LogEntry } from './entry.ts';
import type { LogInput, LogOutput } from './show.ts';
import { consequences, deed, wordsOf } from './words.ts';

export const renderLog = (output: LogOutput, speak: Speak, input: LogInput): string => {
  const { entries, warning, hidden } = output;
  const notes = [
    ...(warning === undefined ? [] : [speak.strong(oneLine(warning, 300))]),
    ...(entries.length > 0 ? [] : [nothing(output, input)]),
  ];
  const passed =
    hidden > 0
      ? [
          speak.faint(
            `${count(hidden, 'renewal or registration', 'renewals and registrations')} not shown (all shows them).`,
          ),
        ]
      : [];
  return [
    ...notes,
    ...renderEntries(output, speak, input),
    ...passed,
    ...left(output, input),
    '',
    `Next: ${speak.call(next(output, input))}`,
  ].join('\n');
};

/** The transactions alone, each with what followed from it. */
export const renderEntries = (
  { entries, line }: LogOutput,
  speak: Speak,
  input: LogInput,
): string[] => {
  const drawings = input.graph ? draw(entries.map((entry) => ({ line, ...entry }))) : [];
  const tips = new Set(tipsOf(entries));
  return table(
    entries.flatMap((entry, index) => {
      const { above = [], node = '', beside = '' } = drawings[index] ?? {};
      return [
        ...above.map((text) => [text]),
        [
          node,
          age(entry.time, speak.now),
          oneLine(entry.agent, 64),
          `${tips.has(entry) ? `(${entry.line}) ` : ''}${headline(entry, speak)}`,
        ],
        ...consequences(entry, input.all).map((event) => [
          beside,
          '',
          '',
          `  -> ${wordsOf(event)}`,
        ]),
      ];
    }),
  );
};

/** Of each line its newest transaction, where there are several lines. */
const tipsOf = (entries: readonly LogEntry[]): readonly LogEntry[] => {
  const tips = new Map<string, LogEntry>();
  for (const entry of entries)
    if (entry.line !== undefined && !tips.has(entry.line)) tips.set(entry.line, entry);
  return tips.size > 1 ? [...tips.values()] : [];
};

const headline = (entry: LogEntry, speak: Speak): string => {
  const { refused, text, commit } = entry;
  // Who made a commit by hand may have written anything.
  const what = refused
    ? `refused: ${shown(entry.subject, 120)} (breaks the rules, not applied)`
    : deed(entry);
  const said = text === undefined ? '' : `  ${shown(text, 80)}`;
  return `${what}${said}  ${speak.faint(commit.slice(0, 12))}`;
};

const nothing = ({ line, total, near }: LogOutput, input: LogInput): string => {
  const filters = [
    ...(input.agent === undefined ? [] : [`by the agent ${shown(input.agent)}`]),
    ...(input.contract === undefined ? [] : [`about the contract ${shown(input.contract)}`]),
    ...(input.artifact === undefined ? [] : [`that published ${shown(input.artifact)}`]),
    ...(input.event === undefined ? [] : [`with the event ${shown(input.event)}`]),
    ...(input.since === undefined ? [] : [`since ${shown(input.since)}`]),
    ...(input.at === undefined ? [] : [`until ${shown(input.at)}`]),
    ...(input.cursor === undefined ? [] : [`beyond the cursor ${shown(input.cursor)}`]),
  ];
  const among = total > 0 ? ` (${count(total, 'transaction')} there)` : '';
  const meant = near === undefined ? '' : ` Did you mean the agent ${near}?`;
  return `No transaction of ${line} ${filters.join(', ') || 'to show'}${among}.${meant}`;
};

const left = ({ entries, left: rest, line, cursor }: LogOutput, input: LogInput): string[] => {
  if (cursor === undefined) return [];
  const which = input.reverse ? 'later' : 'earlier';
  const searched = input.agent !== undefined || input.event !== undefined;
  const whether = searched ? ', which may not all match' : '';
  return [
    `${count(entries.length, 'transaction')} of ${cursor.includes('@') ? 'these lines' : line}; ${count(rest, `${which} one`)} left${whether}.`,
  ];
};

const filters = ['agent', 'contract', 'artifact', 'event', 'since', 'at'] as const;

const next = (output: LogOutput, input: LogInput): Parameters<Speak['call']>[0] => {
  const { cursor, entries, hidden, fresh } = output;
  if (cursor !== undefined) return { operation: 'log_show', input: { ...input, cursor } };
  if (fresh)
    return {
      operation: 'contract_create',
      input: {
        contractId: 'hello',
        expectedOutputs: ['document'],
        context: 'Write a first document',
      },
    };
  const [first] = entries;
  if (first) return { operation: 'show', input: { name: first.commit.slice(0, 12) } };
  if (hidden > 0) return { operation: 'log_show', input: { ...input, all: true } };
  const filtered = filters.some((key) => input[key] !== undefined) || input.cursor !== undefined;
  return filtered ? { operation: 'log_show', input: {} } : { operation: 'team_status', input: {} };
};
