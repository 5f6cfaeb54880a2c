import { contractOf } from '../../model/contract/find.ts';
import { park } from '../../model/contract/update.ts';
import { checkId } from '../../model/names.ts';
import { remember, workerOf } from '../session/holder.ts';
import { defineOperation } from '../operation.ts';
import type { Context } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { standOf, standText } from '../session/stand.ts';

const schema = {
  type: 'object',
  properties: {
    contractId: { type: 'string', description: 'The contract.' },
    token: { type: 'string', description: 'Proof of the claim, where the session has none.' },
    line,
  },
  required: ['contractId'],
  additionalProperties: false,
} as const;

export type ParkOutput = {
  readonly contractId: string;
  /** False for a claim that does not run out: that stays with its holder. */
  readonly parked: boolean;
  readonly text: string;
};

/** A clean end of a session has little time, and a note is worth less than the end of the lease. */
const patience = 700;

const run = async (input: Input<typeof schema>, context: Context): Promise<ParkOutput> => {
  const { contractId, token } = input;
  checkId(contractId, 'contractId');
  const [store, agent, stand] = await Promise.all([
    context.store(),
    context.agent(),
    standOf(context.directory, patience).catch(() => undefined),
  ]);
  const holder = await workerOf(context, { contractId, token });
  const reason = standText(stand);
  await store.write({ agent, line: context.line }, (transaction) => {
    const { view, circumstances } = transaction;
    transaction.append(park(view, { contractId, reason, holder }, circumstances));
  });
  const contract = await store.look(context.line, (view) => contractOf(view, contractId));
  remember(context, agent, contract);
  const text = contract.claim?.parked?.text;
  return { contractId, parked: text !== undefined, text: text ?? reason };
};

export const contractPark = defineOperation({
  name: 'contract_park',
  summary:
    'End your session with a contract: its lease ends now, and the next is told where it is.',
  input: schema,
  aliases: { id: 'contractId' },
  unlisted: ['line', 'token'],
  profile: 'cli',
  commands: [
    {
      path: 'contract park',
      summary: 'Leave a contract as it stands: its lease ends now, taking it is no new attempt.',
      positional: ['contractId'],
      examples: ['concord contract park build-api'],
    },
  ],
  run,
  render: ({ contractId, parked, text }, speak) =>
    [
      parked
        ? speak.strong(`${contractId} is parked ${text}.`)
        : `${contractId} stays with you: your claim does not run out.`,
      '',
      `Next: ${speak.call({ operation: 'contract_get', input: { contractId } })}`,
    ].join('\n'),
});
