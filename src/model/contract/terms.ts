import type { Amount } from '../budget/amount.ts';
import { invalid } from '../error.ts';
import { checkJson, isObject } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { shown } from '../text.ts';
import type { Dependency, Expected } from './contract.ts';
import type { Agreement } from './create.ts';

/** What a caller says of a contract: short forms, and other names for its fields, are allowed. */
export type Said = {
  readonly contractId?: string | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly assigner?: string | undefined;
  readonly assignee?: string | undefined;
  readonly context?: string | undefined;
  readonly inputs?: Readonly<Record<string, unknown>> | undefined;
  readonly expectedOutputs?: readonly unknown[] | undefined;
  readonly dependencies?: readonly unknown[] | undefined;
  readonly accept?: string | undefined;
  readonly priority?: number | undefined;
  readonly maxAttempts?: number | undefined;
  readonly leaseSeconds?: number | undefined;
  readonly budget?: Readonly<Record<string, unknown>> | undefined;
};

/** The terms in the one form that is stored. Throws INVALID with the field. */
export const agreementOf = (said: Said): Agreement => {
  if (said.contractId === undefined) throw invalid('contractId', 'given', 'nothing');
  return { id: said.contractId, ...termsOf(said) };
};

export const termsOf = (said: Said): Omit<Agreement, 'id'> => {
  const { title, description, assigner, assignee, accept, priority, maxAttempts } = said;
  const inputs = inputsOf(said);
  return defined({
    title,
    description,
    assigner,
    assignee: assignee === '' || assignee === '*' ? undefined : assignee,
    priority: priority === 0 ? undefined : priority,
    inputs: Object.keys(inputs).length > 0 ? inputs : undefined,
    expectedOutputs: said.expectedOutputs?.map(expectedOf),
    dependencies: said.dependencies?.map(dependencyOf),
    accept,
    maxAttempts,
    leaseSeconds: said.leaseSeconds,
    budget: said.budget as Amount | undefined,
  });
};

const defined = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as ReturnType<typeof defined<T>>;

const inputsOf = ({ inputs = {}, context }: Said): NonNullable<Agreement['inputs']> => {
  const { context: inner, params, artifacts } = inputs;
  const text = context ?? inner;
  if (params !== undefined) checkJson(params, 'inputs.params');
  return defined({
    context: text as string | undefined,
    params: params as JsonObject | undefined,
    artifacts: artifacts as readonly string[] | undefined,
  });
};

/** `"api-contract"`, or all that can be said of an output. */
const expectedOf = (item: unknown): Expected => {
  if (typeof item === 'string') return { artifactType: item, required: true };
  const { artifactType, artifactId, required = true, accept } = item as Partial<Expected>;
  if (artifactType === undefined)
    throw invalid('expectedOutputs', 'given an artifactType each', shown(item));
  return {
    artifactType,
    ...(artifactId !== undefined && { artifactId }),
    required,
    ...(accept !== undefined && { accept }),
  };
};

/** `"build-api"` is the contract; an object with an artifact is a dependency on that. */
const dependencyOf = (item: unknown): Dependency => {
  if (typeof item === 'string') return { type: 'contract', contractId: item };
  const { type, contractId, artifactId, artifactType, minVersion, where } = (
    isObject(item) ? item : {}
  ) as {
    readonly type?: string;
    readonly contractId?: string;
    readonly artifactId?: string;
    readonly artifactType?: string;
    readonly minVersion?: number;
    readonly where?: string;
  };
  const kind = type ?? (contractId === undefined ? 'artifact' : 'contract');
  if (kind === 'contract') {
    if (contractId === undefined) throw invalid('dependencies', 'given a contractId', shown(item));
    return { type: 'contract', contractId };
  }
  if (contractId !== undefined)
    throw invalid('dependencies', 'either on a contract or on an artifact', shown(item));
  return {
    type: 'artifact',
    ...(artifactId !== undefined && { artifactId }),
    ...(artifactType !== undefined && { artifactType }),
    ...(minVersion !== undefined && { minVersion }),
    ...(where !== undefined && { where }),
  };
};
