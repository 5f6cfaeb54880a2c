import type { Contract } from '../contract/contract.ts';
import { ConcordError } from '../error.ts';
import type { View } from '../view.ts';
import { minus, nothing, plus, positive, spentText, unitsOf, within } from './amount.ts';
import type { Amount } from './amount.ts';
import { partOf, stateOf, usedUp } from './budget.ts';
import type { Budget, State } from './budget.ts';

/** What a contract may cost: its part of the line's budget, else the limits of its own. */
export const limitOf = (view: View, { id, budget }: Pick<Contract, 'id' | 'budget'>) =>
  partOf(view.budget(), id) ?? budget;

/** How a contract stands with what it may cost; undefined where it has no limit. */
export const standing = (
  view: View,
  contract: Pick<Contract, 'id' | 'budget'>,
): { readonly spent: Amount; readonly limit: Amount; readonly state: State } | undefined => {
  const limit = limitOf(view, contract);
  if (limit === undefined) return undefined;
  const spent = view.spending().contract(contract.id);
  return { spent, limit, state: stateOf(spent, limit) };
};

/** What contracts have spent beyond their limits: so much is drawn from the reserve. */
export const drawn = (view: View): Amount => {
  const budget = view.budget();
  let sum = nothing;
  for (const [id, spent] of view.spending().contracts()) {
    const limit = partOf(budget, id) ?? view.contract(id)?.budget;
    if (limit) sum = plus(sum, beyond(spent, limit));
  }
  return sum;
};

const beyond = (spent: Amount, limit: Amount): Amount =>
  positive(minus(within(spent, unitsOf(limit)), limit));

/** Why the budget keeps a contract from a new claim; empty where it does not. */
export type Gate = (contract: Contract) => readonly string[];

/** A claim that begins an attempt after the first: of what is held, only a claim that has run out can be taken. */
const isRetry = ({ attempt, status }: Contract): boolean => attempt > 1 || status === 'in_progress';

/**
 * Asks the budget, for as many contracts as there are of one state. Where neither the line nor the contract has one, nothing that was
 * spent is looked at.
 */
export const gateOf = (view: View): Gate => {
  let total: readonly string[] | undefined;
  let taken: Amount | undefined;
  const reserve = (
    budget: Budget | undefined,
    of: readonly (keyof Amount)[],
  ): readonly string[] => {
    const limit = within(budget?.reserve ?? nothing, of);
    if (Object.keys(limit).length < of.length) return ['there is no reserve for another attempt'];
    taken ??= drawn(view);
    const gone = usedUp(taken, limit);
    return gone.length === 0
      ? []
      : [`the reserve is empty (${spentText(taken, within(limit, gone))})`];
  };
  return (contract) => {
    const budget = view.budget();
    if (!budget && !contract.budget) return [];
    total ??= budget ? wholeUsedUp(view, budget) : [];
    const limit = partOf(budget, contract.id) ?? contract.budget;
    if (!limit) return total;
    const spent = view.spending().contract(contract.id);
    const over = usedUp(spent, limit);
    if (over.length === 0) return total;
    const own = `its budget is used up (${spentText(spent, within(limit, over))})`;
    if (!isRetry(contract)) return [...total, own];
    const empty = reserve(budget, over);
    return empty.length === 0 ? total : [...total, own, ...empty];
  };
};

const wholeUsedUp = (view: View, { total }: Budget): readonly string[] => {
  const spent = view.spending().total();
  const over = usedUp(spent, total);
  return over.length === 0
    ? []
    : [`the whole budget is used up (${spentText(spent, within(total, over))})`];
};

/** Work that the budget does not pay for is not given out. */
export const overBudget = (id: string, why: readonly string[]): ConcordError =>
  new ConcordError('BUDGET', `${id} gets no new claim: ${why.join('; ')}. Nothing was changed.`, {
    hint: 'A person can give it more: concord budget shows how the total is split, concord budget set splits it anew. Work that is held goes on.',
    next: { operation: 'contract_get', input: { contractId: id } },
  });
