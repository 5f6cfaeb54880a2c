import { spentText } from '../../model/budget/amount.ts';
import { stateOf } from '../../model/budget/budget.ts';
import { limitOf } from '../../model/budget/gate.ts';
import type { View } from '../../model/view.ts';

type Kind = 'budget-warning' | 'budget-exhausted' | 'total-warning' | 'total-exhausted';

/** What an inbox says of a budget, with the numbers as they are now. */
export const budgetWords = (kind: Kind, subject: string, view: View): string => {
  const whole = kind.startsWith('total');
  const name = whole ? 'the whole budget' : `the budget of ${subject}`;
  const contract = view.contract(subject);
  const limit = whole ? view.budget()?.total : contract && limitOf(view, contract);
  const spent = whole ? view.spending().total() : view.spending().contract(subject);
  if (!limit) return kind.endsWith('exhausted') ? `${name} was used up` : `${name} was nearly used`;
  const numbers = spentText(spent, limit);
  const isUsedUp = stateOf(spent, limit) === 'exhausted';
  if (kind.endsWith('warning')) return `80 % of ${name} is used (now ${numbers})`;
  return isUsedUp ? `${name} is used up: ${numbers}` : `${name} was used up (now ${numbers})`;
};
