import { parseAmount } from '../../src/model/budget/amount-text.ts';
import { recordUsage } from '../../src/model/budget/record.ts';
import type { UsageReport } from '../../src/model/budget/record.ts';
import { setBudget } from '../../src/model/budget/set.ts';
import { circumstances } from './given.ts';
import type { Team } from './given.ts';

type Parts = Readonly<Record<string, unknown>>;

/** A person sets a budget in dollars, or in what is said. */
export const budgeted = (
  team: Team,
  total: unknown,
  contracts: Parts = {},
  { monitoring, reserve }: Parts = {},
): void =>
  team.happened(
    ...setBudget(
      team.view,
      {
        total: parseAmount(total, 'total'),
        contracts: Object.entries(contracts).map(([id, part]) => [id, parseAmount(part, id)]),
        ...(monitoring !== undefined && { monitoring: parseAmount(monitoring, 'monitoring') }),
        ...(reserve !== undefined && { reserve: parseAmount(reserve, 'reserve') }),
        person: true,
      },
      circumstances(),
    ),
  );

/** Work on a contract has used this; without one it is for monitoring. */
export const used = (
  team: Team,
  contractId: string | undefined,
  amount: unknown,
  more: Partial<UsageReport> = {},
): void =>
  team.happened(
    ...recordUsage(team.view, { contractId, amount: parseAmount(amount, 'usage'), ...more }).events,
  );
