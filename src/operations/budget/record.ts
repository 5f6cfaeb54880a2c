import { parseAmount } from '../../model/budget/amount-text.ts';
import { amountText, isNothing, spentText } from '../../model/budget/amount.ts';
import type { Amount } from '../../model/budget/amount.ts';
import { stateOf } from '../../model/budget/budget.ts';
import type { State } from '../../model/budget/budget.ts';
import { limitOf } from '../../model/budget/gate.ts';
import { recordUsage } from '../../model/budget/record.ts';
import { invalid } from '../../model/error.ts';
import { shown } from '../../model/text.ts';
import type { View } from '../../model/view.ts';
import { defineOperation } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';

const schema = {
  type: 'object',
  properties: {
    contractId: { type: 'string', description: 'The contract that was worked on.' },
    usd: { type: 'string', description: 'Dollars: 0.42.' },
    tokens: { type: 'integer', minimum: 0, description: 'Tokens.' },
    seconds: { type: 'integer', minimum: 0, description: 'Seconds.' },
    attempt: {
      type: 'integer',
      minimum: 1,
      maximum: 100_000,
      description: 'The attempt it belongs to; default: the one the contract is at.',
    },
    report: { type: 'string', description: 'Id of this report: the same id counts once.' },
    session: { type: 'string', description: 'Id of the session that used it.' },
    cumulative: {
      type: 'boolean',
      description: 'The numbers are totals of the session: what is new of them is counted.',
    },
    monitoring: {
      type: 'boolean',
      description: 'It was used for watching over the work, not for a contract.',
    },
    line,
  },
  additionalProperties: false,
} as const;

export type BudgetRecordOutput = {
  readonly contract: string | null;
  /** What was counted; empty where the report said nothing new. */
  readonly counted: Amount;
  readonly spent: Amount;
  readonly limit: Amount | null;
  readonly state: State;
  readonly line: string;
  readonly commit: string | null;
};

const amountOf = ({ usd, tokens, seconds }: Input<typeof schema>): Amount => {
  const amount: Amount = {
    ...(usd !== undefined && dollars(usd)),
    ...(tokens !== undefined && { tokens }),
    ...(seconds !== undefined && { seconds }),
  };
  if (Object.keys(amount).length > 0) return amount;
  throw invalid('usage', 'given as usd, tokens or seconds', 'nothing');
};

const dollars = (text: string): Amount => {
  if (/^\d{1,10}(\.\d{1,6})?$/.test(text)) return parseAmount(text, 'usd');
  throw invalid('usd', 'a number of dollars with at most six decimals, such as 0.42', shown(text));
};

const checkTarget = ({ contractId, monitoring, attempt }: Input<typeof schema>): void => {
  if ((contractId === undefined) === (monitoring !== true))
    throw invalid(
      'contractId',
      'given, or else monitoring',
      contractId === undefined ? 'neither' : 'both',
    );
  if (monitoring && attempt !== undefined)
    throw invalid('attempt', 'left out with monitoring', String(attempt));
};

/** How the contract, or the monitoring, stands afterwards. */
const afterwards = (view: View, contractId: string | undefined) => {
  const contract = contractId === undefined ? undefined : view.contract(contractId);
  const spent = contract ? view.spending().contract(contract.id) : view.spending().monitoring();
  const limit = contract ? limitOf(view, contract) : view.budget()?.monitoring;
  return { spent, limit: limit ?? null, state: limit ? stateOf(spent, limit) : ('ok' as const) };
};

export const budgetRecord = defineOperation({
  name: 'budget_record',
  summary: 'Record what work on a contract has used: dollars, tokens, seconds.',
  details:
    'For hooks and workers. It may be repeated: a report id counts once, and of totals of a session only what is new.',
  input: schema,
  aliases: { id: 'contractId', contract: 'contractId' },
  profile: 'cli',
  commands: [
    {
      path: 'budget record',
      positional: ['contractId'],
      examples: [
        'concord budget record build-api --usd 0.42 --tokens 12000 --seconds 340 --report 7f3a',
        'concord budget record build-api --usd 1.20 --session 91d0 --cumulative',
        'concord budget record --monitoring --usd 0.05',
      ],
    },
  ],
  run: async (input, context): Promise<BudgetRecordOutput> => {
    checkTarget(input);
    const { contractId, attempt, report, session, cumulative } = input;
    const amount = amountOf(input);
    const [store, agent] = await Promise.all([context.store(), context.agent()]);
    const name = context.line;
    const said = { contractId, attempt, amount, report, session, cumulative };
    const { result, commit } = await store.write({ agent, line: name }, (transaction) => {
      const { events, counted } = recordUsage(transaction.view, said);
      transaction.append(events);
      return counted;
    });
    const stands = await store.look(name, (view) => afterwards(view, contractId));
    return {
      contract: contractId ?? null,
      counted: result ?? {},
      ...stands,
      line: name,
      commit: commit ?? null,
    };
  },
  render: ({ contract, counted, spent, limit, state }, speak) =>
    [
      speak.strong(
        isNothing(counted)
          ? `Nothing new for ${contract ?? 'monitoring'}: this was recorded before.`
          : `Recorded ${amountText(counted)} for ${contract ?? 'monitoring'}.`,
      ),
      limit === null
        ? `Spent so far: ${amountText(spent)}`
        : `Spent so far: ${spentText(spent, limit)} (${state})`,
      '',
      `Next: ${speak.call({ operation: 'budget_show', input: {} })}`,
    ].join('\n'),
});
