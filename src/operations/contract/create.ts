import { create } from '../../model/contract/create.ts';
import type { Agreement } from '../../model/contract/create.ts';
import {
  artifactDependencies,
  contractDependencies,
  metBy,
} from '../../model/contract/dependency.ts';
import { ConcordError, invalid } from '../../model/error.ts';
import { checkJson, isObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { count, oneLine } from '../../model/text.ts';
import { pathOf } from '../../store/layout.ts';
import { readJsonObject } from '../file.ts';
import { checkInput } from '../invoke.ts';
import { keyFor } from '../key.ts';
import { defineOperation } from '../operation.ts';
import type { Context, Speak } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { withTypes } from '../types.ts';
import { agreementOf } from '../../model/contract/terms.ts';
import type { Said } from '../../model/contract/terms.ts';
import { contractLine } from './shown.ts';
import type { ContractLine } from './shown.ts';

export const terms = {
  title: { type: 'string', description: 'The task in one line.' },
  description: { type: 'string', description: 'What is to be done.' },
  assignee: { type: 'string', description: 'Agent or role; default: anyone.' },
  inputs: {
    type: 'object',
    description: 'What to work from; artifacts: ids or id@version; params.files: paths it changes.',
    properties: {
      context: { type: 'string' },
      params: { type: 'object' },
      artifacts: { type: 'array', items: { type: 'string' } },
    },
    additionalProperties: false,
  },
  expectedOutputs: {
    type: 'array',
    description: 'Types or objects; accept: a condition such as data.failed == 0.',
    items: {
      type: ['string', 'object'],
      properties: {
        artifactType: { type: 'string' },
        artifactId: { type: 'string' },
        required: { type: 'boolean' },
        accept: { type: 'string' },
      },
      required: ['artifactType'],
      additionalProperties: false,
    },
  },
  dependencies: {
    type: 'array',
    description: 'Contract ids or objects; where: a condition.',
    items: {
      type: ['string', 'object'],
      properties: {
        type: { enum: ['contract', 'artifact'] },
        contractId: { type: 'string' },
        artifactId: { type: 'string' },
        artifactType: { type: 'string' },
        minVersion: { type: 'integer', minimum: 1 },
        where: { type: 'string' },
      },
      additionalProperties: false,
    },
  },
  accept: {
    type: 'string',
    description: 'Condition over contract and outputs, such as outputs["x"].data.failed == 0.',
  },
  priority: { type: 'integer', minimum: -1000, maximum: 1000, description: 'Higher first (0).' },
  maxAttempts: { type: 'integer', minimum: 1, maximum: 100, description: 'Default 3.' },
  leaseSeconds: {
    type: 'integer',
    minimum: 0,
    maximum: 604800,
    description: 'Default 1800; 0: no end.',
  },
  budget: {
    type: 'object',
    description: 'What it may cost.',
    properties: {
      usd: { type: 'number', minimum: 0 },
      tokens: { type: 'integer', minimum: 0 },
      seconds: { type: 'integer', minimum: 0 },
    },
    additionalProperties: false,
  },
} as const;

const schema = {
  type: 'object',
  properties: {
    contractId: { type: 'string', description: 'Such as auth/build-api.' },
    ...terms,
    assigner: { type: 'string', description: 'Who gives it; default: you.' },
    context: { type: 'string', description: 'Short for inputs.context.' },
    contracts: {
      type: 'array',
      items: { type: 'object' },
      description: 'Many at once, all or none.',
    },
    file: { type: 'string', description: 'A YAML or JSON file with {contracts: [...]}, or one.' },
    idempotencyKey: {
      type: 'string',
      description: 'A repeated call with the same key returns the first result.',
    },
    line,
  },
  additionalProperties: false,
} as const;

const aliases = { id: 'contractId', outputs: 'expectedOutputs', dependsOn: 'dependencies' };

export type CreateOutput = {
  readonly contracts: readonly (ContractLine & { readonly path: string })[];
  readonly total: number;
  /** Dependencies that are met already: by this contract, or this version. */
  readonly met: readonly { readonly id: string; readonly ref: string }[];
  /** Assignees that no agent or role has been called so far. */
  readonly unknown: readonly string[];
  readonly commit: string;
  readonly line: string;
};

const atOnce = 500;

/** One contract, or those of `contracts`, or those of a file. */
const read = async (input: Input<typeof schema>, context: Context): Promise<Agreement[]> => {
  const { contracts, file, line: _line, idempotencyKey: _key, ...one } = input;
  const many = file === undefined ? contracts : await plan(context, file);
  if (many === undefined) return [agreementOf(one)];
  if (Object.keys(one).length > 0)
    throw invalid('contracts', 'given alone', `${Object.keys(one).join(', ')} beside it`);
  if (many.length === 0 || many.length > atOnce)
    throw invalid('contracts', `1 to ${atOnce} contracts`, String(many.length));
  return many.map((item, index) => agreementOf(checked(item, index)));
};

const plan = async (context: Context, file: string): Promise<readonly unknown[]> => {
  const value = await readJsonObject(context, file, 'file');
  const { contracts, ...rest } = value;
  if (contracts === undefined) return [value];
  const [other] = Object.keys(rest);
  if (other !== undefined)
    throw invalid('file', 'a plan with contracts alone', `${other} beside them`);
  if (Array.isArray(contracts)) return contracts;
  throw invalid('file', 'a plan with a list of contracts', typeof contracts);
};

/** Every contract of a plan passes the same door as a single one. */
const checked = (item: unknown, index: number): Said => {
  try {
    return checkInput(contractCreate, item) as Said;
  } catch (error) {
    if (!(error instanceof ConcordError)) throw error;
    const name = isObject(item) ? (item['contractId'] ?? item['id']) : undefined;
    const where = `contracts[${index}]${typeof name === 'string' ? ` (${oneLine(name, 60)})` : ''}`;
    throw new ConcordError(error.code, `${where} is not a valid contract; nothing was created.`, {
      violations: error.violations.map(({ path, ...rest }) => ({
        path: `${where}.${path}`,
        ...rest,
      })),
    });
  }
};

const run = async (input: Input<typeof schema>, context: Context): Promise<CreateOutput> => {
  const agreements = await read(input, context);
  for (const agreement of agreements) checkJson(agreement, agreement.id);
  const [store, agent] = await Promise.all([context.store(), context.agent()]);
  const name = context.line;
  const key = keyFor('contract_create', agent, input.idempotencyKey, agreements as unknown as Json);
  const committed = await withTypes({}, (types) =>
    store.write({ agent, line: name, key }, (transaction) =>
      transaction.append(create(transaction.view, agreements, types, transaction.circumstances)),
    ),
  );
  return store.look(name, (view, facts) => {
    const looking = { view, facts, line: name, conditions: store.conditions, now: store.now() };
    const made = agreements.flatMap(({ id }) => view.contract(id) ?? []);
    const roles = new Set(view.agents().flatMap((one) => [one.name, one.role ?? one.name]));
    return {
      contracts: made
        .slice(0, 50)
        .map((one) => ({ ...contractLine(one, looking), path: pathOf('contract', one.id) })),
      total: made.length,
      met: made.flatMap((one) => [
        ...contractDependencies(one)
          .filter((id) => view.contract(id)?.status === 'completed')
          .map((id) => ({ id: one.id, ref: id })),
        ...artifactDependencies(one).flatMap((dependency) => {
          const ref = metBy(view, dependency, store.conditions);
          return ref === undefined ? [] : [{ id: one.id, ref }];
        }),
      ]),
      unknown: [
        ...new Set(
          made.flatMap(({ assignee }) =>
            assignee === undefined || roles.has(assignee) ? [] : [assignee],
          ),
        ),
      ],
      commit: committed.commit ?? '',
      line: name,
    };
  });
};

const render = (output: CreateOutput, speak: Speak): string => {
  const { contracts, total, met, unknown } = output;
  const [first] = contracts;
  const heading =
    total === 1 && first ? `Created ${first.id}.` : `Created ${count(total, 'contract')}.`;
  return [
    speak.strong(heading),
    ...contracts
      .slice(0, 20)
      .map(
        ({ id, assignee, blockedBy }) =>
          `  ${id}  ${assignee ?? 'anyone'}  ${blockedBy.length === 0 ? 'ready, told' : `waits for ${blockedBy.map((text) => oneLine(text, 120)).join('; ')}`}`,
      ),
    ...(total > 20 ? [`  and ${total - 20} more`] : []),
    ...met.slice(0, 5).map(({ id, ref }) => `Met already: ${ref}, for ${id}`),
    ...unknown
      .slice(0, 5)
      .map((name) => `${name}: no agent or role of this name yet; it will find its work by it.`),
    speak.faint(`Commit ${output.commit.slice(0, 12)} on ${output.line}`),
    '',
    `Next: ${speak.call(next(output))}`,
  ].join('\n');
};

const next = ({ contracts, total }: CreateOutput): Parameters<Speak['call']>[0] =>
  total === 1
    ? { operation: 'contract_get', input: { contractId: contracts[0]?.id } }
    : { operation: 'contract_get', input: {} };

export const contractCreate = defineOperation({
  name: 'contract_create',
  summary: 'Give work to an agent, a role or anyone.',
  details: 'Ready when its dependencies are met, completed by its outputs.',
  input: schema,
  aliases,
  flags: { expectedOutputs: 'expects', dependencies: 'depends-on' },
  unlisted: [
    'assigner',
    'accept',
    'line',
    'idempotencyKey',
    'context',
    'file',
    'priority',
    'maxAttempts',
    'leaseSeconds',
    'budget',
  ],
  plain: ['title', 'description'],
  profile: 'core',
  commands: [
    {
      path: 'contract create',
      positional: ['contractId'],
      without: ['contracts'],
      examples: [
        'concord contract create build-api --assignee api-dev --expects api-contract --depends-on setup-schema --context "Build the login API"',
        `concord contract create write-tests --assignee qa-dev --expects '{"artifactType":"test-results","accept":"data.failed == 0"}'`,
        'concord contract create -f plan.yaml',
      ],
    },
  ],
  run,
  render,
});
