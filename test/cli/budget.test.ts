import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { concord, json, ok, refused, standing, storeRepository, within } from '../helpers/cli.ts';
import type { Given } from '../helpers/cli.ts';
import { git } from '../helpers/repository.ts';
import { fsck, timeline } from '../helpers/store.ts';

const as = (agent: string, session = agent): Given => ({
  env: { CONCORD_AGENT: agent, CONCORD_SESSION: session },
});

let directory: string;
beforeEach(async () => {
  directory = await storeRepository();
  await within(directory, 'ann-lee', ({ call }) =>
    call('contract_create', {
      contracts: [
        { contractId: 'build-api', assignee: 'api-dev', expectedOutputs: ['document'] },
        { contractId: 'write-tests', assignee: 'qa-dev' },
        { contractId: 'docs', budget: { tokens: 100 } },
      ],
    }),
  );
});

const set = (...args: readonly string[]): Promise<string> =>
  ok(directory, ['budget', 'set', ...args]);
const record = (...args: readonly string[]): Promise<string> =>
  ok(directory, ['budget', 'record', ...args], as('api-dev'));
const parts = ['--contract', 'build-api=4', '--contract', 'write-tests=2'];
const split = ['--total', '10', ...parts, '--monitoring', '1', '--reserve', '1'];

describe('a budget', () => {
  test('is set, shown as a table with bars, and kept in a file', async () => {
    expect(await set(...split)).toBe(
      'The budget of main is 10.00 USD.\nNot allotted: 2.00 USD\nFile budget.yaml\n\nNext: concord budget\n',
    );
    await record('build-api', '--usd', '4.10');
    await record('write-tests', '--usd', '1.6', '--tokens', '12000');
    await record('--monitoring', '--usd', '0.05');
    expect(await ok(directory, ['budget'])).toBe(
      [
        'Budget of main: 5.75 of 10.00 USD, ok',
        '  build-api       ####################  4.10 USD  of 4.00 USD    exhausted',
        '  write-tests     ################....  1.60 USD  of 2.00 USD    warning',
        '  docs            ....................  0 tokens  of 100 tokens  ok',
        '  (monitoring)    #...................  0.05 USD  of 1.00 USD    ok',
        '  (reserve)       ##..................  0.10 USD  of 1.00 USD    ok',
        '  (not allotted)                        2.00 USD',
        '  (total)         ###########.........  5.75 USD  of 10.00 USD   ok',
        '',
        'Next: concord contract show build-api',
        '',
      ].join('\n'),
    );
    expect(git(directory, 'show', 'concord/main:budget.yaml')).toBe(
      'total:\n  usd: 10\ncontracts:\n  - contractId: build-api\n    usd: 4\n  - contractId: write-tests\n    usd: 2\nmonitoring:\n  usd: 1\nreserve:\n  usd: 1',
    );
    expect(timeline(directory).map(({ subject }) => subject)).toContain(
      'ann-lee sets the budget to 10.00 USD',
    );
    expect(fsck(directory)).toBe('');
  });

  test('tells all of it as JSON', async () => {
    await set(...split);
    await record('build-api', '--usd', '2', '--tokens', '5', '--attempt', '2');
    expect(await json(directory, ['budget'])).toEqual({
      line: 'main',
      set: true,
      total: { spent: { usd: 2, tokens: 5 }, limit: { usd: 10 }, state: 'ok', share: 0.2 },
      contracts: [
        {
          contract: 'build-api',
          status: 'ready',
          spent: { usd: 2, tokens: 5 },
          limit: { usd: 4 },
          state: 'ok',
          share: 0.5,
          attempts: [{ attempt: 2, spent: { usd: 2, tokens: 5 } }],
        },
        {
          contract: 'write-tests',
          status: 'ready',
          spent: {},
          limit: { usd: 2 },
          state: 'ok',
          share: 0,
          attempts: [],
        },
        {
          contract: 'docs',
          status: 'ready',
          spent: {},
          limit: { tokens: 100 },
          state: 'ok',
          share: 0,
          attempts: [],
        },
      ],
      monitoring: { spent: {}, limit: { usd: 1 }, state: 'ok', share: 0 },
      reserve: { spent: {}, limit: { usd: 1 }, state: 'ok', share: 0 },
      unallotted: { usd: 2 },
    });
  });

  test('there is none of, until one is set; what is used is shown all the same', async () => {
    const nothing = await ok(directory, ['budget']);
    expect(nothing).toMatch(/^No budget is set for main\.\n/);
    expect(nothing).toMatch(/Next: concord budget set --total 10\n$/);
    await record('write-tests', '--usd', '0.1');
    await record('write-tests', '--usd', '0.2');
    await record('docs', '--tokens', '150');
    const spent = await ok(directory, ['budget']);
    expect(spent).not.toMatch(/reserve/);
    expect(spent).toMatch(/^No budget is set for main\. Spent so far: 0\.30 USD, 150 tokens\n/);
    expect(spent).toMatch(/ {2}write-tests +0\.30 USD +no limit\n/);
  });

  test('set again replaces; the same again writes nothing', async () => {
    await set(...split);
    const before = standing(directory);
    expect(await set(...split)).toMatch(/^Nothing had to change: /);
    expect(standing(directory)['refs']).toBe(before['refs']);
    await set('--total', '{"usd":10,"tokens":500000}', '--contract', 'docs=60s,1usd');
    expect(git(directory, 'show', 'concord/main:budget.yaml')).toBe(
      'total:\n  usd: 10\n  tokens: 500000\ncontracts:\n  - contractId: docs\n    usd: 1\n    seconds: 60',
    );
  });

  test.each<[string, readonly string[], number, string, RegExp]>([
    [
      'more in its parts than in all',
      ['--total', '10', ...parts, '--monitoring', '2', '--reserve', '3'],
      5,
      'INVALID',
      /the sum of the parts must be at most the total of 10\.00 USD; got 11\.00 USD/,
    ],
    ['no total', parts, 5, 'INVALID', /total must be an amount such as/],
    ['an amount that is none', ['--total', 'ten'], 5, 'INVALID', /total must be .*; got "ten"/],
    [
      'a part without a contract',
      ['--total', '1', '--contract', '1'],
      5,
      'INVALID',
      /such as build-api=4; got "1"/,
    ],
    [
      'a contract nearly right',
      ['--total', '1', '--contract', 'build-apy=1'],
      3,
      'NOT_FOUND',
      /There is no contract "build-apy"/,
    ],
  ])('with %s is refused, and nothing is written', async (_, args, exit, code, message) => {
    const before = standing(directory);
    expect(await refused(directory, ['budget', 'set', ...args])).toMatchObject({
      exit,
      code,
      message: expect.stringMatching(message) as string,
    });
    expect(standing(directory)).toEqual(before);
  });

  test('is not for an agent to set', async () => {
    const error = await refused(directory, ['budget', 'set', '--total', '99'], as('api-dev'));
    expect(error).toMatchObject({ exit: 1, code: 'NOT_ALLOWED' });
    expect(error.next).toMatch(/^concord send ann-lee /);
  });

  test('has no third command', async () => {
    expect(await concord(directory, ['budget', 'sett'])).toMatchObject({
      code: 129,
      err: expect.stringContaining('too many arguments') as string,
    });
  });
});

describe('usage', () => {
  test('of a report counts once, and of totals what is new', async () => {
    const [first, again] = [
      await record('build-api', '--usd', '0.42', '--report', 'r1'),
      await record('build-api', '--usd', '0.42', '--report', 'r1'),
    ];
    expect(first).toMatch(/^Recorded 0\.42 USD for build-api\.\nSpent so far: 0\.42 USD\n/);
    expect(again).toMatch(/^Nothing new for build-api: this was recorded before\.\n/);
    await record('build-api', '--usd', '1.00', '--session', 's', '--cumulative');
    const counted = await json(
      directory,
      ['budget', 'record', 'build-api', '--usd', '1.25', '--session', 's', '--cumulative'],
      as('api-dev'),
    );
    expect(counted).toMatchObject({ counted: { usd: 0.25 }, spent: { usd: 1.67 }, state: 'ok' });
    expect(timeline(directory).at(-1)?.subject).toBe('api-dev records 0.25 USD for build-api');
  });

  test.each<[string, readonly string[], number, RegExp]>([
    ['of nothing', ['build-api'], 5, /usage must be given as usd, tokens or seconds/],
    ['for nothing', ['--usd', '1'], 5, /contractId must be given, or else monitoring; got neither/],
    ['for both', ['build-api', '--monitoring', '--usd', '1'], 5, /got both/],
    ['in another unit', ['build-api', '--usd', '1eur'], 5, /usd must be a number of dollars/],
    ['below zero', ['build-api', '--usd=-1'], 5, /usd must be a number of dollars/],
    ['for a contract that there is not', ['x', '--usd', '1'], 3, /There is no contract "x"/],
    ['with a report that is no word', ['build-api', '--usd', '1', '--report', 'a b'], 5, /report/],
    [
      'of totals of nobody',
      ['build-api', '--usd', '1', '--cumulative'],
      5,
      /session must be given/,
    ],
    ['of an attempt at monitoring', ['--monitoring', '--usd', '1', '--attempt', '2'], 5, /attempt/],
  ])('%s is refused, and nothing is written', async (_, args, exit, message) => {
    const before = standing(directory);
    const error = await refused(directory, ['budget', 'record', ...args], as('api-dev'));
    expect(error).toMatchObject({ exit, message: expect.stringMatching(message) as string });
    expect(standing(directory)).toEqual(before);
  });
});

describe('a contract over its budget', () => {
  beforeEach(async () => {
    await set(...split);
    await record('build-api', '--usd', '4.10');
  });

  test('gets no new claim: exit 7, with what was spent and what a person can do', async () => {
    const error = await refused(directory, ['claim', 'build-api'], as('api-dev'));
    expect(error).toMatchObject({ exit: 7, code: 'BUDGET' });
    expect(error.message).toMatch(/its budget is used up \(4\.10 of 4\.00 USD\)/);
    expect(error.hint).toMatch(/concord budget set/);
    expect(error.next).toBe('concord contract show build-api');
    // Without a name there is other work.
    const { contract } = await json<{ contract: { id: string } }>(
      directory,
      ['claim'],
      as('api-dev'),
    );
    expect(contract.id).toBe('docs');
    const brief = await ok(directory, ['brief'], as('api-dev', 'other'));
    expect(brief).not.toMatch(/Ready for you/);
  });

  test('says so wherever it is shown', async () => {
    const said = 'its budget is used up (4.10 of 4.00 USD)';
    expect(await json(directory, ['contract', 'show', 'build-api'])).toMatchObject({
      blockedBy: [said],
      cost: {
        spent: { usd: 4.1 },
        limit: { usd: 4 },
        state: 'exhausted',
        attempts: [{ attempt: 1, spent: { usd: 4.1 } }],
      },
    });
    const shown = await ok(directory, ['contract', 'show', 'build-api']);
    expect(shown).toMatch(/Next: concord contract list --assignee api-dev\n$/);
    expect(shown).toContain(`\nSpent 4.10 of 4.00 USD, exhausted\nNot to be had now\n  ${said}\n`);
    expect(await ok(directory, ['contract', 'list'])).toContain(`ready  api-dev  ${said}`);
    const status = await ok(directory, ['status']);
    expect(status).toMatch(/^main: 3 ready, .* {3}4\.10 of 10\.00 USD\n/);
    expect(status).toContain(
      '\nNeeds you\n  build-api  api-dev  its budget is used up: 4.10 of 4.00 USD\n',
    );
    expect(status).toMatch(/Next: concord budget\n$/);
    expect(await ok(directory, ['inbox'])).toContain(
      'api-dev: the budget of build-api is used up: 4.10 of 4.00 USD',
    );
  });

  test('is given out again when it gets more', async () => {
    await set('--total', '10', '--contract', 'build-api=6');
    expect(await ok(directory, ['claim', 'build-api'], as('api-dev'))).toMatch(
      /^You hold build-api/,
    );
    expect(await ok(directory, ['inbox'])).toContain(
      'the budget of build-api was used up (now 4.10 of 6.00 USD)',
    );
  });

  test('which is held is worked on to its end', async () => {
    await set('--total', '10', '--contract', 'build-api=6');
    await ok(directory, ['claim', 'build-api'], as('api-dev'));
    await record('build-api', '--usd', '5');
    expect(await ok(directory, ['status'])).toMatch(/build-api {2}api-dev {2}.*, 9\.10 USD/);
    const text = JSON.stringify({ title: 'T', body: 'B' });
    expect(await ok(directory, ['publish', '--data', text], as('api-dev'))).toMatch(
      /build-api is completed/,
    );
  });

  test('has its retry draw on the reserve until that is empty', async () => {
    await set('--total', '10', '--contract', 'build-api=6', '--reserve', '1');
    await ok(directory, ['claim', 'build-api'], as('api-dev'));
    await record('build-api', '--usd', '3');
    await ok(directory, ['fail', 'build-api', 'x'], as('api-dev'));
    const { blockedBy } = await json<{ blockedBy: string[] }>(directory, [
      'contract',
      'show',
      'build-api',
    ]);
    expect(blockedBy).toEqual([
      expect.stringMatching(/^waits until/),
      'its budget is used up (7.10 of 6.00 USD)',
      'the reserve is empty (1.10 of 1.00 USD)',
    ]);
    expect(await refused(directory, ['claim', 'build-api'], as('api-dev'))).toMatchObject({
      exit: 7,
      message: expect.stringContaining('the reserve is empty (1.10 of 1.00 USD)') as string,
    });
    expect(await ok(directory, ['contract', 'show', 'build-api'])).toContain(
      'Spent 7.10 of 6.00 USD, exhausted\n',
    );
  });
});

test('a budget comes with a file, under its prefix, as often as it is applied', async () => {
  const team = `parameters: {api: "4"}
contracts:
  - contractId: api
  - contractId: tests
    dependencies: [api]
budget:
  total: 10usd
  contracts: {api: "{{api}}", tests: {usd: 2, tokens: 1000}, docs: 1}
  reserve: 1
`;
  writeFileSync(join(directory, 'team.yaml'), team);
  const apply = (...more: string[]): Promise<string> =>
    ok(directory, ['apply', 'team.yaml', '--prefix', 'auth/', ...more]);
  expect(await apply('--dry-run')).toMatch(
    /^Would apply 2 contracts, 1 budget; nothing was written/,
  );
  expect(await apply('--set', 'api=3.5')).toMatch(/ {2}-> budget-set 10usd\n/);
  expect(git(directory, 'show', 'concord/main:budget.yaml')).toBe(
    'total:\n  usd: 10\ncontracts:\n  - contractId: auth/api\n    usd: 3.5\n  - contractId: auth/tests\n    usd: 2\n    tokens: 1000\n  - contractId: docs\n    usd: 1\nreserve:\n  usd: 1',
  );
  expect(await apply('--set', 'api=3.5')).toMatch(/^Nothing had to change: 2 contracts, 1 budget/);
  const before = standing(directory);
  writeFileSync(join(directory, 'over.yaml'), 'budget: {total: 1, contracts: {docs: 2}}\n');
  expect(await refused(directory, ['apply', 'over.yaml'])).toMatchObject({ exit: 5 });
  writeFileSync(join(directory, 'wrong.yaml'), 'budget: {totals: 1}\n');
  expect((await refused(directory, ['apply', 'wrong.yaml'])).message).toMatch(
    /budget\.totals must be one of total, contracts/,
  );
  expect(standing(directory)['refs']).toBe(before['refs']);
});
