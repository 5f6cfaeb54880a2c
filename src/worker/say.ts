import { count, oneLine } from '../model/text.ts';
import type { StatusOutput } from '../operations/team/status.ts';
import { amountText, isNothing } from '../model/budget/amount.ts';
import type { Ending, WorkerEvent } from './state.ts';

const clockOf = (at: number): string => new Date(at).toTimeString().slice(0, 8);

/** "3 s", "12 min": how long a run took. */
const lasting = (seconds: number): string =>
  seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;

const cost = ({ seconds, usd }: Ending): string =>
  `${lasting(seconds)}${usd === undefined ? '' : `, ${usd.toFixed(2)} USD`}`;

const endingLine = (ending: Ending): string => {
  const { contract, agent, attempt, outcome, reason } = ending;
  const tries = attempt > 1 ? `, attempt ${attempt}` : '';
  const why = reason === undefined ? '' : `: ${oneLine(reason, 400)}`;
  return `${contract} ${outcome} (${agent}${tries}, ${cost(ending)})${why}`;
};

const phases = {
  working: 'Working.',
  stopping: 'Nothing new is started; what runs goes on to its end. Ctrl-C again stops it.',
  stopped: 'Stopping what runs; its contracts go back.',
} as const;

/** One event on one line. */
export const eventText = (event: WorkerEvent): string => {
  const at = clockOf(event.at);
  if (event.type === 'started') {
    const { agent, contract, attempt } = event.run;
    return `${at}  ${agent} starts ${contract}${attempt > 1 ? ` (attempt ${attempt})` : ''}`;
  }
  if (event.type === 'ended') return `${at}  ${endingLine(event.ending)}`;
  return `${at}  ${event.type === 'phase' ? phases[event.phase] : oneLine(event.text, 600)}`;
};

/** What came of it all: what this supervisor brought to an end, and what is left for somebody. */
export const summaryLines = (
  endings: readonly Ending[],
  status: StatusOutput,
): readonly string[] => {
  const completed = [
    ...new Set(
      endings.filter(({ outcome }) => outcome === 'completed').map(({ contract }) => contract),
    ),
  ];
  const { contracts, needsYou, ready, waiting, inProgress, budget } = status;
  const open = [
    ...ready.map(
      ({ id, assignee, blockedBy }) =>
        `  ${id}  ready, for ${assignee ?? 'anyone'}${blockedBy.length > 0 ? `: ${oneLine(blockedBy.join('; '))}` : ''}`,
    ),
    ...inProgress.map(({ id, holder }) => `  ${id}  in progress, held by ${holder ?? 'somebody'}`),
    ...waiting.map(({ id, blockedBy }) => `  ${id}  waits for ${oneLine(blockedBy.join('; '))}`),
  ];
  const all =
    (contracts['ready'] ?? 0) + (contracts['in_progress'] ?? 0) + (contracts['pending'] ?? 0);
  const failed = contracts['failed'] ?? 0;
  return [
    completed.length === 0
      ? 'Completed nothing.'
      : `Completed ${count(completed.length, 'contract')}: ${oneLine(completed.join(', '), 600)}`,
    ...(failed === 0
      ? []
      : [
          `Failed ${count(failed, 'contract')}:`,
          ...needsYou.map((one) => `  ${one.id}${reasonOf(endings, one.id)}`),
        ]),
    ...(failed > needsYou.length ? [`  and ${failed - needsYou.length} more`] : []),
    ...(all === 0 ? [] : [`Still open, ${count(all, 'contract')}:`, ...open]),
    ...(all > open.length ? [`  and ${all - open.length} more`] : []),
    ...(budget && !isNothing(budget.spent) ? [`Used so far: ${amountText(budget.spent)}`] : []),
  ];
};

const reasonOf = (endings: readonly Ending[], contract: string): string => {
  const reason = endings.findLast((one) => one.contract === contract)?.reason;
  return reason === undefined ? '' : `: ${oneLine(reason, 400)}`;
};
