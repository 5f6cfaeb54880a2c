import { describe, expect, test } from 'vitest';
import { setBudget } from '../../../src/model/budget/set.ts';
import type { Split } from '../../../src/model/budget/set.ts';
import { eventLine } from '../../../src/model/event.ts';
import { budgeted } from '../../helpers/budget.ts';
import { circumstances, emptyView, refusal, Team, time } from '../../helpers/given.ts';

const led = (): Team => {
  const team = new Team({
    ...emptyView,
    settings: () => ({ format: 1, created: time, lead: 'lena' }),
  });
  team.as('ann').create({ id: 'build-api' }, { id: 'write-tests' });
  return team;
};

const split = (parts: Partial<Split> = {}): Split => ({
  total: { usd: 10 },
  person: true,
  ...parts,
});
const set = (team: Team, parts: Partial<Split> = {}, agent = 'ann') =>
  setBudget(team.view, split(parts), circumstances({ agent }));

describe('a budget', () => {
  test('of 10 split 2 + 4 + 2 + 1 + 1 adds up', () => {
    const team = led();
    team.as('ann').create({ id: 'x' });
    const contracts = [
      ['build-api', { usd: 2 }],
      ['write-tests', { usd: 4 }],
      ['x', { usd: 2 }],
    ] as const;
    const [event, other] = set(team, { contracts, monitoring: { usd: 1 }, reserve: { usd: 1 } });
    expect(other).toBeUndefined();
    expect(event).toEqual({
      type: 'budget-set',
      budget: {
        total: { usd: 10 },
        contracts: [
          { contractId: 'build-api', usd: 2 },
          { contractId: 'write-tests', usd: 4 },
          { contractId: 'x', usd: 2 },
        ],
        monitoring: { usd: 1 },
        reserve: { usd: 1 },
      },
    });
    expect(event && eventLine(event)).toBe('budget-set 10usd');
  });

  test('split into 11 is refused, and says what each part is', () => {
    const contracts = [
      ['build-api', { usd: 6 }],
      ['write-tests', { usd: 3 }],
    ] as const;
    const error = refusal(() =>
      set(led(), { contracts, monitoring: { usd: 1 }, reserve: { usd: 1 } }),
    );
    expect(error.code).toBe('INVALID');
    expect(error.message).toBe(
      'the sum of the parts must be at most the total of 10.00 USD; got 11.00 USD (build-api 6.00 USD, write-tests 3.00 USD, monitoring 1.00 USD, reserve 1.00 USD).',
    );
  });

  test('may be split into less, and a sum of decimals is exact', () => {
    const contracts = [
      ['build-api', { usd: 0.1 }],
      ['write-tests', { usd: 0.2 }],
    ] as const;
    expect(set(led(), { total: { usd: 0.3 }, contracts })).toHaveLength(1);
    expect(set(led(), { contracts })).toHaveLength(1);
  });

  test('is checked in every unit that the total limits', () => {
    const contracts = [['build-api', { usd: 1, tokens: 101 }]] as const;
    const total = { usd: 10, tokens: 100 };
    expect(refusal(() => set(led(), { total, contracts })).message).toMatch(
      /at most the total of 100 tokens; got 101 tokens/,
    );
    // What the total does not limit, a part may.
    expect(set(led(), { contracts })).toHaveLength(1);
  });

  test('names contracts that there are, once each', () => {
    const unknown = refusal(() => set(led(), { contracts: [['build-apo', { usd: 1 }]] }));
    expect(unknown.code).toBe('NOT_FOUND');
    expect(unknown.message).toMatch(/There is no contract "build-apo"/);
    expect(unknown.hint).toBe('Did you mean build-api? Contracts: build-api, write-tests.');
    const nobody = refusal(() =>
      setBudget(emptyView, split({ contracts: [['x', { usd: 1 }]] }), circumstances()),
    );
    expect(nobody.hint).toMatch(/There are no contracts yet/);
    const part = ['build-api', { usd: 1 }] as const;
    expect(refusal(() => set(led(), { contracts: [part, part] })).message).toMatch(
      /build-api twice/,
    );
    expect(refusal(() => set(led(), { contracts: [['../x', { usd: 1 }]] })).code).toBe('INVALID');
  });

  test('is set by a person or the lead, not by who is to spend it', () => {
    const error = refusal(() => set(led(), { person: false }, 'api-dev'));
    expect(error.code).toBe('NOT_ALLOWED');
    expect(error.message).toMatch(/set by a person or the lead, lena, not by api-dev/);
    expect(set(led(), { person: false }, 'lena')).toHaveLength(1);
    expect(set(led(), { person: true }, 'api-dev')).toHaveLength(1);
    expect(setBudget(emptyView, split({ person: false }), circumstances())).toHaveLength(1);
  });

  test('set again replaces, and the same again is nothing', () => {
    const team = led();
    budgeted(team, 10, { 'build-api': 4 }, { reserve: 1, monitoring: 0 });
    const first = team.view.budget();
    expect(first).toEqual({
      total: { usd: 10 },
      contracts: [{ contractId: 'build-api', usd: 4 }],
      reserve: { usd: 1 },
    });
    const contracts = [['build-api', { usd: 4 }]] as const;
    expect(set(team, { contracts, reserve: { usd: 1 } })).toEqual([]);
    budgeted(team, 20);
    expect(team.view.budget()).toEqual({ total: { usd: 20 } });
  });
});
