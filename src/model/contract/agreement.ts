import type { Conditions, Variable } from '../condition.ts';
import { invalid } from '../error.ts';
import { checkId, checkSlug, parseRef } from '../names.ts';
import { shown } from '../text.ts';
import type { Contract, Dependency, Expected } from './contract.ts';

const limits = {
  title: 200,
  description: 8_000,
  context: 16_000,
  artifacts: 64,
  expectedOutputs: 64,
  dependencies: 256,
} as const;

/** What is looked at. */
type Said = Pick<
  Contract,
  'id' | 'title' | 'description' | 'inputs' | 'expectedOutputs' | 'dependencies' | 'accept'
>;

/** Whether what a contract says is sound by itself; throws INVALID with the field. */
export const checkAgreement = (contract: Said, conditions: Conditions): void => {
  const { id, title, description, inputs, accept } = contract;
  checkCount(`${id}: inputs.artifacts`, inputs?.artifacts, limits.artifacts);
  checkCount(`${id}: expectedOutputs`, contract.expectedOutputs, limits.expectedOutputs);
  checkCount(`${id}: dependencies`, contract.dependencies, limits.dependencies);
  checkLength(`${id}: title`, title, limits.title);
  checkLength(`${id}: description`, description, limits.description);
  checkLength(`${id}: inputs.context`, inputs?.context, limits.context);
  for (const ref of inputs?.artifacts ?? []) parseRef(ref, `${id}: inputs.artifacts`);
  checkExpected(contract, conditions);
  for (const dependency of contract.dependencies ?? [])
    checkDependency(contract, dependency, conditions);
  checkCondition(`${id}: accept`, accept, ['data', 'artifact', 'contract', 'outputs'], conditions);
};

const checkLength = (field: string, text: string | undefined, limit: number): void => {
  if (text !== undefined && text.length > limit)
    throw invalid(field, `at most ${limit} characters`, String(text.length));
};

const checkCount = (field: string, list: readonly unknown[] = [], limit: number): void => {
  if (list.length > limit) throw invalid(field, `at most ${limit}`, String(list.length));
};

const checkCondition = (
  field: string,
  text: string | undefined,
  variables: readonly Variable[],
  conditions: Conditions,
): void => {
  const problem = text === undefined ? undefined : conditions.problem(text, variables);
  if (problem !== undefined)
    throw invalid(field, `a condition over ${variables.join(', ')}`, shown(text), {
      hint: problem,
    });
};

const checkExpected = ({ id, expectedOutputs = [] }: Said, conditions: Conditions): void => {
  const seen = new Set<string>();
  for (const expected of expectedOutputs) {
    const { artifactType, artifactId, accept } = expected;
    checkSlug(artifactType, `${id}: expectedOutputs.artifactType`);
    if (artifactId !== undefined) checkId(artifactId, `${id}: expectedOutputs.artifactId`);
    checkCondition(
      `${id}: expectedOutputs.accept`,
      accept,
      ['data', 'artifact', 'contract'],
      conditions,
    );
    if (isAmbiguous(expectedOutputs, expected) || seen.has(artifactId ?? artifactType))
      throw invalid(
        `${id}: expectedOutputs`,
        'such that those of one type each name another artifactId',
        `${artifactType} twice`,
      );
    seen.add(artifactId ?? artifactType);
  }
};

const isAmbiguous = (all: readonly Expected[], { artifactType, artifactId }: Expected): boolean =>
  artifactId === undefined && all.filter((one) => one.artifactType === artifactType).length > 1;

const checkDependency = ({ id }: Said, dependency: Dependency, conditions: Conditions): void => {
  if (dependency.type === 'contract') {
    checkId(dependency.contractId, `${id}: dependencies.contractId`);
    if (dependency.contractId === id)
      throw invalid(`${id}: dependencies`, 'on other contracts', 'itself');
    return;
  }
  const { artifactId, artifactType, where } = dependency;
  if (artifactId === undefined && artifactType === undefined)
    throw invalid(`${id}: dependencies`, 'on an artifactId or an artifactType', 'neither');
  if (artifactId !== undefined) checkId(artifactId, `${id}: dependencies.artifactId`);
  if (artifactType !== undefined) checkSlug(artifactType, `${id}: dependencies.artifactType`);
  checkCondition(`${id}: dependencies.where`, where, ['data', 'artifact'], conditions);
};
