import { parseAmount } from '../../model/budget/amount-text.ts';
import { amountText, amountWord } from '../../model/budget/amount.ts';
import type { Amount } from '../../model/budget/amount.ts';
import type { Budget } from '../../model/budget/budget.ts';
import { setBudget } from '../../model/budget/set.ts';
import { invalid } from '../../model/error.ts';
import { shown } from '../../model/text.ts';
import { pathOf } from '../../store/layout.ts';
import { defineOperation } from '../operation.ts';
import { line } from '../schema.ts';
import { unallotted } from './report.ts';

export type BudgetSetOutput = {
  readonly budget: Budget;
  readonly line: string;
  readonly path: string;
  /** null: it was so before. */
  readonly commit: string | null;
};

/** `build-api=4`: a contract and its part. */
const partOf = (text: string): readonly [string, Amount] => {
  const at = text.indexOf('=');
  if (at <= 0)
    throw invalid('contract', 'a contract and its part, such as build-api=4', shown(text));
  return [text.slice(0, at), parseAmount(text.slice(at + 1), `contract ${text.slice(0, at)}`)];
};

export const budgetSet = defineOperation({
  name: 'budget_set',
  summary: 'Set what a line may cost, and how that is split; replaces what was set before.',
  details:
    'A number alone means USD. The parts may come to less than the total, not to more. Refused to agents but the lead.',
  input: {
    type: 'object',
    properties: {
      total: {
        type: 'string',
        description: 'All of it: 10, 10usd, 500000tokens, 3600s, or 10usd,500000tokens.',
      },
      contracts: {
        type: 'array',
        items: { type: 'string' },
        description: 'The part of a contract: build-api=4.',
      },
      monitoring: { type: 'string', description: 'For what watches over the work.' },
      reserve: {
        type: 'string',
        description: 'What retries may draw on when the part of their contract is used up.',
      },
      line,
    },
    additionalProperties: false,
  },
  aliases: { contract: 'contracts' },
  flags: { contracts: 'contract' },
  profile: 'cli',
  commands: [
    {
      path: 'budget set',
      examples: [
        'concord budget set --total 10 --contract build-api=4 --contract write-tests=2 --monitoring 1 --reserve 1',
        'concord budget set --total 10usd,500000tokens --contract build-api=4usd,200000tokens',
      ],
    },
  ],
  run: async (input, context): Promise<BudgetSetOutput> => {
    const amount = (field: 'monitoring' | 'reserve'): Amount | undefined =>
      input[field] === undefined ? undefined : parseAmount(input[field], field);
    const split = {
      total: parseAmount(input.total, 'total'),
      contracts: (input.contracts ?? []).map(partOf),
      monitoring: amount('monitoring'),
      reserve: amount('reserve'),
      person: context.person(),
    };
    const [store, agent] = await Promise.all([context.store(), context.agent()]);
    const name = context.line;
    const { commit } = await store.write({ agent, line: name }, (transaction) => {
      transaction.append(setBudget(transaction.view, split, transaction.circumstances));
    });
    const budget = await store.look(name, (view) => view.budget());
    return {
      budget: budget ?? { total: split.total },
      line: name,
      path: pathOf('budget', 'budget'),
      commit: commit ?? null,
    };
  },
  render: ({ budget, line: name, path, commit }, speak) => {
    const left = unallotted(budget);
    return [
      speak.strong(
        commit === null
          ? `Nothing had to change: the budget of ${name} is ${amountText(budget.total)}.`
          : `The budget of ${name} is ${amountText(budget.total)}.`,
      ),
      ...(amountWord(left) === '' ? [] : [`Not allotted: ${amountText(left)}`]),
      speak.faint(`File ${path}`),
      '',
      `Next: ${speak.call({ operation: 'budget_show', input: {} })}`,
    ].join('\n');
  },
});
