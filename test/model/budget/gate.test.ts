import { describe, expect, test } from 'vitest';
import { drawn } from '../../../src/model/budget/gate.ts';
import { nothingSpent } from '../../../src/model/budget/spending.ts';
import { blockedBy } from '../../../src/model/contract/claimable.ts';
import { ConcordError } from '../../../src/model/error.ts';
import { budgeted, used } from '../../helpers/budget.ts';
import { conditions, emptyView, expects, needs, refusal, Team } from '../../helpers/given.ts';

const why = (team: Team, id: string): readonly string[] =>
  blockedBy(team.view, team.contract(id), conditions, team.now);

/** Two contracts, of 4 and 2 dollars, and a dollar in reserve. */
const given = (): Team => {
  const team = new Team();
  team
    .as('ann')
    .create(
      { id: 'api', assignee: 'bob', maxAttempts: 5, ...expects('document') },
      { id: 'docs', assignee: 'bob' },
    );
  budgeted(team, 10, { api: 4, docs: 2 }, { monitoring: 1, reserve: 1 });
  return team;
};

/** The first attempt has failed, and its back-off is over. */
const retried = (team: Team, spent: number): void => {
  team.as('bob').claim('api');
  used(team, 'api', spent);
  team.as('bob').fail('api');
  team.wait(3600);
};

describe('a contract over its budget', () => {
  test('gets no new claim and says so; others do', () => {
    const team = given();
    used(team, 'api', 4.1);
    expect(why(team, 'api')).toEqual(['its budget is used up (4.10 of 4.00 USD)']);
    const error = refusal(() => team.as('bob').claim('api'));
    expect(error.code).toBe('BUDGET');
    expect(error.message).toBe(
      'api gets no new claim: its budget is used up (4.10 of 4.00 USD). Nothing was changed.',
    );
    expect(error.hint).toMatch(/concord budget set/);
    expect(team.as('bob').claim().contract?.id).toBe('docs');
  });

  test('is used up when nothing is left, not before', () => {
    const team = given();
    used(team, 'api', 3.99);
    expect(why(team, 'api')).toEqual([]);
    used(team, 'api', 0.01);
    expect(why(team, 'api')).toEqual(['its budget is used up (4.00 of 4.00 USD)']);
  });

  test('can go on with what is held: renew, publish, complete', () => {
    const team = given();
    const bob = team.as('bob');
    bob.claim('api');
    used(team, 'api', 50);
    expect(bob.renew('api').lines).toEqual(['contract-renewed api']);
    expect(bob.claim('api').still).toBe(true);
    expect(bob.publish('x').lines).toContain('contract-completed api');
  });

  test('can be taken back by who held it', () => {
    const team = given();
    team.as('bob').claim('api');
    used(team, 'api', 5);
    const again = team.as('bob', 'second');
    expect(again.claim('api', { takeover: true }).lines).toEqual(['contract-claimed api']);
  });

  test('is not claimed by publishing or completing', () => {
    const team = given();
    used(team, 'api', 5);
    used(team, 'docs', 2);
    const bob = team.as('bob');
    expect(refusal(() => bob.publish('x', { contract: 'api' })).code).toBe('BUDGET');
    expect(refusal(() => bob.complete('docs')).code).toBe('BUDGET');
    // Nobody said that it is for the contract: it is published, and claims nothing.
    expect(bob.publish('x').lines).toEqual(['agent-registered bob', 'artifact-published x@1']);
    expect(team.says('api', 'docs')).toBe('api ready, docs ready');
  });

  test('is open again as soon as a person gives it more', () => {
    const team = given();
    used(team, 'api', 4);
    budgeted(team, 10, { api: 6 });
    expect(why(team, 'api')).toEqual([]);
    expect(team.as('bob').claim('api').contract?.id).toBe('api');
  });

  test('that waits for something says both', () => {
    const team = given();
    team.as('ann').create({ id: 'later', ...needs('docs'), budget: { tokens: 100 } });
    used(team, 'later', '100tokens');
    expect(why(team, 'later')).toEqual([
      expect.stringContaining('docs'),
      'its budget is used up (100 of 100 tokens)',
    ]);
    expect(refusal(() => team.as('bob').claim('later')).code).toBe('NOT_READY');
  });
});

describe('a retry', () => {
  test('draws on the reserve until that is empty', () => {
    const team = given();
    retried(team, 4.1);
    expect(drawn(team.view)).toEqual({ usd: 0.1 });
    expect(team.as('bob').claim('api').lines).toEqual(['contract-claimed api']);
    used(team, 'api', 0.8);
    team.as('bob').fail('api');
    team.wait(3600);
    expect(drawn(team.view)).toEqual({ usd: 0.9 });
    team.as('bob').claim('api');
    used(team, 'api', 0.2);
    team.as('bob').fail('api');
    team.wait(3600);
    expect(why(team, 'api')).toEqual([
      'its budget is used up (5.10 of 4.00 USD)',
      'the reserve is empty (1.10 of 1.00 USD)',
    ]);
    expect(refusal(() => team.as('bob').claim('api')).message).toMatch(/the reserve is empty/);
    // Work that is within its own part goes on.
    expect(team.as('bob').claim().contract?.id).toBe('docs');
  });

  test('needs no reserve while its own budget lasts', () => {
    const team = given();
    used(team, 'docs', 9);
    budgeted(team, 100, { api: 4 });
    retried(team, 3);
    expect(why(team, 'api')).toEqual([]);
  });

  test('shares the reserve with all others', () => {
    const team = given();
    team.as('bob').claim('docs');
    used(team, 'docs', 3);
    retried(team, 4);
    expect(why(team, 'api')).toEqual([
      'its budget is used up (4.00 of 4.00 USD)',
      'the reserve is empty (1.00 of 1.00 USD)',
    ]);
  });

  test('without a reserve in its unit gets none', () => {
    const team = given();
    budgeted(team, 10, { api: '100tokens' }, { reserve: 1 });
    retried(team, 1);
    used(team, 'api', '100tokens');
    expect(why(team, 'api')).toEqual([
      'its budget is used up (100 of 100 tokens)',
      'there is no reserve for another attempt',
    ]);
  });

  test('after a lease has run out is one, too', () => {
    const team = given();
    team.as('bob').claim('api');
    used(team, 'api', 4.5);
    team.wait(1800);
    expect(team.as('bob', 'second').claim('api').contract?.attempt).toBe(2);
    used(team, 'api', 1);
    team.wait(1800);
    expect(why(team, 'api')).toHaveLength(2);
    expect(refusal(() => team.as('bob', 'third').claim('api')).code).toBe('BUDGET');
    expect(team.as('bob', 'third').claim().contract?.id).toBe('docs');
    // Whoever held it goes on.
    expect(team.as('bob', 'second').renew('api').lines).toEqual(['contract-renewed api']);
  });

  test('that there is none of ends as failed, whatever the budget', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', maxAttempts: 1 });
    budgeted(team, 1, { a: 1 });
    team.as('bob').claim('a');
    used(team, 'a', 2);
    team.wait(1800);
    expect(team.as('dave').claim('a').lines).toContain('contract-failed a');
  });

  test('granted by its assigner is a first attempt again', () => {
    const team = given();
    team.as('bob').claim('api');
    used(team, 'api', 4.1);
    team.as('bob').publish('x');
    team.as('ann').reopen('api');
    expect(why(team, 'api')).toEqual(['its budget is used up (4.10 of 4.00 USD)']);
  });
});

describe('the whole budget', () => {
  test('used up gives out nothing, not even to a retry', () => {
    const team = given();
    retried(team, 1);
    used(team, undefined, 9);
    for (const id of ['api', 'docs'])
      expect(why(team, id)).toEqual(['the whole budget is used up (10.00 of 10.00 USD)']);
    expect(team.as('bob').claim().contract).toBeUndefined();
    expect(refusal(() => team.as('bob').claim('docs')).code).toBe('BUDGET');
  });

  test('counts in the unit that is used up first', () => {
    const team = given();
    budgeted(team, '10,1000tokens');
    used(team, 'docs', '0.1,1000tokens');
    expect(why(team, 'api')).toEqual(['the whole budget is used up (1000 of 1000 tokens)']);
  });
});

describe('limits of a contract', () => {
  test('are its own where the line has no part for it', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', budget: { usd: 1 } }, { id: 'b', budget: { usd: 1 } });
    used(team, 'a', 1);
    expect(why(team, 'a')).toEqual(['its budget is used up (1.00 of 1.00 USD)']);
    expect(why(team, 'b')).toEqual([]);
    budgeted(team, 10, { a: 2 });
    expect(why(team, 'a')).toEqual([]);
  });

  test('of another name are not its own', () => {
    const team = new Team();
    team.as('ann').create({ id: 'constructor' }, { id: 'a/b' }, { id: 'a' });
    budgeted(team, 10, { a: 1 });
    used(team, 'a', 1);
    expect(why(team, 'constructor')).toEqual([]);
    expect(why(team, 'a/b')).toEqual([]);
  });

  test('that nobody has set cost no look at what was spent', () => {
    const team = new Team({
      ...emptyView,
      spending: () => ({ ...nothingSpent, total: never, contract: never, contracts: never }),
    });
    team.as('ann').create({ id: 'a' });
    expect(team.as('bob').claim().contract?.id).toBe('a');
  });
});

const never = (): never => {
  throw new ConcordError('INTERNAL', 'what was spent was asked for');
};
