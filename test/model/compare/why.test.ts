import { expect, test } from 'vitest';
import { compared } from './sides.ts';
import type { GivenArtifact, GivenContract, GivenSide } from './sides.ts';

const needs = (...ids: readonly string[]): GivenContract => ({
  dependencies: ids.map((contractId) => ({ type: 'contract', contractId })),
});
const context = (text: string): GivenContract => ({ inputs: { context: text } });
const contracts = (given: Readonly<Record<string, GivenContract>>): GivenSide => ({
  contracts: given,
});
const artifacts = (given: Readonly<Record<string, GivenArtifact>>): GivenSide => ({
  artifacts: given,
});

test('an agreement that differs, though artifacts differ, too', () => {
  const { why } = compared(
    {
      ...contracts({ 'build-api': context('Use REST') }),
      ...artifacts({ api: { data: { a: 1 } } }),
    },
    {
      ...contracts({ 'build-api': context('Use GraphQL instead of REST'), fix: {} }),
      ...artifacts({ api: { data: { a: 2 } } }),
    },
  );
  expect(why).toEqual({
    kind: 'agreement',
    contract: 'build-api',
    path: 'inputs.context',
    left: 'Use REST',
    right: 'Use GraphQL instead of REST',
    others: 0,
  });
});

test.each([
  ['through contracts', needs('middle'), needs('z-first')],
  ['through an artifact', needs('middle'), { inputs: { artifacts: ['schema'] } }],
])('of several agreements the most upstream: %s', (_, last, middle) => {
  const state = (word: string): GivenSide =>
    contracts({
      'a-last': { ...last, ...context(word) },
      middle,
      'z-first': {
        ...context(word),
        created: '2026-12-24T00:00:00Z',
        expectedOutputs: [{ artifactType: 'document', artifactId: 'schema', required: true }],
      },
    });
  expect(compared(state('one'), state('two')).why).toMatchObject({
    contract: 'z-first',
    others: 0,
  });
});

test('of several beside each other the one that was created first; the others are counted', () => {
  const state = (word: string): GivenSide =>
    contracts({
      a: { ...context(word), created: '2026-11-24T00:00:00Z' },
      b: { ...context(word), created: '2026-11-23T00:00:00Z' },
    });
  expect(compared(state('one'), state('two')).why).toMatchObject({ contract: 'b', others: 1 });
});

test('contracts that wait for each other, each on another side, end the walk', () => {
  const { why } = compared(
    contracts({ a: needs('b'), b: context('one') }),
    contracts({ a: context('two'), b: needs('a') }),
  );
  expect(why).toMatchObject({ kind: 'agreement', contract: 'a', others: 1 });
});

test('the task counts before bounds and names', () => {
  const { why } = compared(
    contracts({ a: { maxAttempts: 3 }, b: { ...needs('a'), title: 'One' } }),
    contracts({ a: { maxAttempts: 5 }, b: { ...needs('a'), title: 'Two' } }),
  );
  expect(why).toMatchObject({ contract: 'b', path: 'title' });
});

test('no agreement differs: the artifact that differs while nothing it was made from does', () => {
  const state = (n: number): GivenSide =>
    artifacts({
      results: { data: { n }, from: [`api@${n}`] },
      api: { version: n, data: { n }, from: [`schema@${n}`, 'api@1'], contract: 'build-api' },
      // Published again, with the same content.
      schema: { version: n, data: { same: true } },
    });
  expect(compared(state(1), state(2)).why).toEqual({
    kind: 'content',
    artifact: 'api',
    contract: 'build-api',
    publisher: 'api-dev',
    path: 'data.n',
    left: 1,
    right: 2,
    others: 0,
  });
});

test('made from another version of what is the same on both sides now', () => {
  const state = (n: number): GivenSide =>
    artifacts({ api: { data: { n }, from: [`schema@${n}`] }, schema: { version: 2 } });
  expect(compared(state(1), state(2)).why).toMatchObject({
    kind: 'sources',
    artifact: 'api',
    path: 'derivedFrom',
    left: ['schema@1'],
    right: ['schema@2'],
  });
});

test('an artifact that only one side has; of several the one that came first', () => {
  const { why } = compared(
    {},
    artifacts({
      late: { time: '2026-11-24T00:00:00Z' },
      early: { time: '2026-11-23T00:00:00Z', version: 3 },
    }),
  );
  expect(why).toMatchObject({
    kind: 'content',
    artifact: 'early',
    path: '',
    right: 'early@3',
    others: 1,
  });
  expect(why).not.toHaveProperty('left');
});

test('at last, a contract that only one side has', () => {
  const { why } = compared({}, contracts({ b: needs('a'), a: { title: 'Begin' } }));
  expect(why).toMatchObject({ kind: 'presence', contract: 'a', right: 'Begin', others: 0 });
});

test('only the work went on: there is no reason to name', () => {
  const { why, contracts: rows } = compared(
    contracts({ a: { status: 'ready' } }),
    contracts({ a: { status: 'completed' } }),
  );
  expect(why).toBeNull();
  expect(rows).toHaveLength(1);
});
