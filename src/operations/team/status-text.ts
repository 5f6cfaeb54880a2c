import { amountText, spentText } from '../../model/budget/amount.ts';
import { count, oneLine, shown } from '../../model/text.ts';
import { statusWord } from '../../model/contract/status.ts';
import type { Status } from '../../model/contract/contract.ts';
import { age } from '../age.ts';
import { titleOf } from '../contract/render.ts';
import type { Speak } from '../operation.ts';
import { table } from '../table.ts';
import type { Ready, Running } from './state.ts';
import type { StatusOutput } from './status.ts';

/** So many lines in all, so that a glance is enough. */
const lines = 24;

/** "12 min": for how long something has been so. */
export const since = (time: string, now: number): string =>
  age(time, now).replace('just now', 'a moment').replace(/ ago$/, '');

type Section = { readonly title: string; readonly rows: readonly string[]; readonly total: number };

/** Totals, then what needs a person, what is done, what is ready, what waits and why, what happened last. */
export const renderStatus = (output: StatusOutput, speak: Speak): string => {
  const head = [
    speak.strong(totals(output)),
    ...(output.warning === undefined ? [] : [speak.strong(oneLine(output.warning, 300))]),
  ];
  if (output.artifacts === 0 && Object.keys(output.contracts).length === 0)
    return [...head, '', `Next: ${speak.call(firstContract)}`].join('\n');
  const sections = sectionsOf(output, speak).filter(({ rows }) => rows.length > 0);
  const room = lines - head.length - 2;
  return [...head, ...fitted(sections, room, speak), '', `Next: ${speak.call(next(output))}`].join(
    '\n',
  );
};

const firstContract = {
  operation: 'contract_create',
  input: { contractId: 'hello', expectedOutputs: ['document'], context: 'Write a first document' },
};

const totals = ({
  line,
  contracts,
  artifacts,
  staleTotal,
  agents,
  budget,
}: StatusOutput): string => {
  const order = ['in_progress', 'ready', 'pending', 'completed', 'failed', 'cancelled'] as const;
  const work = order.flatMap((status: Status) =>
    contracts[status] ? [`${contracts[status]} ${statusWord(status)}`] : [],
  );
  const rest = [
    count(artifacts, 'artifact'),
    `${staleTotal} out of date`,
    ...(agents.length > 0 ? [count(agents.length, 'agent')] : []),
  ];
  const cost =
    budget && (budget.limit ? spentText(budget.spent, budget.limit) : amountText(budget.spent));
  return `${line}: ${[...work, ...rest].join(', ')}${cost ? `   ${cost}` : ''}`;
};

/** What no agent can settle. */
const needsYou = (output: StatusOutput): Section => ({
  title: 'Needs you',
  rows: table([
    ...output.needsYou.map(({ id, assignee, attempt, maxAttempts }) => [
      `  ${id}`,
      assignee ?? 'anyone',
      `failed after attempt ${attempt} of ${maxAttempts}`,
    ]),
    ...output.overBudget.map(({ id, assignee, spent, limit }) => [
      `  ${id}`,
      assignee ?? 'anyone',
      `its budget is used up: ${spentText(spent, limit)}`,
    ]),
    ...output.paused.map(({ id, reason }) => [`  ${id}`, 'pipeline', oneLine(reason, 100)]),
  ]),
  total: (output.contracts['failed'] ?? 0) + output.pausedTotal + output.overBudgetTotal,
});

const sectionsOf = (output: StatusOutput, speak: Speak): Section[] => {
  const { contracts, inProgress, ready, waiting, stale, staleTotal, recent } = output;
  return [
    needsYou(output),
    {
      title: 'In progress',
      rows: table(inProgress.map((one) => runningCells(one, speak))),
      total: contracts['in_progress'] ?? 0,
    },
    {
      title: 'Ready',
      rows: table(ready.map((one) => readyCells(one, speak))),
      total: contracts['ready'] ?? 0,
    },
    {
      title: 'Waiting',
      rows: table(
        waiting.map(({ id, assignee, blockedBy }) => [
          `  ${id}`,
          assignee ?? 'anyone',
          `for ${oneLine(blockedBy.slice(0, 2).join('; '), 110)}${blockedBy.length > 2 ? `; and ${blockedBy.length - 2} more` : ''}`,
        ]),
      ),
      total: contracts['pending'] ?? 0,
    },
    { title: 'Out of date', rows: stale.map((ref) => `  ${ref}`), total: staleTotal },
    {
      title: 'Last',
      rows: table(
        recent.map(({ time, subject }) => [`  ${age(time, speak.now)}`, oneLine(subject, 100)]),
      ),
      total: 0,
    },
  ];
};

const runningCells = (one: Running, { now }: Speak): string[] => [
  `  ${one.id}`,
  one.holder ?? '',
  one.attempt > 1 ? `attempt ${one.attempt}/${one.maxAttempts}` : '',
  `${since(one.since, now)}${one.spent ? `, ${amountText(one.spent)}` : ''}`,
  one.parked
    ? 'parked'
    : one.expired
      ? `lease has run out, silent for ${since(one.heard, now)}`
      : '',
  one.reason === undefined ? '' : `open again: ${shown(one.reason, 60)}`,
];

const readyCells = (one: Ready, { now }: Speak): string[] => [
  `  ${one.id}`,
  one.assignee ?? 'anyone',
  `for ${since(one.since, now)}`,
  oneLine(one.blockedBy.join('; '), 60) || titleOf(one, 60),
];

/** The sections share the room: each at least two rows, what is left goes to the first ones. */
const fitted = (sections: readonly Section[], room: number, speak: Speak): string[] => {
  const shown = sections.map(({ rows }) => Math.min(2, rows.length));
  const used = (): number =>
    sections.reduce((sum, { rows, total }, at) => {
      const here = shown[at] ?? 0;
      return sum + 1 + here + (Math.max(rows.length, total) > here && total > 0 ? 1 : 0);
    }, 0);
  for (const [at, { rows }] of sections.entries())
    while ((shown[at] ?? 0) < rows.length) {
      shown[at] = (shown[at] ?? 0) + 1;
      if (used() <= room) continue;
      shown[at] -= 1;
      break;
    }
  return sections.flatMap(({ title, rows, total }, at) => {
    const here = rows.slice(0, shown[at]);
    const rest = total - here.length;
    return [speak.strong(title), ...here, ...(rest > 0 ? [`  and ${rest} more`] : [])];
  });
};

const next = (output: StatusOutput): Parameters<Speak['call']>[0] => {
  const [failed] = output.needsYou;
  if (failed) return { operation: 'contract_get', input: { contractId: failed.id } };
  const [over] = output.overBudget;
  if (over) return { operation: 'budget_show', input: {} };
  const [paused] = output.paused;
  if (paused)
    return { operation: 'pipeline_create', input: { action: 'show', pipelineId: paused.id } };
  const [ready] = output.ready;
  if (ready) return { operation: 'contract_get', input: { contractId: ready.id } };
  if (output.staleTotal > 0) return { operation: 'lineage_trace', input: { direction: 'stale' } };
  return Object.keys(output.contracts).length > 0
    ? { operation: 'contract_get', input: {} }
    : { operation: 'artifact_list', input: {} };
};
