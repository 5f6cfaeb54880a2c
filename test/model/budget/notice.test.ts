import { expect, test } from 'vitest';
import { recordUsage } from '../../../src/model/budget/record.ts';
import type { Amount } from '../../../src/model/budget/amount.ts';
import { Transaction } from '../../../src/model/transaction.ts';
import { budgeted } from '../../helpers/budget.ts';
import { circumstances, emptyView, Team, time } from '../../helpers/given.ts';

const given = (): Team => {
  const team = new Team({
    ...emptyView,
    settings: () => ({ format: 1, created: time, lead: 'lena' }),
  });
  team.as('ann').create({ id: 'a' }, { id: 'own', budget: { tokens: 10 } });
  team.as('lena').create({ id: 'b' });
  budgeted(team, 10, { a: 4, b: 4 });
  return team;
};

/** Whom it tells that work on a contract has used this. */
const told = (team: Team, contractId: string | undefined, amount: Amount, agent = 'bob') => {
  const transaction = new Transaction(team.view, circumstances({ agent }));
  transaction.append(recordUsage(team.view, { contractId, amount }).events);
  team.view = transaction.view;
  return transaction.entries.flatMap(({ notices }) =>
    notices.map(
      ({ to, kind, subject, copy }) => `${to} ${kind} ${subject}${copy ? ' (copy)' : ''}`,
    ),
  );
};

test('nobody is told below 80 %', () => {
  expect(told(given(), 'a', { usd: 3.19, tokens: 1e9 })).toEqual([]);
});

test('the assigner and the lead hear of 80 % once, and of all of it once', () => {
  const team = given();
  expect(told(team, 'a', { usd: 3.2 })).toEqual([
    'ann budget-warning a',
    'lena budget-warning a (copy)',
  ]);
  expect(told(team, 'a', { usd: 0.1 })).toEqual([]);
  expect(told(team, 'a', { usd: 0.7 })).toEqual([
    'ann budget-exhausted a',
    'lena budget-exhausted a (copy)',
  ]);
  expect(told(team, 'a', { usd: 1 })).toEqual([]);
});

test('who is both hears once, even of what it told itself', () => {
  expect(told(given(), 'b', { usd: 5 }, 'lena')).toEqual(['lena budget-exhausted b']);
});

test('limits of a contract’s own count as well', () => {
  expect(told(given(), 'own', { tokens: 8 })).toEqual([
    'ann budget-warning own',
    'lena budget-warning own (copy)',
  ]);
});

test('a pipeline may look at usage, by its contract', () => {
  const team = given();
  const rule = {
    trigger: { type: 'usage-recorded', contractId: 'a' },
    actions: [{ type: 'notify_session', target: 'qa', message: '${contract.id}' }],
  } as const;
  team.as('ann').pipeline('p', rule);
  expect(told(team, 'a', { usd: 1 })).toEqual(['qa session-notified p']);
  expect(told(team, 'b', { usd: 1 })).toEqual([]);
});

test('the lead hears of the whole budget, too', () => {
  const team = given();
  expect(told(team, undefined, { usd: 8 })).toEqual(['lena total-warning budget']);
  expect(told(team, 'a', { usd: 4 })).toEqual([
    'ann budget-exhausted a',
    'lena budget-exhausted a (copy)',
    'lena total-exhausted budget',
  ]);
});
