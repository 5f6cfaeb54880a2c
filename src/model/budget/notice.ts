import type { Notice } from '../notice.ts';
import type { View } from '../view.ts';
import { minus } from './amount.ts';
import type { Amount } from './amount.ts';
import { stateOf } from './budget.ts';
import type { State } from './budget.ts';
import { standing } from './gate.ts';
import type { UsageRecorded } from './spending.ts';

/** What is told of the whole budget stands under its own name. */
const kinds = {
  contract: { warning: 'budget-warning', exhausted: 'budget-exhausted' },
  total: { warning: 'total-warning', exhausted: 'total-exhausted' },
} as const;

/** The state that this usage has brought about; undefined where it was so before. */
const reached = (spent: Amount, limit: Amount, more: Amount): Exclude<State, 'ok'> | undefined => {
  const after = stateOf(spent, limit);
  const before = stateOf(minus(spent, more), limit);
  return after === before || after === 'ok' ? undefined : after;
};

/** Whoever gave the work, and the lead, hear when usage passes 80 or 100 % of a limit. `view` shows the state after. */
export const ofUsage = ({ usage }: UsageRecorded, view: View): Notice[] => {
  const lead = view.settings()?.lead;
  const { contract: id, amount } = usage;
  const contract = id === undefined ? undefined : view.contract(id);
  const stands = contract && standing(view, contract);
  const own = stands && reached(stands.spent, stands.limit, amount);
  const total = view.budget()?.total;
  const whole = total && reached(view.spending().total(), total, amount);
  return [
    ...(contract && own
      ? [
          { to: contract.assigner, kind: kinds.contract[own], subject: contract.id },
          ...(lead === undefined || lead === contract.assigner
            ? []
            : [{ to: lead, kind: kinds.contract[own], subject: contract.id, copy: true as const }]),
        ]
      : []),
    ...(lead !== undefined && whole
      ? [{ to: lead, kind: kinds.total[whole], subject: 'budget' }]
      : []),
  ];
};
