import { describe, expect, test } from 'vitest';
import { recordUsage } from '../../../src/model/budget/record.ts';
import { used } from '../../helpers/budget.ts';
import { refusal, Team } from '../../helpers/given.ts';

const team = (): Team => {
  const made = new Team();
  made.as('ann').create({ id: 'a' }, { id: 'b' });
  return made;
};

describe('usage', () => {
  test('adds up for the line, the contract and its attempt', () => {
    const line = team();
    used(line, 'a', '0.1usd,100tokens');
    used(line, 'a', 0.2);
    used(line, 'a', '1,60s', { attempt: 2 });
    used(line, 'b', 4);
    used(line, undefined, 0.5);
    const spending = line.view.spending();
    expect(spending.total()).toEqual({ usd: 5.8, tokens: 100, seconds: 60 });
    expect(spending.contract('a')).toEqual({ usd: 1.3, tokens: 100, seconds: 60 });
    expect(spending.attempts('a')).toEqual([
      { attempt: 1, spent: { usd: 0.3, tokens: 100 } },
      { attempt: 2, spent: { usd: 1, seconds: 60 } },
    ]);
    expect(spending.monitoring()).toEqual({ usd: 0.5 });
    expect([...spending.contracts()].map(([id]) => id)).toEqual(['a', 'b']);
    expect(spending.contract('c')).toEqual({});
  });

  test('belongs to the attempt that the contract is at, unless it says another', () => {
    const line = team();
    line.as('bob').claim('a');
    line.as('bob').fail('a');
    used(line, 'a', 1);
    used(line, 'a', 2, { attempt: 1 });
    expect(line.view.spending().attempts('a')).toEqual([
      { attempt: 1, spent: { usd: 2 } },
      { attempt: 2, spent: { usd: 1 } },
    ]);
  });

  test('may be told of what is over', () => {
    const line = team();
    line.as('bob').complete('a');
    used(line, 'a', 1);
    expect(line.view.spending().contract('a')).toEqual({ usd: 1 });
  });

  test('of a contract that there is not is refused', () => {
    const error = refusal(() => recordUsage(team().view, { contractId: 'c', amount: { usd: 1 } }));
    expect(error.code).toBe('NOT_FOUND');
  });

  test('of nothing is no event', () => {
    const { events } = recordUsage(team().view, { contractId: 'a', amount: { usd: 0, tokens: 0 } });
    expect(events).toEqual([]);
  });
});

describe('a report', () => {
  test('counts once', () => {
    const line = team();
    used(line, 'a', 1, { report: 'r1' });
    used(line, 'a', 1, { report: 'r1' });
    used(line, 'a', 1, { report: 'r2' });
    expect(line.view.spending().total()).toEqual({ usd: 2 });
  });

  test('counts once, though the contract has come to its next attempt', () => {
    const line = team();
    line.as('bob').claim('a');
    used(line, 'a', 1, { report: 'r1' });
    line.as('bob').fail('a');
    used(line, 'a', 1, { report: 'r1' });
    expect(line.view.spending().total()).toEqual({ usd: 1 });
  });

  test.each<[string, string | undefined, number]>([
    ['other numbers', 'a', 2],
    ['another contract', 'b', 1],
    ['monitoring', undefined, 1],
  ])('that comes again with %s is refused', (_, contractId, usd) => {
    const line = team();
    used(line, 'a', 1, { report: 'r1' });
    const error = refusal(() =>
      recordUsage(line.view, { contractId, amount: { usd }, report: 'r1' }),
    );
    expect(error.code).toBe('CONFLICT');
    expect(error.message).toMatch(/r1 was recorded before, for contract a with 1.00 USD/);
  });

  test.each(['', ' ', 'a b', 'a\nConcord-Op: x', '-x', 'x'.repeat(129), 'é'])(
    'called %j is refused',
    (report) => {
      const said = { contractId: 'a', amount: { usd: 1 } };
      for (const more of [{ report }, { session: report }]) {
        const error = refusal(() => recordUsage(team().view, { ...said, ...more }));
        expect(error.code).toBe('INVALID');
      }
    },
  );
});

describe('totals of a session', () => {
  const told = (line: Team, id: string, usd: unknown, session = 's'): void =>
    used(line, id, usd, { session, cumulative: true });

  test('count for what is new in them', () => {
    const line = team();
    told(line, 'a', 1);
    told(line, 'a', '1.5,100tokens');
    told(line, 'a', '1.5,100tokens');
    told(line, 'b', '2,150tokens');
    expect(line.view.spending().contract('a')).toEqual({ usd: 1.5, tokens: 100 });
    expect(line.view.spending().contract('b')).toEqual({ usd: 0.5, tokens: 50 });
  });

  test('that come late count nothing twice', () => {
    const line = team();
    told(line, 'a', 3);
    told(line, 'a', 2);
    told(line, 'a', 4);
    expect(line.view.spending().total()).toEqual({ usd: 4 });
  });

  test('are those of one session, and single numbers do not change them', () => {
    const line = team();
    told(line, 'a', 1);
    told(line, 'a', 1, 'other');
    used(line, 'a', 5, { session: 's' });
    told(line, 'a', 2);
    expect(line.view.spending().total()).toEqual({ usd: 8 });
  });

  test('need their session', () => {
    const error = refusal(() =>
      recordUsage(team().view, { contractId: 'a', amount: { usd: 1 }, cumulative: true }),
    );
    expect(error.message).toMatch(/^session must be given with cumulative/);
  });
});
