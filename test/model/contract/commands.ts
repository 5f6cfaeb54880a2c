import fc from 'fast-check';
import { expect } from 'vitest';
import { outputsOf } from '../../../src/model/contract/contract.ts';
import type { Contract, Dependency } from '../../../src/model/contract/contract.ts';
import type { Agreement } from '../../../src/model/contract/create.ts';
import { contractDependencies, isUnblocked } from '../../../src/model/contract/dependency.ts';
import { statusAfter } from '../../../src/model/contract/status.ts';
import { ConcordError } from '../../../src/model/error.ts';
import { isContractEvent } from '../../../src/model/event.ts';
import type { Event } from '../../../src/model/event.ts';
import { conditions } from '../../helpers/given.ts';
import type { Team } from '../../helpers/given.ts';

export const ids = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'];
export const few = ids.slice(0, 3);
export const artifacts = ['x', 'y', 'z'];

/** All contracts that were ever made, as they are now. */
export const all = (team: Team): Contract[] => ids.flatMap((id) => team.view.contract(id) ?? []);

/** Does it, unless the rules refuse it; anything else thrown is a bug. */
export const attempt = (does: () => unknown): boolean => {
  try {
    does();
    return true;
  } catch (error) {
    if (error instanceof ConcordError && error.code !== 'INTERNAL') return false;
    throw error;
  }
};

/** Something that an agent does. */
export type Command = (team: Team) => unknown;

const member = fc.record({
  agent: fc.constantFrom('ann', 'bob'),
  session: fc.constantFrom('first', 'first', 'first', 'second', 'person'),
});
export const contractId = fc.constantFrom(...few);
export const type = fc.constantFrom('document', 'test-results');
const accept = fc.option(fc.constantFrom('failed == 0', 'failed == 0', 'attempt >= 2', 'broken'), {
  nil: undefined,
  freq: 3,
});
export const optional = <K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { [key in K]?: V };

const dependency: fc.Arbitrary<Dependency> = fc.oneof(
  contractId.map((id) => ({ type: 'contract' as const, contractId: id })),
  fc.tuple(fc.constantFrom(...artifacts), fc.boolean()).map(([artifactId, where]) => ({
    type: 'artifact' as const,
    artifactId,
    ...(where && { where: 'failed == 0' }),
  })),
  type.map((artifactType) => ({ type: 'artifact' as const, artifactType })),
);

const agreement: fc.Arbitrary<Agreement> = fc
  .record({
    id: contractId,
    assignee: fc.option(fc.constantFrom('ann', 'bob'), { nil: undefined, freq: 2 }),
    dependencies: fc.oneof(fc.constant([]), fc.array(dependency, { maxLength: 2 })),
    expected: fc.uniqueArray(fc.tuple(type, fc.boolean(), accept), {
      maxLength: 2,
      selector: ([of]) => of,
    }),
    accept: fc.option(fc.constantFrom('attempt >= 2', 'broken', 'both agree'), {
      nil: undefined,
      freq: 5,
    }),
    maxAttempts: fc.integer({ min: 1, max: 3 }),
    leaseSeconds: fc.constantFrom(0, 30, 30),
    input: fc.option(fc.constantFrom('x', 'y@1'), { nil: undefined, freq: 2 }),
    priority: fc.integer({ min: -3, max: 3 }),
  })
  .map(({ id, assignee, dependencies, expected, accept: own, input, ...rest }) => ({
    id,
    dependencies,
    ...rest,
    ...optional('assignee', assignee),
    ...optional('accept', own),
    ...optional('inputs', input === undefined ? undefined : { artifacts: [input] }),
    expectedOutputs: expected.map(([artifactType, required, condition]) => ({
      artifactType,
      required,
      ...optional('accept', condition),
    })),
  }));

export const act = <T>(
  does: (by: ReturnType<Team['as']>, given: T) => unknown,
  given: fc.Arbitrary<T>,
): fc.Arbitrary<Command> =>
  fc.tuple(member, given).map(
    ([{ agent, session }, value]) =>
      (team) =>
        does(team.as(agent, session, session === 'person'), value),
  );

/** Takes the next contract and publishes what it expects, as well as it can. */
const finish = act((by, another) => {
  const { contract } = by.claim(undefined, { another });
  if (!contract) return;
  for (const { artifactType } of contract.expectedOutputs ?? [])
    attempt(() =>
      by.publish(undefined, { type: artifactType, contract: contract.id, data: { failed: 0 } }),
    );
  attempt(() => by.complete(contract.id));
}, fc.boolean());

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: finish },
  {
    weight: 3,
    arbitrary: act(
      (by, some) => by.create(...some),
      fc.uniqueArray(agreement, { minLength: 1, maxLength: 3, selector: ({ id }) => id }),
    ),
  },
  {
    weight: 6,
    arbitrary: act(
      (by, { id, ...more }) => by.claim(id, more),
      fc.record({
        id: fc.option(contractId, { nil: undefined }),
        takeover: fc.boolean(),
        another: fc.boolean(),
      }),
    ),
  },
  {
    weight: 8,
    arbitrary: act(
      (by, { id, of, failed, contract }) =>
        by.publish(id, {
          data: { failed },
          ...optional('type', of),
          ...optional('contract', contract),
        }),
      fc.record({
        id: fc.option(fc.constantFrom(...artifacts), { nil: undefined, freq: 2 }),
        of: fc.option(type, { nil: undefined }),
        failed: fc.nat(1),
        contract: fc.option(contractId, { nil: undefined, freq: 2 }),
      }),
    ),
  },
  { weight: 2, arbitrary: act((by, id) => by.release(id), contractId) },
  act((by, id) => by.renew(id), contractId),
  { weight: 2, arbitrary: act((by, id) => by.fail(id), contractId) },
  act(
    (by, [id, ref]) => by.complete(id, optional('outputs', ref === undefined ? undefined : [ref])),
    fc.tuple(contractId, fc.option(fc.constantFrom(...artifacts), { nil: undefined })),
  ),
  { weight: 2, arbitrary: act((by, id) => by.reopen(id), contractId) },
  act(
    (by, [id, how]) => by.cancel(id, how),
    fc.tuple(contractId, fc.constantFrom('cancel' as const, 'release' as const, undefined)),
  ),
  act(
    (by, [id, set]) => by.amend(id, set),
    fc.tuple(
      contractId,
      fc.oneof(
        fc.array(dependency, { maxLength: 2 }).map((dependencies) => ({ dependencies })),
        fc.integer({ min: 1, max: 3 }).map((maxAttempts) => ({ maxAttempts })),
      ),
    ),
  ),
  fc.constantFrom(1, 40, 4000).map(
    (seconds): Command =>
      (team) =>
        team.wait(seconds),
  ),
);

/** A plan to begin with: each contract may need those before it. */
const start: fc.Arbitrary<Command> = fc
  .tuple(agreement, agreement, agreement, fc.boolean())
  .map(([first, second, third, chained]) => (team) => {
    const chain = (n: number): Dependency[] =>
      chained && n > 0 ? [{ type: 'contract', contractId: `c${n - 1}` }] : [];
    team.as('ann').create(
      ...[first, second, third].map((one, n) => ({
        ...one,
        id: `c${n}`,
        inputs: {},
        dependencies: [
          ...chain(n),
          ...(chained ? [] : (one.dependencies ?? [])).filter(
            (other) => other.type !== 'contract' || other.contractId < `c${n}`,
          ),
        ],
      })),
    );
  });

export const commands = fc
  .tuple(start, fc.array(command, { minLength: 10, maxLength: 50, size: 'max' }))
  .map(([first, rest]) => [first, ...rest]);

export const checkEvents = (before: Team['view'], events: readonly Event[]): void => {
  const status = new Map<string, Contract['status']>();
  for (const event of events.filter(isContractEvent)) {
    const { id } = event.contract;
    const from = status.get(id) ?? before.contract(id)?.status ?? 'none';
    expect(event.before?.status ?? 'none').toBe(from);
    expect(event.contract.status, `${event.type} of ${from}`).toBe(statusAfter(event.type, from));
    status.set(id, event.contract.status);
  }
};

export const checkState = (team: Team): void => {
  for (const contract of all(team)) {
    const {
      id,
      status,
      claim,
      attempt: tries,
      maxAttempts,
      expectedOutputs = [],
      outputs = [],
      round,
    } = contract;
    const says = JSON.stringify(contract);
    expect(
      status === 'in_progress'
        ? claim !== undefined
        : status === 'completed' || claim === undefined,
      says,
    ).toBe(true);
    expect(
      team.history.some(
        (event) =>
          isContractEvent(event) && event.contract.id === id && event.type === 'contract-amended',
      ) || tries <= maxAttempts,
      says,
    ).toBe(true);
    expect(
      outputs.every((output) => output.round === round || output.round === round - 1),
      says,
    ).toBe(true);
    if (status === 'ready' || status === 'in_progress')
      for (const other of contractDependencies(contract))
        expect(team.status(other), says).toBe('completed');
    if (status === 'ready' || status === 'pending')
      expect(isUnblocked(team.view, contract, conditions), says).toBe(status === 'ready');
    if (status !== 'completed') continue;
    for (const expected of expectedOutputs.filter((one) => one.required)) {
      const met = outputsOf(contract).findLast(({ type: of }) => of === expected.artifactType);
      expect(met && met.refused === undefined, says).toBe(true);
    }
  }
};
