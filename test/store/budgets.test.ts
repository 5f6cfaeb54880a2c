import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Usage } from '../../src/model/budget/spending.ts';
import { isMark } from '../../src/model/budget/record.ts';
import { isId } from '../../src/model/names.ts';
import { connect } from '../../src/operations/connect.ts';
import type { Connection } from '../../src/operations/connect.ts';
import { encodeMessage, parseMessage } from '../../src/store/message.ts';
import { parseUsage } from '../../src/store/usage-line.ts';
import { someId } from '../helpers/arbitrary.ts';
import { git, tempRepository } from '../helpers/repository.ts';
import { commitByHand } from '../helpers/scratch.ts';
import { fsck, open, rebuiltRows, rowsOf, tipOf, trailers } from '../helpers/store.ts';

const connected = (directory: string, agent: string, memory = false): Connection => {
  const connection = connect({ agent, directory, recordCode: false, memory });
  onTestFinished(() => connection.close());
  return connection;
};

/** Two contracts, a budget for the first, and 0.30 dollars spent on it. */
const given = async (directory: string): Promise<Connection> => {
  const ann = connected(directory, 'ann-lee');
  const { call } = ann;
  await call('init');
  await call('contract_create', { contracts: [{ contractId: 'a' }, { contractId: 'b' }] });
  await call('budget_set', { total: '10', contracts: ['a=4'], reserve: '1' });
  await call('budget_record', { contractId: 'a', usd: '0.10', report: 'r1' });
  await call('budget_record', { contractId: 'a', usd: '0.20', tokens: 7, report: 'r2' });
  return ann;
};

const micros = fc.integer({ min: 0, max: 1e9 });
const amount = fc
  .record(
    { usd: micros.map((n) => n / 1e6), tokens: fc.nat(), seconds: fc.nat() },
    { requiredKeys: [] },
  )
  .filter((one) => Object.keys(one).length > 0);
const marked = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,20}$/).filter(isMark);
const more = fc.record({ report: marked, session: marked, totals: amount }, { requiredKeys: [] });
const usage: fc.Arbitrary<Usage> = fc.oneof(
  fc
    .tuple(someId.filter(isId), fc.integer({ min: 1, max: 99_999 }), amount, more)
    .map(([contract, attempt, of, rest]) => ({ contract, attempt, amount: of, ...rest })),
  fc.tuple(amount, more).map(([of, rest]) => ({ amount: of, ...rest })),
);

describe('a message', () => {
  test('tells what was used as it was recorded', () => {
    fc.assert(
      fc.property(fc.array(usage, { minLength: 1, maxLength: 3 }), (all) => {
        const entries = all.map((one) => ({
          event: { type: 'usage-recorded', usage: one } as const,
          notices: [{ to: 'ann', kind: 'budget-warning', subject: 'a' }],
        }));
        const text = encodeMessage({ op: 'OP', subject: 'x', entries, blobs: new Map() });
        const { happened } = parseMessage(text, 'ann');
        expect(happened.map((one) => one.usage)).toEqual(all);
        expect(happened.map(({ subject }) => subject)).toEqual(
          all.map(({ contract }) => contract ?? 'monitoring'),
        );
        expect(happened.every(({ notices }) => notices.length === 1)).toBe(true);
      }),
    );
  });

  test.each([
    '',
    'contract',
    'contract a',
    'contract a 1',
    'contract a 0 usd=1',
    'contract a one usd=1',
    'contract ../a 1 usd=1',
    'monitoring',
    'monitoring usd=-1',
    'monitoring usd=1e9',
    'monitoring usd=0.0000001',
    'monitoring usd=Infinity',
    'monitoring tokens=1.5',
    'monitoring usd=1 usd=2',
    'monitoring usd=1 eur=2',
    'monitoring usd=1 report=',
    'monitoring usd=1 report=a=b',
    'monitoring usd=1  report=r',
    'monitoring total-usd=1',
    'something usd=1',
    'monitoring usd=1 __proto__=1',
  ])('that says "%s" says nothing of what was used', (line) => {
    expect(parseUsage(line)).toBeUndefined();
  });
});

describe('an index', () => {
  test('rebuilt from a history of usage is the one that grew with it', async () => {
    const directory = tempRepository();
    const { call } = await given(directory);
    const [disk, memory] = [await open(directory), await open(directory, { memory: true })];
    const bob = connected(directory, 'bob');
    const steps: readonly (() => Promise<unknown>)[] = [
      () => bob.call('contract_claim', { contractId: 'a' }),
      () =>
        bob.call('budget_record', { contractId: 'a', usd: '1.1', session: 's', cumulative: true }),
      () => bob.call('contract_update', { contractId: 'a', action: 'fail', reason: 'x' }),
      () => call('budget_record', { contractId: 'a', usd: '1.3', session: 's', cumulative: true }),
      () => call('budget_record', { contractId: 'a', usd: '1.2', session: 's', cumulative: true }),
      () => call('budget_record', { contractId: 'a', usd: '3', seconds: 60, attempt: 1 }),
      () => call('budget_record', { monitoring: true, usd: '0.000001' }),
      () => call('budget_record', { contractId: 'b', tokens: 5, report: 'r3' }),
      () => call('budget_record', { contractId: 'b', tokens: 5, report: 'r3' }),
      () => call('budget_set', { total: '20' }),
    ];
    for (const step of steps) {
      await step();
      expect(await rowsOf(memory)).toEqual(await rowsOf(disk));
    }
    const rows = await rowsOf(disk);
    expect(await rebuiltRows(directory)).toEqual(rows);
    const told = JSON.stringify(rows);
    for (const table of ['spent', 'spent-on', 'spent-attempt', 'usage-report', 'usage-session'])
      expect(told).toContain(`["${table}",`);
    const spending = await disk.read('main', (facts) => facts.budgets.spending('main'));
    expect(spending.total()).toEqual({ usd: 4.600001, tokens: 12, seconds: 60 });
    expect(spending.attempts('a')).toEqual([
      { attempt: 1, spent: { usd: 4.4, tokens: 7, seconds: 60 } },
      { attempt: 2, spent: { usd: 0.2 } },
    ]);
    expect(fsck(directory)).toBe('');
  });

  test('counts for each line on its own', async () => {
    const directory = tempRepository();
    await given(directory);
    const store = await open(directory);
    const other = await store.read('main', (facts) => facts.budgets.spending('replay/x'));
    expect([other.total(), other.contract('a'), other.reported('r1')]).toEqual([{}, {}, undefined]);
  });
});

type Forged = {
  readonly said: string;
  readonly files?: Readonly<Record<string, string | null>>;
  readonly why: RegExp;
};

const recorded = (subject: string, line: string): string =>
  `Concord-Event: usage-recorded ${subject}\nConcord-Usage: ${line}`;
const budget = 'total:\n  usd: 99\n';

const cases: Record<string, Forged> = {
  'of usage that says nothing of it': {
    said: 'Concord-Event: usage-recorded a',
    why: /does not say what was used for a/,
  },
  'that gives money back': {
    said: recorded('a', 'contract a 1 usd=-5'),
    why: /does not say what was used for a/,
  },
  'that says one contract and counts for another': {
    said: recorded('a', 'contract b 1 usd=5'),
    why: /does not say what was used for a/,
  },
  'of usage for a contract that there is not': {
    said: recorded('c', 'contract c 1 usd=5'),
    why: /c is no contract/,
  },
  'that counts a report again': {
    said: recorded('a', 'contract a 1 usd=5 report=r1'),
    why: /the report r1 was recorded before/,
  },
  'that counts a report twice': {
    said: [1, 2].map(() => recorded('a', 'contract a 1 usd=5 report=r9')).join('\n'),
    why: /the report r9 was recorded before/,
  },
  'that changes the budget by recording usage': {
    said: recorded('a', 'contract a 1 usd=5'),
    files: { 'budget.yaml': budget },
    why: /it changes budget\.yaml, and no event of it says so/,
  },
  'that says it sets the budget and does not': {
    said: 'Concord-Event: budget-set 99usd',
    why: /it says it changes budget\.yaml but does not/,
  },
  'that takes the budget away': {
    said: 'Concord-Event: budget-set 99usd',
    files: { 'budget.yaml': null },
    why: /it takes budget\.yaml away/,
  },
  'whose budget is none': {
    said: 'Concord-Event: budget-set 99usd',
    files: { 'budget.yaml': 'total: 99\n' },
    why: /not a valid budget file: \/total/,
  },
  'with a second budget': {
    said: 'Concord-Event: budget-set 99usd',
    files: { 'budget.yaml': budget, 'budgets/x.yaml': budget },
    why: /it changes budgets\/x\.yaml/,
  },
};

describe.each(Object.entries(cases))('a commit %s', (_, { said, files = {}, why }) => {
  test.each([
    ['seen by an open store', true],
    ['seen without an index', false],
  ])('%s is reported, not applied, and set aside', async (_name, early) => {
    const directory = tempRepository();
    const ann = await given(directory);
    const before = await open(directory);
    const good = await before.look('main', (view) => [view.budget(), view.spending().total()]);
    const bad = commitByHand(directory, {
      message: `eve does it\n\nConcord-Op: ${'FORGED'.padEnd(26, '0')}\n${said}\n`,
      author: 'eve',
      files,
    });
    const store = early ? before : await open(directory, { memory: true });
    const head = await store.read('main', (facts) => facts.head('main'));
    expect(head?.illegal).toMatchObject({ tip: bad, commits: [bad] });
    expect(head?.illegal?.why).toMatch(why);
    expect(await store.look('main', (view) => [view.budget(), view.spending().total()])).toEqual(
      good,
    );
    expect(tipOf(directory)).toBe(bad);
    await ann.call('budget_record', { contractId: 'a', usd: '1', report: 'r9' });
    expect(trailers(directory, 'Concord-Quarantine')).toEqual([bad]);
    expect(await store.look('main', (view) => view.spending().total())).toEqual({
      usd: 1.3,
      tokens: 7,
    });
    expect(await rebuiltRows(directory)).toEqual(await rowsOf(store));
    expect(fsck(directory)).toBe('');
  });
});

test('usage and a budget told by hand, by every rule, count', async () => {
  const directory = tempRepository();
  await given(directory);
  commitByHand(directory, {
    message: `eve tells\n\nConcord-Op: BYHAND\n${recorded('a', 'contract a 3 usd=0.7 report=mine')}\nConcord-Event: budget-set 99usd\n`,
    author: 'eve',
    files: { 'budget.yaml': budget },
  });
  const store = await open(directory);
  expect(await store.look('main', (view) => view.spending().total())).toEqual({
    usd: 1,
    tokens: 7,
  });
  expect(await store.look('main', (view) => view.budget())).toEqual({ total: { usd: 99 } });
  expect(git(directory, 'show', 'refs/concord/main:budget.yaml')).toBe(budget.trim());
  expect(await rebuiltRows(directory)).toEqual(await rowsOf(store));
});
