import { statuses } from '../../model/contract/contract.ts';
import type { Contract } from '../../model/contract/contract.ts';
import { contractOf } from '../../model/contract/find.ts';
import { idOfPlace, lists } from '../../model/contract/keys.ts';
import { pathOf } from '../../store/layout.ts';
import { lookBack } from '../../store/look-back.ts';
import { defineOperation } from '../operation.ts';
import type { Speak } from '../operation.ts';
import { positionAt } from '../at.ts';
import { at, line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { table } from '../table.ts';
import { lineCells, renderContract } from './render.ts';
import { contractLine, contractShown, costOf } from './shown.ts';
import type { ContractLine, ContractShown, Looking } from './shown.ts';

const input = {
  type: 'object',
  properties: {
    contractId: { type: 'string', description: 'This one, with its history.' },
    status: { type: 'string', enum: statuses, description: 'Those of this status.' },
    assignee: { type: 'string', description: 'Those for this agent or role.' },
    limit: { type: 'integer', minimum: 1, maximum: 1000, description: 'At most so many (30).' },
    at,
    line,
  },
  additionalProperties: false,
} as const;

export type ContractGetOutput =
  | (ContractShown & { readonly path: string })
  | { readonly contracts: readonly ContractLine[]; readonly total: number };

/** Open ones first, in the order of their lives. */
const order = ['in_progress', 'ready', 'pending', 'failed', 'completed', 'cancelled'] as const;

type Wanted = { readonly status?: string | undefined; readonly assignee?: string | undefined };

const list = (
  looking: Looking,
  { status, assignee }: Wanted,
  limit: number,
): { contracts: ContractLine[]; total: number } => {
  const { view, facts, line: name } = looking;
  const contracts: ContractLine[] = [];
  let total = 0;
  for (const one of status === undefined ? order : order.filter((each) => each === status)) {
    const wanted = assignee === undefined ? lists.status(one) : lists.assigned(assignee, one);
    total +=
      looking.position === undefined
        ? facts.contracts.count(name, wanted)
        : [...view.places(wanted)].length;
    if (contracts.length >= limit) continue;
    for (const place of view.places(wanted)) {
      const contract = view.contract(idOfPlace(place));
      if (contract) contracts.push(contractLine(contract, looking));
      if (contracts.length >= limit) break;
    }
  }
  return { contracts, total };
};

const next = ({ status, id, assignee, claim, blockedBy }: ContractShown, speak: Speak): string => {
  if (status === 'ready' && blockedBy.length === 0)
    return speak.call({ operation: 'contract_claim', input: { contractId: id } });
  if (status === 'in_progress' && claim)
    return `${speak.call({ operation: 'message_send', input: { to: id, text: '...' } })}   # reaches ${claim.agent}`;
  return speak.call({
    operation: 'contract_get',
    input: assignee === null ? {} : { assignee },
  });
};

const answer = (looking: Looking, wanted: Input<typeof input>): ContractGetOutput => {
  const { contractId, limit = 30 } = wanted;
  if (contractId === undefined) return list(looking, wanted, limit);
  const contract: Contract = contractOf(looking.view, contractId);
  const cost = costOf(contract, looking);
  return { ...contractShown(contract, looking), cost, path: pathOf('contract', contract.id) };
};

export const contractGet = defineOperation({
  name: 'contract_get',
  summary: 'Show one contract with what it waits for and its history, or list contracts.',
  input,
  aliases: { id: 'contractId' },
  unlisted: ['line', 'at'],
  plain: ['contractId', 'status', 'assignee', 'limit'],
  readOnly: true,
  profile: 'core',
  commands: [
    {
      path: 'contract show',
      summary: 'Show a contract: its task, what it waits for, its history.',
      positional: ['contractId'],
      needs: ['contractId'],
      without: ['status', 'assignee', 'limit'],
    },
    {
      path: 'contract list',
      summary: 'List contracts, open ones first.',
      without: ['contractId'],
      examples: [
        'concord contract list --status pending',
        'concord contract list --assignee qa-dev',
      ],
    },
  ],
  run: async (wanted, context): Promise<ContractGetOutput> => {
    const store = await context.store();
    const name = context.line;
    const looking = { line: name, conditions: store.conditions, now: store.now() };
    if (wanted.at === undefined)
      return store.look(name, (view, facts) => answer({ ...looking, view, facts }, wanted));
    const position = await positionAt(store, name, wanted.at);
    const entry = await store.read(name, (facts) => facts.entry(name, position));
    const point = { line: name, position, commit: entry?.oid ?? '' };
    return lookBack(store, point, (view, _now, _past, facts) =>
      answer({ ...looking, view, facts, position, now: entry?.time ?? looking.now }, wanted),
    );
  },
  render: (output, speak) => {
    if ('contracts' in output) return renderList(output, speak);
    return [
      ...renderContract(output, speak),
      speak.faint(`File ${output.path}`),
      '',
      `Next: ${next(output, speak)}`,
    ].join('\n');
  },
});

const renderList = (
  { contracts, total }: { readonly contracts: readonly ContractLine[]; readonly total: number },
  speak: Speak,
): string => {
  if (total === 0)
    return `No contracts.\n\nNext: ${speak.call({ operation: 'contract_create', input: { contractId: 'build-api', expectedOutputs: ['api-contract'], assignee: 'api-dev' } })}`;
  const [first] = contracts;
  return [
    ...table(contracts.map(lineCells)),
    ...(total > contracts.length
      ? [`  ${total - contracts.length} more of ${total}; limit shows more`]
      : []),
    '',
    `Next: ${speak.call({ operation: 'contract_get', input: { contractId: first?.id } })}`,
  ].join('\n');
};
