import { minus, positive, nothing } from '../../model/budget/amount.ts';
import type { Amount } from '../../model/budget/amount.ts';
import { allotted, shareOf, stateOf } from '../../model/budget/budget.ts';
import type { Budget, State } from '../../model/budget/budget.ts';
import { drawn, limitOf } from '../../model/budget/gate.ts';
import type { AttemptSpent } from '../../model/budget/spending.ts';
import { isOpen, statuses } from '../../model/contract/contract.ts';
import type { Status } from '../../model/contract/contract.ts';
import { idOfPlace, lists } from '../../model/contract/keys.ts';
import type { View } from '../../model/view.ts';

/** How something stands with its limit; `share` is 1 when all of it is spent. */
export type Standing = {
  readonly spent: Amount;
  /** null: it has none. */
  readonly limit: Amount | null;
  readonly state: State;
  readonly share: number;
};

export type ContractStanding = Standing & {
  readonly contract: string;
  readonly status: Status;
  readonly attempts: readonly AttemptSpent[];
};

export type BudgetReport = {
  readonly line: string;
  /** Whether a budget is set for the line. */
  readonly set: boolean;
  readonly total: Standing;
  /** Those that have a limit, or have spent something. */
  readonly contracts: readonly ContractStanding[];
  readonly monitoring: Standing;
  /** `spent` is what retries drew on it. */
  readonly reserve: Standing;
  /** Of the total, what no part has; null without a total. */
  readonly unallotted: Amount | null;
};

export const standingOf = (spent: Amount, limit: Amount | undefined): Standing => ({
  spent,
  limit: limit ?? null,
  state: limit ? stateOf(spent, limit) : 'ok',
  share: limit ? shareOf(spent, limit) : 0,
});

/** What the total leaves when every part is taken from it. */
export const unallotted = (budget: Budget): Amount =>
  positive(minus(budget.total, allotted(budget)));

export type OverBudget = {
  readonly id: string;
  readonly assignee: string | null;
  readonly spent: Amount;
  readonly limit: Amount;
};

/** Open contracts that have used up what they may cost. */
export const overBudget = (view: View): readonly OverBudget[] =>
  [...view.spending().contracts()].flatMap(([id, spent]) => {
    const contract = view.contract(id);
    const limit = contract && isOpen(contract) ? limitOf(view, contract) : undefined;
    return limit && stateOf(spent, limit) === 'exhausted'
      ? [{ id, assignee: contract?.assignee ?? null, spent, limit }]
      : [];
  });

/** The contracts that the report is about: in the order of the split, then by id. */
const idsOf = (view: View, budget: Budget | undefined): readonly string[] => {
  const ids = new Set([...view.spending().contracts()].map(([id]) => id));
  for (const status of statuses)
    for (const place of view.places(lists.status(status))) {
      const contract = view.contract(idOfPlace(place));
      if (contract?.budget) ids.add(contract.id);
    }
  const parts = (budget?.contracts ?? []).map(({ contractId }) => contractId);
  return [...new Set([...parts, ...[...ids].sort()])];
};

/** What was planned, and what was spent of it. */
export const reportOf = (view: View, line: string): BudgetReport => {
  const budget = view.budget();
  const spending = view.spending();
  return {
    line,
    set: budget !== undefined,
    total: standingOf(spending.total(), budget?.total),
    contracts: idsOf(view, budget).flatMap((id) => {
      const contract = view.contract(id);
      return contract
        ? [
            {
              contract: id,
              status: contract.status,
              ...standingOf(spending.contract(id), limitOf(view, contract)),
              attempts: spending.attempts(id),
            },
          ]
        : [];
    }),
    monitoring: standingOf(spending.monitoring(), budget?.monitoring),
    reserve: standingOf(budget ? drawn(view) : nothing, budget?.reserve),
    unallotted: budget ? unallotted(budget) : null,
  };
};
