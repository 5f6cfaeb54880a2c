import { setBudget } from '../../model/budget/set.ts';
import type { Split } from '../../model/budget/set.ts';
import type { Types } from '../../model/artifact.ts';
import { applyPlan } from '../../model/contract/plan.ts';
import { agreementOf } from '../../model/contract/terms.ts';
import type { Said } from '../../model/contract/terms.ts';
import { ConcordError, invalid } from '../../model/error.ts';
import { eventLine } from '../../model/event.ts';
import { isId } from '../../model/names.ts';
import { isObject } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import { setPipeline } from '../../model/pipeline/create.ts';
import { registerType } from '../../model/type.ts';
import { count, oneLine, shown } from '../../model/text.ts';
import type { Transaction } from '../../model/transaction.ts';
import { splitSaid } from '../budget/said.ts';
import { contractCreate } from '../contract/create.ts';
import { readJsonObject } from '../file.ts';
import { checkInput } from '../invoke.ts';
import { defineOperation } from '../operation.ts';
import type { Context, Speak } from '../operation.ts';
import { rulesOf } from '../pipeline/rules.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { checkSchema } from '../type/register.ts';
import { shippedTypes, withTypes } from '../types.ts';
import { agentOf } from './agent.ts';
import { trust } from './trusted.ts';
import { checkFields } from './fields.ts';
import { teamOf } from './file.ts';
import type { TeamFile } from './file.ts';

const schema = {
  type: 'object',
  properties: {
    file: {
      type: 'string',
      description: 'A YAML or JSON file with agents, types, contracts, budget and pipelines.',
    },
    prefix: { type: 'string', description: 'Put before every id that the file brings: auth/.' },
    set: {
      type: 'array',
      items: { type: 'string' },
      description: 'A parameter of the file: name=value.',
    },
    dryRun: { type: 'boolean', description: 'Say what would happen; write nothing.' },
    line,
  },
  required: ['file'],
  additionalProperties: false,
} as const;

export type ApplyOutput = {
  readonly events: readonly string[];
  readonly commit: string | null;
  readonly line: string;
  readonly dryRun: boolean;
  readonly total: Readonly<Record<string, number>>;
};

const settings = (given: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at <= 0) throw invalid('set', 'name=value', shown(text));
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );

const checkPrefix = (prefix: string | undefined): string | undefined => {
  if (prefix === undefined || (isId(`${prefix}x`) && /[/._-]$/.test(prefix))) return prefix;
  throw invalid(
    'prefix',
    'the beginning of an id that ends with / . _ or -, such as auth/',
    shown(prefix),
  );
};

type Prepared = {
  readonly team: TeamFile;
  readonly types: readonly {
    readonly type: string;
    readonly schema: JsonObject;
    readonly description?: string;
  }[];
  readonly agreements: readonly ReturnType<typeof agreementOf>[];
  readonly pipelines: readonly Parameters<typeof setPipeline>[1][];
  readonly budget: Split | undefined;
};

/** Everything that can be checked without looking at the store. */
const prepare = async (input: Input<typeof schema>, context: Context): Promise<Prepared> => {
  const file = await readJsonObject(context, input.file, 'file');
  const team = teamOf(file, checkPrefix(input.prefix), settings(input.set ?? []));
  const types = team.types.map((one) => {
    checkFields('types', one, ['type', 'description'], ['schema']);
    const { type, schema: of, description } = one;
    if (typeof type !== 'string') throw invalid('types.type', 'given', shown(type));
    if (!isObject(of)) throw invalid(`types.schema`, 'a JSON Schema', shown(of));
    return {
      type,
      schema: of as JsonObject,
      ...(typeof description === 'string' && { description }),
    };
  });
  for (const one of types) await checkSchema(one);
  return {
    team,
    types,
    budget: team.budget && { ...splitSaid(team.budget), person: context.person() },
    agreements: team.contracts.map((one, at) => agreementOf(said(one, `contracts[${at}]`))),
    pipelines: team.pipelines.map((one, at) => {
      checkFields(`pipelines[${at}]`, one, ['pipelineId', 'id', 'description'], ['rules']);
      const id = one['pipelineId'] ?? one['id'];
      const { description, rules } = one;
      if (typeof id !== 'string') throw invalid(`pipelines[${at}].pipelineId`, 'given', shown(id));
      if (!Array.isArray(rules))
        throw invalid(`pipelines[${at}].rules`, 'a list of rules', shown(rules));
      return { id, rules: rulesOf(rules), ...(typeof description === 'string' && { description }) };
    }),
  };
};

const said = (item: JsonObject, field: string): Said => {
  try {
    return checkInput(contractCreate, item) as Said;
  } catch (error) {
    if (!(error instanceof ConcordError)) throw error;
    throw new ConcordError(error.code, `${field} is not a valid contract; nothing was changed.`, {
      violations: error.violations.map(({ path, ...rest }) => ({
        path: `${field}.${path}`,
        ...rest,
      })),
    });
  }
};

/** Pipelines come last: they do not run on their own setting up. */
const appendAll = (prepared: Prepared, types: Types, transaction: Transaction): void => {
  const { view, circumstances } = transaction;
  const { agent, time } = circumstances;
  for (const one of prepared.team.agents) {
    const { name } = one;
    const before = typeof name === 'string' ? view.agent(name) : undefined;
    const after = agentOf(one, time, before);
    if (JSON.stringify(before) !== JSON.stringify(after))
      transaction.append([{ type: 'agent-registered', agent: after }]);
  }
  for (const one of prepared.types)
    transaction.append(registerType(view, { ...one, agent, time }, shippedTypes));
  transaction.append(applyPlan(view, prepared.agreements, types, circumstances));
  if (prepared.budget) transaction.append(setBudget(view, prepared.budget, circumstances));
  for (const one of prepared.pipelines) transaction.append(setPipeline(view, one, circumstances));
};

const run = async (input: Input<typeof schema>, context: Context): Promise<ApplyOutput> => {
  const prepared = await prepare(input, context);
  const [store, agent] = await Promise.all([context.store(), context.agent()]);
  const name = context.line;
  const { team } = prepared;
  const total = {
    agents: team.agents.length,
    types: team.types.length,
    contracts: team.contracts.length,
    pipelines: team.pipelines.length,
    budgets: team.budget ? 1 : 0,
  };
  const apply = async (types: Types): Promise<{ events: readonly string[]; commit?: string }> => {
    const body = (transaction: Transaction): string[] => {
      appendAll(prepared, types, transaction);
      return transaction.events.map(eventLine);
    };
    const caller = { agent, line: name };
    if (input.dryRun) return { events: await store.trial(caller, body) };
    const { events, commit } = await store.write(caller, body);
    // Who applies a file means its commands: on this machine they may be started.
    for (const one of team.agents)
      trust(store.repository.local, agentOf(one, store.now(), undefined));
    return { events, ...(commit !== undefined && { commit }) };
  };
  const { events, commit } = await withTypes({}, apply);
  return { events, commit: commit ?? null, line: name, dryRun: input.dryRun ?? false, total };
};

const render = (output: ApplyOutput, speak: Speak): string => {
  const { events, commit, dryRun, total } = output;
  const all = Object.entries(total).flatMap(([name, n]) =>
    n > 0 ? [count(n, name.slice(0, -1), name)] : [],
  );
  const heading =
    events.length === 0
      ? `Nothing had to change: ${all.join(', ') || 'an empty file'}, as the file says.`
      : `${dryRun ? 'Would apply' : 'Applied'} ${all.join(', ')}${dryRun ? '; nothing was written' : ''}.`;
  return [
    speak.strong(heading),
    ...events.slice(0, 20).map((event) => `  -> ${oneLine(event, 160)}`),
    ...(events.length > 20 ? [`  and ${events.length - 20} more events`] : []),
    ...(commit === null ? [] : [speak.faint(`Commit ${commit.slice(0, 12)} on ${output.line}`)]),
    '',
    `Next: ${speak.call({ operation: 'team_status', input: {} })}`,
  ].join('\n');
};

export const teamApply = defineOperation({
  name: 'team_apply',
  summary:
    'Bring agents, types, contracts, pipelines and the budget to what a file says, in one transaction.',
  input: schema,
  profile: 'cli',
  commands: [
    {
      path: 'apply',
      positional: ['file'],
      examples: [
        'concord apply team.yaml',
        'concord apply templates/ci-loop.yaml --prefix auth/ --set api=api-dev',
        'concord apply team.yaml --dry-run',
      ],
    },
  ],
  run,
  render,
});
