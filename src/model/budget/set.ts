import { ConcordError, invalid } from '../error.ts';
import type { Event } from '../event.ts';
import { canonical } from '../json.ts';
import type { Json } from '../json.ts';
import { checkId } from '../names.ts';
import type { Circumstances } from '../react.ts';
import { nearest, oneLine, shown } from '../text.ts';
import { idOfPlace, lists } from '../contract/keys.ts';
import { statuses } from '../contract/contract.ts';
import type { View } from '../view.ts';
import { amountText, isNothing, minus, units, within } from './amount.ts';
import type { Amount } from './amount.ts';
import { allotted } from './budget.ts';
import type { Budget } from './budget.ts';

export type Split = {
  readonly total: Amount;
  readonly contracts?: readonly (readonly [contractId: string, part: Amount])[];
  readonly monitoring?: Amount | undefined;
  readonly reserve?: Amount | undefined;
  /** Whether a person calls. */
  readonly person: boolean;
};

const mostParts = 1000;

/** Sets the line's budget in place of the one there is. The same again is no event. */
export const setBudget = (
  view: View,
  { person, total, contracts = [], monitoring, reserve }: Split,
  { agent }: Pick<Circumstances, 'agent'>,
): readonly Event[] => {
  checkMaySet(view, agent, person);
  if (contracts.length > mostParts)
    throw invalid('contracts', `at most ${mostParts}`, String(contracts.length));
  const seen = new Set<string>();
  for (const [id] of contracts) {
    checkContract(view, checkId(id, 'contracts'));
    if (seen.has(id)) throw invalid('contracts', 'given one part each', `${id} twice`);
    seen.add(id);
  }
  const budget: Budget = {
    total,
    ...(contracts.length > 0 && {
      contracts: contracts.map(([contractId, part]) => ({ contractId, ...part })),
    }),
    ...(monitoring && !isNothing(monitoring) && { monitoring }),
    ...(reserve && !isNothing(reserve) && { reserve }),
  };
  checkSum(budget);
  const before = view.budget();
  return before && canonical(before as Json) === canonical(budget as Json)
    ? []
    : [{ type: 'budget-set', budget }];
};

/** Who is to spend does not say how much. */
const checkMaySet = (view: View, agent: string, person: boolean): void => {
  const lead = view.settings()?.lead;
  if (person || lead === undefined || agent === lead) return;
  throw new ConcordError(
    'NOT_ALLOWED',
    `The budget is set by a person or the lead, ${lead}, not by ${agent}; nothing was changed.`,
    {
      hint: 'Tell the lead what is missing.',
      next: { operation: 'message_send', input: { to: lead, text: 'About the budget: ...' } },
    },
  );
};

const checkContract = (view: View, id: string): void => {
  if (view.contract(id)) return;
  const known: string[] = [];
  for (const status of statuses)
    for (const place of view.places(lists.status(status))) known.push(idOfPlace(place));
  const near = nearest(id, known);
  const some = known.slice(0, 10).join(', ');
  throw new ConcordError(
    'NOT_FOUND',
    `There is no contract ${shown(id)} on this line; the budget was not changed.`,
    {
      hint:
        known.length === 0
          ? 'There are no contracts yet: a part can be given to one that exists.'
          : `${near ? `Did you mean ${near}? ` : ''}Contracts: ${some}${known.length > 10 ? ` and ${known.length - 10} more` : ''}.`,
      next: { operation: 'contract_get', input: {} },
    },
  );
};

/** In every unit that the total limits, the parts come to no more than it. */
const checkSum = (budget: Budget): void => {
  const left = minus(budget.total, allotted(budget));
  const over = units.filter((unit) => (left[unit] ?? 0) < 0);
  if (over.length === 0) return;
  const sum = within(allotted(budget), over);
  throw invalid(
    'the sum of the parts',
    `at most the total of ${amountText(within(budget.total, over))}`,
    `${amountText(sum)} (${oneLine(partsText(budget), 300)})`,
    { hint: 'Raise the total or lower a part; the budget was not changed.' },
  );
};

const partsText = ({ contracts = [], monitoring, reserve }: Budget): string =>
  [
    ...contracts.map((part) => [part.contractId, part] as const),
    ...(monitoring ? [['monitoring', monitoring] as const] : []),
    ...(reserve ? [['reserve', reserve] as const] : []),
  ]
    .map(([name, part]) => `${name} ${amountText(part)}`)
    .join(', ');
