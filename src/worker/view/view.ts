import { spentText } from '../../model/budget/amount.ts';
import { oneLine } from '../../model/text.ts';
import { table } from '../../operations/table.ts';
import type { Ending, Phase, Run, WorkerState } from '../state.ts';
import { dollars, endingText, lasting, name, timeOfDay } from './words.ts';

export type ViewOptions = {
  readonly width: number;
  /** How many lines there is room for. */
  readonly height?: number;
  readonly now: number;
  readonly colour: boolean;
};

/** A program that has been silent for so long may be worth a look. */
const longSilence = 60;
const shownEndings = 5;

/** The supervisor on a screen: who works on what, what waits, what ended last, what it cost. */
export const viewOf = (state: WorkerState, options: ViewOptions): readonly string[] => {
  const { runs, endings } = state;
  const last = endings.slice(-shownEndings);
  const room = Math.max(1, (options.height ?? 24) - 5 - last.length);
  const rows = table(runs.slice(0, room).map((run) => runCells(run, options.now)));
  const rest = runs.length - rows.length;
  const { strong, faint } = tones(options);
  return [
    strong(summary(state)),
    ...rows.map((row) => plain(row, options.width)),
    ...(rest > 0 ? [faint(`  and ${rest} more`)] : []),
    ...(runs.length === 0 ? [faint('  nobody is at work')] : []),
    ...(last.length > 0 ? [faint('Ended')] : []),
    ...table(last.map(endingCells)).map((row) => plain(row, options.width)),
    faint(keys[state.phase]),
  ];
};

const summary = ({ line, runs, parallel, counts, budget }: WorkerState): string => {
  const { ready, waiting, completed, failed } = counts;
  const parts = [
    `${runs.length} of ${parallel} at work`,
    `${ready} ready`,
    `${waiting} waiting`,
    `${completed} completed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  const cost =
    budget &&
    (budget.limit === undefined
      ? dollars(budget.spent)
      : spentText({ usd: budget.spent }, { usd: budget.limit }));
  return `${oneLine(line, 80)}: ${parts.join(', ')}${cost ? `   ${cost}` : ''}`;
};

const runCells = ({ contract, agent, attempt, began, heard, usd }: Run, now: number): string[] => {
  const silent = (now - heard) / 1000;
  return [
    `  ${name(contract)}`,
    name(agent, 24),
    attempt > 1 ? `attempt ${attempt}` : '',
    lasting((now - began) / 1000),
    dollars(usd),
    silent >= longSilence ? `silent for ${lasting(silent)}` : '',
  ];
};

const endingCells = (ending: Ending): string[] => [
  `  ${timeOfDay(ending.at, false)}`,
  name(ending.contract),
  name(ending.agent, 24),
  endingText(ending),
];

const keys: Readonly<Record<Phase, string>> = {
  working: 'Ctrl-C: no new starts; again: stop',
  stopping: 'Nothing new is started. Ctrl-C: stop what runs, and release it',
  stopped: 'Stopping ...',
};

/** At most so many characters: a longer line would take two of the screen. */
const plain = (text: string, width: number): string => {
  const characters = Array.from(text);
  return characters.length <= width
    ? text
    : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
};

const tones = ({
  width,
  colour,
}: ViewOptions): { strong: (text: string) => string; faint: (text: string) => string } => {
  const tone = (code: number) => (text: string) =>
    colour ? `\u001b[${code}m${plain(text, width)}\u001b[22m` : plain(text, width);
  return { strong: tone(1), faint: tone(2) };
};
