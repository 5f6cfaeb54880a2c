import { amountText, isNothing } from '../model/budget/amount.ts';
import { count, oneLine } from '../model/text.ts';
import type { StatusOutput } from '../operations/team/status.ts';
import type { Ending } from './state.ts';

/** What came of it all: what this supervisor brought to an end, and what is left for somebody. */
export const summaryLines = (
  endings: readonly Ending[],
  status: StatusOutput,
): readonly string[] => {
  const completed = completedBy(endings);
  const { contracts, needsYou, budget } = status;
  const failed = contracts['failed'] ?? 0;
  const open = openLines(status);
  const all = ['ready', 'in_progress', 'pending'].reduce(
    (sum, name) => sum + (contracts[name] ?? 0),
    0,
  );
  return [
    completed.length === 0
      ? 'Completed nothing.'
      : `Completed ${count(completed.length, 'contract')}: ${oneLine(completed.join(', '), 600)}`,
    ...(failed === 0 ? [] : [`Failed ${count(failed, 'contract')}:`]),
    ...needsYou.map(({ id }) => `  ${id}${reasonOf(endings, id)}`),
    ...rest(failed, needsYou.length),
    ...(all === 0 ? [] : [`Still open, ${count(all, 'contract')}:`, ...open]),
    ...rest(all, open.length),
    ...(budget && !isNothing(budget.spent) ? [`Used so far: ${amountText(budget.spent)}`] : []),
  ];
};

/** Each once, in the order in which they were completed first. */
const completedBy = (endings: readonly Ending[]): readonly string[] => [
  ...new Set(
    endings.filter(({ outcome }) => outcome === 'completed').map(({ contract }) => contract),
  ),
];

const rest = (all: number, shown: number): readonly string[] =>
  all > shown ? [`  and ${all - shown} more`] : [];

const openLines = ({ ready, inProgress, waiting }: StatusOutput): readonly string[] => [
  ...ready.map(({ id, assignee, blockedBy }) => {
    const why = blockedBy.length > 0 ? `: ${oneLine(blockedBy.join('; '))}` : '';
    return `  ${id}  ready, for ${assignee ?? 'anyone'}${why}`;
  }),
  ...inProgress.map(({ id, holder }) => `  ${id}  in progress, held by ${holder ?? 'somebody'}`),
  ...waiting.map(({ id, blockedBy }) => `  ${id}  waits for ${oneLine(blockedBy.join('; '))}`),
];

const reasonOf = (endings: readonly Ending[], contract: string): string => {
  const reason = endings.findLast((one) => one.contract === contract)?.reason;
  return reason === undefined ? '' : `: ${oneLine(reason, 400)}`;
};
