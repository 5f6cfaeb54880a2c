import type { Types } from '../artifact.ts';
import { checkAgreement } from '../contract/agreement.ts';
import type { Amendment } from '../contract/amend.ts';
import { ordered } from '../contract/contract.ts';
import type { Contract } from '../contract/contract.ts';
import { checkCycles, checkReferences } from '../contract/references.ts';
import { termsOf } from '../contract/terms.ts';
import { ConcordError, invalid } from '../error.ts';
import { canonical, isObject } from '../json.ts';
import type { Json } from '../json.ts';
import type { Circumstances } from '../react.ts';
import { nearest, shown } from '../text.ts';
import type { View } from '../view.ts';

/** What a replay changes of its contracts: fields as for making a contract, by contract id. */
export type Overrides = Readonly<Record<string, Json>>;

/** How a contract is worked on, not what is to be done: a change of these makes no result invalid. */
const light = ['priority', 'leaseSeconds', 'maxAttempts', 'budget'] as const;

const fields = [
  'title',
  'description',
  'assignee',
  'inputs',
  'context',
  'expectedOutputs',
  'dependencies',
  'accept',
  ...light,
] as const;

/** A contract with other terms. `paths` are what differs, such as inputs.context; `resets` says whether the work has to be done again. */
export type Overridden = {
  readonly contract: Contract;
  readonly changed: Contract;
  readonly paths: readonly string[];
  readonly resets: boolean;
};

/** The contracts that the overrides change. Unknown contracts and fields are refused, and what no contract may say. */
export const overridden = (
  view: View,
  overrides: Overrides,
  types: Pick<Types, 'shipped'>,
  { conditions }: Pick<Circumstances, 'conditions'>,
): readonly Overridden[] => {
  const found = Object.entries(overrides).map(([id, said]) => withTerms(view, id, said));
  const made = new Map(found.map(({ changed }) => [changed.id, changed]));
  for (const { changed } of found) {
    checkAgreement(changed, conditions);
    checkReferences(view, changed, made, types);
  }
  checkCycles(view, made);
  return found.filter(({ paths }) => paths.length > 0);
};

const withTerms = (view: View, id: string, said: Json): Overridden => {
  const contract = view.contract(id);
  if (!contract || contract.status === 'cancelled') throw unknownContract(view, id);
  if (!isObject(said))
    throw invalid(id, 'an object of fields, such as {"inputs": {"context": "..."}}', shown(said));
  for (const name of Object.keys(said)) checkField(id, name);
  const terms = termsOf(said) as Amendment;
  const inputs = terms.inputs && { ...contract.inputs, ...terms.inputs };
  const changed = ordered({ ...contract, ...terms, ...(inputs && { inputs }) });
  const paths = differing(contract, changed);
  const isLight = (path: string): boolean => (light as readonly string[]).includes(path);
  return { contract, changed, paths, resets: paths.some((path) => !isLight(path)) };
};

const checkField = (id: string, name: string): void => {
  if ((fields as readonly string[]).includes(name)) return;
  const near = nearest(name, fields);
  throw invalid(
    `${id}.${name}`,
    near ? `another field; did you mean ${near}?` : `one of ${fields.join(', ')}`,
    shown(name),
  );
};

const unknownContract = (view: View, id: string): ConcordError => {
  const gone = view.contract(id) !== undefined;
  return new ConcordError(
    'NOT_FOUND',
    gone
      ? `${shown(id)} is cancelled at that point; nothing was done.`
      : `There is no contract ${shown(id)} at that point; nothing was done.`,
    { next: { operation: 'contract_get', input: {} } },
  );
};

/** Where two sets of terms differ; of the inputs, which of them. */
const differing = (before: Contract, after: Contract): string[] =>
  fields.flatMap((name) => {
    if (name === 'context' || sameJson(before[name], after[name])) return [];
    if (name !== 'inputs') return [name];
    const parts = ['context', 'params', 'artifacts'] as const;
    return parts
      .filter((part) => !sameJson(before.inputs?.[part], after.inputs?.[part]))
      .map((part) => `inputs.${part}`);
  });

const sameJson = (a: unknown, b: unknown): boolean =>
  canonical((a ?? null) as Json) === canonical((b ?? null) as Json);
