import { plus, nothing, units, unitsOf, within } from './amount.ts';
import type { Amount, Unit } from './amount.ts';

/** What a contract gets of it. Ids stand as values: a file can hold any of them. */
export type Part = Amount & { readonly contractId: string };

/** What a line may cost, and how that is split: the file budget.yaml. */
export type Budget = {
  readonly total: Amount;
  readonly contracts?: readonly Part[];
  /** For what watches over the work. */
  readonly monitoring?: Amount;
  /** What retries may draw on when their contract's own part is used up. */
  readonly reserve?: Amount;
};

export const budgetId = 'budget';

export type BudgetSet = { readonly type: 'budget-set'; readonly budget: Budget };

/** The part of a contract; undefined where the split does not name it. */
export const partOf = (budget: Budget | undefined, contract: string): Amount | undefined => {
  const part = budget?.contracts?.find(({ contractId }) => contractId === contract);
  return part && within(part, units);
};

/** What all parts come to. */
export const allotted = ({ contracts = [], monitoring, reserve }: Budget): Amount =>
  [...contracts, monitoring ?? nothing, reserve ?? nothing].reduce<Amount>(plus, nothing);

export type State = 'ok' | 'warning' | 'exhausted';

/** From here on a warning is given: a share of the limit. */
const warnAt = 0.8;

const micros = (amount: Amount, unit: Unit): number => Math.round((amount[unit] ?? 0) * 1e6);

/** The units in which a limit is used up. */
export const usedUp = (spent: Amount, limit: Amount): readonly Unit[] =>
  unitsOf(limit).filter((unit) => micros(spent, unit) >= micros(limit, unit));

/** How things stand with what was spent of a limit: the worst unit counts. */
export const stateOf = (spent: Amount, limit: Amount): State => {
  if (usedUp(spent, limit).length > 0) return 'exhausted';
  const near = unitsOf(limit).some((unit) => micros(spent, unit) >= warnAt * micros(limit, unit));
  return near ? 'warning' : 'ok';
};

/** How much of the limit is spent in the worst unit; 1 is all of it. */
export const shareOf = (spent: Amount, limit: Amount): number =>
  Math.max(
    0,
    ...units.map((unit) => {
      const of = limit[unit];
      if (of === undefined) return 0;
      return of === 0 ? 1 : (spent[unit] ?? 0) / of;
    }),
  );
