import { amend } from '../../model/contract/amend.ts';
import type { Amendment } from '../../model/contract/amend.ts';
import { cancel } from '../../model/contract/cancel.ts';
import { contractOf } from '../../model/contract/find.ts';
import { complete, fail, release, renew, reopen } from '../../model/contract/update.ts';
import type { Update } from '../../model/contract/update.ts';
import type { Types } from '../../model/artifact.ts';
import type { Event } from '../../model/event.ts';
import { checkJson } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import type { Transaction } from '../../model/transaction.ts';
import { oneLine } from '../../model/text.ts';
import { checkId } from '../../model/names.ts';
import { remember, workerOf } from '../session/holder.ts';
import { checkInput } from '../invoke.ts';
import { keyFor } from '../key.ts';
import { defineOperation } from '../operation.ts';
import type { Command, Context, Speak } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { withTypes } from '../types.ts';
import { termsOf } from '../../model/contract/terms.ts';
import { contractCreate, terms } from './create.ts';
import { stateLine } from './render.ts';
import { contractShown } from './shown.ts';
import type { ContractShown } from './shown.ts';

const actions = ['complete', 'fail', 'release', 'reopen', 'cancel', 'renew', 'amend'] as const;

const schema = {
  type: 'object',
  properties: {
    contractId: { type: 'string', description: 'The contract.' },
    action: { type: 'string', enum: actions, description: 'What is to happen.' },
    reason: { type: 'string', description: 'Needed to fail, reopen.' },
    outputs: {
      type: 'array',
      items: { type: 'string' },
      description: 'complete: versions that count as outputs.',
    },
    dependents: {
      type: 'string',
      enum: ['cancel', 'release'],
      description: 'cancel: open contracts that wait for it.',
    },
    set: {
      type: 'object',
      description: 'amend: new values of its fields.',
    },
    token: { type: 'string', description: 'Proof of the claim, where the session has none.' },
    idempotencyKey: {
      type: 'string',
      description: 'A repeated call with the same key returns the first result.',
    },
    line,
  },
  required: ['contractId', 'action'],
  additionalProperties: false,
} as const;

export type UpdateOutput = {
  readonly contract: ContractShown;
  /** What happened: the cause first, then all that followed. */
  readonly events: readonly string[];
  readonly commit: string | null;
  readonly line: string;
};

const updates: Readonly<Record<string, Update>> = { complete, fail, release, reopen, renew };

const eventsOf = (
  input: Input<typeof schema>,
  { view, circumstances }: Transaction,
  holder: Parameters<Update>[1]['holder'],
  types: Types,
): readonly Event[] => {
  const { action, contractId, reason, outputs, dependents, set } = input;
  if (action === 'cancel') return cancel(view, { contractId, reason, dependents }, circumstances);
  if (action === 'amend')
    return amend(view, { contractId, set: amendmentOf(set ?? {}) }, types, circumstances);
  return updates[action]?.(view, { contractId, reason, holder, outputs }, circumstances) ?? [];
};

/** The same short forms as when it is created; null takes a field away. */
const amendmentOf = (set: Readonly<Record<string, unknown>>): Amendment => {
  checkJson(set, 'set');
  const given = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== null));
  const removed = Object.entries(set).flatMap(([name, value]) =>
    value === null ? [[name, undefined] as const] : [],
  );
  // The same door as when it was created; what is no field of a contract is refused by the rules, by its name.
  const fields = Object.entries(given);
  const known = Object.fromEntries(fields.filter(([name]) => Object.hasOwn(terms, name)));
  const unknown = Object.fromEntries(fields.filter(([name]) => !Object.hasOwn(terms, name)));
  const checked = checkInput(contractCreate, known);
  return { ...unknown, ...termsOf(checked), ...Object.fromEntries(removed) };
};

const run = async (input: Input<typeof schema>, context: Context): Promise<UpdateOutput> => {
  const { contractId, action, token, idempotencyKey, line: _line, ...asked } = input;
  checkId(contractId, 'contractId');
  const [store, agent] = await Promise.all([context.store(), context.agent()]);
  const name = context.line;
  const holder = await workerOf(context, { contractId, token });
  const key = keyFor('contract_update', agent, idempotencyKey, {
    contractId,
    action,
    ...(asked as { readonly [key: string]: Json }),
  });
  const committed = await withTypes({}, (types) =>
    store.write({ agent, line: name, key }, (transaction) =>
      transaction.append(eventsOf(input, transaction, holder, types)),
    ),
  );
  return store.look(name, (view, facts) => {
    const looking = { view, facts, line: name, conditions: store.conditions, now: store.now() };
    const contract = contractOf(view, contractId);
    remember(context, agent, contract);
    return {
      contract: contractShown(contract, looking),
      events: committed.events,
      commit: committed.commit ?? null,
      line: name,
    };
  });
};

const render = (
  output: UpdateOutput,
  speak: Speak,
  { action, set }: Input<typeof schema>,
): string => {
  const { contract, events, commit } = output;
  const others = events
    .filter((event) => !event.endsWith(` ${contract.id}`) && !event.startsWith('agent-registered'))
    .map((event) => `  -> ${oneLine(event, 160)}`);
  return [
    speak.strong(
      events.includes(`contract-noted ${contract.id}`)
        ? `Noted on ${contract.id}, which is ${stateLine(contract)}; who has it is told.`
        : commit === null
          ? `Nothing had to change: ${contract.id} is ${stateLine(contract)}.`
          : action === 'amend'
            ? `Changed ${Object.keys(set ?? {}).join(', ')} of ${contract.id}, which is ${stateLine(contract)}.`
            : `${contract.id} is ${stateLine(contract)}.`,
    ),
    ...(contract.status === 'ready' && contract.notBefore !== undefined
      ? contract.blockedBy.map((text) => `It ${oneLine(text)}.`)
      : []),
    ...others.slice(0, 12),
    ...(others.length > 12 ? [`  and ${others.length - 12} more events`] : []),
    ...(commit === null ? [] : [speak.faint(`Commit ${commit.slice(0, 12)} on ${output.line}`)]),
    '',
    `Next: ${speak.call(holders.includes(action) && !contract.claim ? { operation: 'contract_claim', input: {} } : { operation: 'contract_get', input: { contractId: contract.id } })}`,
  ].join('\n');
};

/** What a holder does: afterwards it is free for other work. */
const holders = ['complete', 'fail', 'release', 'renew'];

const needsReason = ['contractId', 'reason'];

/** What arguments mean to a command: there is one for each action. */
const words = {
  reason: 'Why, for the others to read.',
  outputs: 'A version of yours that counts as an output.',
  dependents: 'What becomes of open contracts that wait for it.',
  set: 'New values of its fields; null takes one away.',
};

/** A command for one action; `takes` are the arguments that mean something to it, beside those taken by place. */
const command = (
  path: string,
  action: (typeof actions)[number],
  summary: string,
  { takes = [], ...more }: Partial<Command> & { readonly takes?: readonly string[] } = {},
): Command => {
  const positional = more.positional ?? ['contractId'];
  const proof = holders.includes(action) ? ['token'] : [];
  const known = [...positional, ...takes, ...proof, 'idempotencyKey', 'line'];
  const without = Object.keys(schema.properties).filter((name) => !known.includes(name));
  return { path, summary, preset: { action }, words, ...more, positional, without };
};

export const contractUpdate = defineOperation({
  name: 'contract_update',
  summary:
    'Change a contract: complete, fail, release, renew (holder), reopen (anyone), cancel, amend (assigner).',
  details: 'Publishing its outputs completes it by itself.',
  input: schema,
  aliases: { id: 'contractId' },
  unlisted: ['line', 'idempotencyKey', 'token', 'outputs', 'dependents'],
  plain: ['contractId', 'action'],
  profile: 'core',
  commands: [
    command('done', 'complete', 'Complete a contract that you hold.', { takes: ['outputs'] }),
    command('fail', 'fail', 'End this attempt at a contract: it did not work.', {
      positional: needsReason,
      needs: ['reason'],
      examples: ['concord fail build-api "The schema lacks a users table"'],
    }),
    command('release', 'release', 'Give a contract back, as it stands.', { takes: ['reason'] }),
    command('contract complete', 'complete', 'Complete a contract that you hold.', {
      takes: ['outputs'],
    }),
    command('contract fail', 'fail', 'End this attempt at a contract.', {
      positional: needsReason,
      needs: ['reason'],
    }),
    command('contract release', 'release', 'Give a contract back, as it stands.', {
      takes: ['reason'],
    }),
    command('contract reopen', 'reopen', 'Open a contract again, with the reason.', {
      positional: needsReason,
      needs: ['reason'],
    }),
    command('contract cancel', 'cancel', 'Cancel a contract that you gave.', {
      takes: ['reason', 'dependents'],
    }),
    command('contract renew', 'renew', 'Extend your claim on a contract.'),
    command('contract edit', 'amend', 'Change what was agreed in a contract that you gave.', {
      takes: ['set'],
      needs: ['set'],
      examples: [`concord contract edit build-api --set '{"priority":5,"assignee":"api-dev"}'`],
    }),
  ],
  run,
  render,
});
