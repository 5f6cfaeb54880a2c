import { describe, expect, test } from 'vitest';
import { compared } from './sides.ts';

describe('what is the same', () => {
  const state = {
    contracts: { 'build-api': { title: 'Build it' } },
    artifacts: {
      api: { data: { a: 1 } },
      results: { type: 'test-results', data: { passed: 1, failed: 0 } },
    },
  };

  test('is counted and not told, and there is no reason', () => {
    const result = compared(state, state);
    expect(result).toMatchObject({
      same: true,
      why: null,
      contracts: [],
      artifacts: [],
      counts: { contracts: { same: 1, different: 0 }, artifacts: { same: 2, different: 0 } },
      tests: { results: [], left: { passed: 1 }, right: { passed: 1 } },
    });
    expect(result).not.toHaveProperty('spent');
  });

  test('is told with all', () => {
    const result = compared(state, state, true);
    expect(result.contracts).toMatchObject([{ id: 'build-api', change: 'same' }]);
    expect(result.artifacts.map(({ id, change }) => [id, change])).toEqual([
      ['api', 'same'],
      ['results', 'same'],
    ]);
    expect(result.tests.results).toMatchObject([{ id: 'results', change: 'same' }]);
  });

  test('is nothing where both are empty', () => {
    expect(compared({}, {})).toMatchObject({ same: true, why: null, agents: [], others: [] });
  });
});

describe('contracts', () => {
  test('status, attempts and duration of each side', () => {
    const steps = ['created 0', 'claimed 10', 'attempt-failed 20', 'claimed 30', 'completed 130'];
    const { contracts } = compared(
      { contracts: { build: { status: 'completed', steps } } },
      { contracts: { build: { status: 'in_progress', steps: ['claimed 10'] } } },
    );
    expect(contracts).toMatchObject([
      {
        id: 'build',
        change: 'changed',
        agreement: [],
        left: { status: 'completed', attempts: 2, seconds: 120 },
        right: { status: 'in_progress', attempts: 1 },
      },
    ]);
    expect(contracts[0]?.right).not.toHaveProperty('seconds');
  });

  test('a claim after a release goes on with the attempt, and a clock may run backwards', () => {
    const { contracts } = compared(
      { contracts: { build: { status: 'completed', steps: ['claimed 50', 'completed 20'] } } },
      { contracts: { build: { steps: ['claimed 0', 'released 5', 'claimed 9'] } } },
    );
    expect(contracts[0]).toMatchObject({
      left: { attempts: 1, seconds: 0 },
      right: { attempts: 1 },
    });
  });

  test('what was agreed, the task before the terms', () => {
    const { contracts } = compared(
      { contracts: { build: { title: 'A', maxAttempts: 3, inputs: { context: 'REST' } } } },
      {
        contracts: {
          build: { title: 'B', maxAttempts: 5, inputs: { context: 'GraphQL', artifacts: ['x'] } },
        },
      },
    );
    expect(contracts[0]?.agreement).toEqual([
      { path: 'inputs.context', left: 'REST', right: 'GraphQL' },
      { path: 'inputs.artifacts', right: ['x'] },
      { path: 'title', left: 'A', right: 'B' },
      { path: 'maxAttempts', left: 3, right: 5 },
    ]);
  });

  test('one that only one side has', () => {
    const { contracts, counts } = compared(
      { contracts: { old: {} } },
      { contracts: { young: {} } },
    );
    expect(contracts).toMatchObject([
      { id: 'old', change: 'left', right: null, agreement: [] },
      { id: 'young', change: 'right', left: null, agreement: [] },
    ]);
    expect(counts.contracts).toEqual({ same: 0, different: 2 });
  });

  test('what was spent on each, and in all, only where it is known', () => {
    const { contracts, spent } = compared(
      {
        contracts: { a: { spent: { usd: 1, tokens: 5 } }, b: { spent: { usd: 2 } } },
        spent: { usd: 3, tokens: 5 },
      },
      { contracts: { a: { title: 'A' } } },
    );
    expect(contracts[0]).toMatchObject({ left: { spent: { usd: 1, tokens: 5 } } });
    expect(contracts[0]?.right).not.toHaveProperty('spent');
    expect(spent).toEqual({ left: { usd: 3, tokens: 5 } });
  });
});

describe('artifacts', () => {
  test('data by path, type and attachments', () => {
    const { artifacts } = compared(
      {
        artifacts: {
          api: {
            data: { list: [1, 2], kept: true },
            attachments: { 'a.txt': 'one', 'b.txt': 'two' },
            files: [
              { name: 'a.txt', size: 3 },
              { name: 'b.txt', size: 3 },
            ],
          },
        },
      },
      {
        artifacts: {
          api: {
            version: 2,
            type: 'decision',
            data: { list: [0, 1, 2], kept: true },
            attachments: { 'a.txt': 'another' },
            files: [{ name: 'a.txt', size: 7 }],
          },
        },
      },
    );
    expect(artifacts[0]).toMatchObject({
      change: 'changed',
      total: 4,
      differences: [
        { path: 'type', left: 'document', right: 'decision' },
        { path: 'data.list[0]', right: 0 },
        { path: 'attachment a.txt', left: '3 bytes, one', right: '7 bytes, another' },
        { path: 'attachment b.txt', left: '3 bytes, two' },
      ],
    });
  });

  test('another version of the same content is no difference of content', () => {
    const { artifacts, why, same } = compared(
      { artifacts: { api: { data: { a: 1, b: 2 } } } },
      { artifacts: { api: { version: 4, data: { b: 2, a: 1 } } } },
    );
    expect(artifacts).toMatchObject([{ change: 'again', differences: [], total: 0 }]);
    expect(why).toBeNull();
    expect(same).toBe(false);
  });

  test('huge data: differences are counted and bounded, long values cut', () => {
    const many = (n: number) =>
      Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`k${at}`, n]));
    const { artifacts } = compared(
      {
        artifacts: {
          large: { data: many(1) },
          long: { data: { body: `${'x'.repeat(30_000)} one` } },
        },
      },
      {
        artifacts: {
          large: { data: many(2) },
          long: { data: { body: `${'x'.repeat(30_000)} another ${'y'.repeat(9_000)}` } },
        },
      },
    );
    expect(artifacts[0]).toMatchObject({ total: 3_000 });
    expect(artifacts[0]?.differences).toHaveLength(100);
    const [cut] = artifacts[1]?.differences ?? [];
    expect(cut).toMatchObject({ path: 'data.body', cut: true });
    expect(cut?.left).toBe(`${'x'.repeat(199)} one"`);
    expect(cut?.right).toHaveLength(2_000);
  });
});

test('results of tests, and their sums; what is no number counts as none', () => {
  const results = (data: Readonly<Record<string, number | string>>) => ({
    type: 'test-results',
    data,
  });
  const { tests } = compared(
    { artifacts: { a: results({ passed: 3, failed: 1 }), b: results({ passed: 2, failed: 0 }) } },
    {
      artifacts: {
        a: results({ passed: 4, failed: 0, skipped: 2 }),
        b: results({ passed: 2, failed: 0 }),
        c: results({ passed: 'many', failed: 0 }),
        d: { type: 'document', data: { passed: 9, failed: 9 } },
      },
    },
  );
  expect(tests).toEqual({
    results: [
      {
        id: 'a',
        change: 'changed',
        left: { passed: 3, failed: 1, skipped: 0 },
        right: { passed: 4, failed: 0, skipped: 2 },
      },
      { id: 'c', change: 'right', left: null, right: { passed: 0, failed: 0, skipped: 0 } },
    ],
    left: { passed: 5, failed: 1, skipped: 0 },
    right: { passed: 6, failed: 0, skipped: 2 },
  });
});

test('agents of either side, and files of other kinds', () => {
  const activity = { transactions: 2, published: 1, claimed: 1, completed: 0 };
  const { agents, others, why, same } = compared(
    { activity: { ann: activity }, others: { loop: 'one', gone: 'x' } },
    { activity: { bob: activity }, others: { loop: 'two' } },
  );
  expect(agents).toEqual([
    { agent: 'ann', left: activity, right: null },
    { agent: 'bob', left: null, right: activity },
  ]);
  expect(others).toEqual([
    { kind: 'pipeline', id: 'gone', change: 'left' },
    { kind: 'pipeline', id: 'loop', change: 'changed' },
  ]);
  expect({ why, same }).toEqual({ why: null, same: false });
});
