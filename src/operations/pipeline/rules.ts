import { ConcordError, invalid } from '../../model/error.ts';
import { checkJson, isObject } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Action, Rule, Trigger } from '../../model/pipeline/pipeline.ts';
import { nearest, shown } from '../../model/text.ts';
import { contractCreate } from '../contract/create.ts';
import { checkInput } from '../invoke.ts';

const triggerFields = ['type', 'artifactType', 'artifactId', 'contractId', 'agent'];
const ruleFields = ['trigger', 'condition', 'action', 'actions'];

/** Rules as they are said, in the one form that is stored: `action` or `actions`, `artifact_published` or `artifact-published`. */
export const rulesOf = (said: readonly unknown[]): Rule[] =>
  said.map((rule, index) => ruleOf(rule, `rules[${index}]`));

const ruleOf = (said: unknown, field: string): Rule => {
  const { trigger, condition, action, actions } = fieldsOf(said, field, ruleFields);
  if ((action === undefined) === (actions === undefined))
    throw invalid(field, 'given an action or actions', action === undefined ? 'neither' : 'both');
  if (condition !== undefined && typeof condition !== 'string')
    throw invalid(`${field}.condition`, 'text', shown(condition));
  const list: readonly unknown[] = Array.isArray(actions) ? actions : [action ?? actions];
  return {
    trigger: triggerOf(trigger, `${field}.trigger`),
    ...(typeof condition === 'string' && { condition }),
    actions: list.map((one, at) => actionOf(one, `${field}.actions[${at}]`)),
  };
};

const fieldsOf = (
  said: unknown,
  field: string,
  known: readonly string[] | undefined,
): JsonObject => {
  if (!isObject(said)) throw invalid(field, 'an object', shown(said));
  checkJson(said, field);
  const unknown = Object.keys(said).find((name) => known && !known.includes(name));
  if (unknown === undefined) return said as JsonObject;
  const near = nearest(unknown, known ?? []);
  throw invalid(
    `${field}.${unknown}`,
    near ? `another name; did you mean ${near}?` : `one of ${(known ?? []).join(', ')}`,
    'an unknown name',
  );
};

const triggerOf = (said: unknown, field: string): Trigger => {
  const fields = typeof said === 'string' ? { type: said } : fieldsOf(said, field, triggerFields);
  for (const [name, value] of Object.entries(fields))
    if (typeof value !== 'string') throw invalid(`${field}.${name}`, 'text', shown(value));
  const { type } = fields;
  if (typeof type !== 'string') throw invalid(`${field}.type`, 'given', 'nothing');
  return { ...fields, type: type.replaceAll('_', '-') };
};

const takes: Readonly<Record<string, readonly string[]>> = {
  notify_session: ['target', 'message'],
  reopen_contract: ['contractId', 'reason'],
  fail_contract: ['contractId', 'reason'],
  cancel_contract: ['contractId', 'reason'],
  snapshot: ['name'],
};

const mayTake: Readonly<Record<string, readonly string[]>> = { snapshot: ['label'] };

const actionOf = (said: unknown, field: string): Action => {
  const fields = fieldsOf(said, field, undefined);
  const { type, ...rest } = fields;
  const name = typeof type === 'string' ? type.replaceAll('-', '_') : '';
  if (name === 'create_contract') return { type: name, contract: contractIn(rest, field) };
  const needed = takes[name];
  // What is none is told with all that there are, by the rules.
  if (!needed) return { type: name, ...rest } as unknown as Action;
  const optional = (mayTake[name] ?? []).filter((one) => rest[one] !== undefined);
  const checked = fieldsOf(rest, field, [...needed, ...(mayTake[name] ?? [])]);
  for (const one of [...needed, ...optional])
    if (typeof checked[one] !== 'string')
      throw invalid(`${field}.${one}`, 'given as text', shown(checked[one]));
  return { type: name, ...checked } as unknown as Action;
};

/** A contract that a rule makes has the fields of contract_create, in `contract` or beside the type. */
const contractIn = (rest: JsonObject, field: string): JsonObject => {
  const contract = isObject(rest['contract']) ? (rest['contract'] as JsonObject) : rest;
  try {
    const {
      line: _line,
      file: _file,
      contracts: _many,
      ...said
    } = checkInput(contractCreate, contract) as JsonObject;
    return said;
  } catch (error) {
    if (!(error instanceof ConcordError)) throw error;
    throw new ConcordError('INVALID', `${field} is no contract; nothing was changed.`, {
      violations: error.violations.map(({ path, ...more }) => ({
        path: `${field}.${path}`,
        ...more,
      })),
    });
  }
};
