import { amountText, spentText } from '../../model/budget/amount.ts';
import type { Amount } from '../../model/budget/amount.ts';
import { unitsOf, within } from '../../model/budget/amount.ts';
import { count } from '../../model/text.ts';
import { defineOperation } from '../operation.ts';
import type { Speak } from '../operation.ts';
import { line } from '../schema.ts';
import { table } from '../table.ts';
import { reportOf } from './report.ts';
import type { BudgetReport, Standing } from './report.ts';

/** How wide a bar is. */
const width = 20;

/** So many contracts are shown; the rest is counted. */
const shownContracts = 40;

/** What is spent of a limit, in plain characters: it is full when all is spent, and not before. */
export const bar = (share: number): string => {
  const full = Math.min(width, Math.floor(share * width));
  const begun = full === 0 && share > 0 ? 1 : full;
  return '#'.repeat(begun).padEnd(width, '.');
};

/** In the units of its limit. */
const spentCell = (spent: Amount, limit: Amount | null): string =>
  limit === null
    ? amountText(spent)
    : amountText({ ...zero(limit), ...within(spent, unitsOf(limit)) });

const zero = (limit: Amount): Amount =>
  Object.fromEntries(unitsOf(limit).map((unit) => [unit, 0] as const));

const cells = (name: string, { spent, limit, state, share }: Standing): string[] => [
  `  ${name}`,
  limit === null ? '' : bar(share),
  spentCell(spent, limit),
  limit === null ? 'no limit' : `of ${amountText(limit)}`,
  limit === null ? '' : state,
];

const rowsOf = ({
  contracts,
  monitoring,
  reserve,
  total,
  unallotted,
}: BudgetReport): (readonly string[])[] => [
  ...contracts.slice(0, shownContracts).map((one) => cells(one.contract, one)),
  ...(monitoring.limit || Object.keys(monitoring.spent).length > 0
    ? [cells('(monitoring)', monitoring)]
    : []),
  ...(reserve.limit ? [cells('(reserve)', reserve)] : []),
  ...(unallotted && Object.keys(unallotted).length > 0
    ? [['  (not allotted)', '', amountText(unallotted), '', '']]
    : []),
  cells('(total)', total),
];

const heading = ({ line: name, set, total }: BudgetReport): string =>
  set && total.limit
    ? `Budget of ${name}: ${spentText(total.spent, total.limit)}, ${total.state}`
    : `No budget is set for ${name}.${Object.keys(total.spent).length > 0 ? ` Spent so far: ${amountText(total.spent)}` : ''}`;

/** What a person would do next: give more to what has run out, or set a budget. */
const next = (report: BudgetReport, speak: Speak): string => {
  const over = report.contracts.find(
    ({ state, status }) => state === 'exhausted' && status !== 'completed',
  );
  if (over) return speak.call({ operation: 'contract_get', input: { contractId: over.contract } });
  return report.set
    ? speak.call({ operation: 'team_status', input: {} })
    : speak.call({ operation: 'budget_set', input: { total: '10' } });
};

export const budgetShow = defineOperation({
  name: 'budget_show',
  summary: 'Show what the line may cost, how that is split, and what was spent of it.',
  input: { type: 'object', properties: { line }, additionalProperties: false },
  readOnly: true,
  profile: 'cli',
  commands: [{ path: 'budget', examples: ['concord budget', 'concord budget --json'] }],
  run: async (_input, context): Promise<BudgetReport> => {
    const store = await context.store();
    return store.look(context.line, (view) => reportOf(view, context.line));
  },
  render: (report, speak) => {
    const rest = report.contracts.length - shownContracts;
    const rows = table(rowsOf(report));
    const isEmpty = !report.set && report.contracts.length === 0 && rows.length === 1;
    return [
      speak.strong(heading(report)),
      ...(isEmpty ? [] : rows),
      ...(rest > 0 ? [`  and ${count(rest, 'more contract')}: --json lists all`] : []),
      '',
      `Next: ${next(report, speak)}`,
    ].join('\n');
  },
});
