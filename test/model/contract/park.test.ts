import { describe, expect, test } from 'vitest';
import { filesOf, names } from '../../../src/model/contract/files.ts';
import { refusal, Team } from '../../helpers/given.ts';

const where = { reason: 'on work/a at 4f2a9c1, 3 files not committed' };

const working = (more: { maxAttempts?: number; leaseSeconds?: number } = {}): Team => {
  const team = new Team();
  team.as('ann').create({ id: 'a', leaseSeconds: 600, ...more });
  team.as('bob').claim('a');
  team.wait(10);
  return team;
};

describe('a parked contract', () => {
  test('is offered at once, and taking it is no new attempt, not even after the last one', () => {
    const team = working({ maxAttempts: 1 });
    const done = team.as('bob').park('a', where);
    expect(done.lines).toEqual(['contract-parked a']);
    expect(done.told).toEqual([]);
    expect(team.contract('a')).toMatchObject({
      status: 'in_progress',
      claim: { agent: 'bob', expires: team.now, parked: { text: where.reason } },
    });
    expect(team.as('carol').claim().lines).toContain('contract-claimed a');
    const { attempt, claim } = team.contract('a');
    expect([attempt, claim?.agent, claim?.parked]).toEqual([1, 'carol', undefined]);
  });

  test('goes on with whoever parked it, who only has to renew it', () => {
    const team = working();
    team.as('bob').park('a', where);
    team.wait(5000);
    expect(team.as('bob').renew('a').lines).toEqual(['contract-renewed a']);
    expect(team.contract('a').claim).not.toHaveProperty('parked');
    team.wait(600);
    team.as('carol').claim('a');
    expect(team.contract('a').attempt).toBe(2);
  });

  test('is parked once with the same words', () => {
    const team = working();
    team.as('bob').park('a', where);
    expect(team.as('bob').park('a', where).lines).toEqual([]);
  });

  test('is not parked by others, without words, or when it is done', () => {
    const team = working();
    expect(refusal(() => team.as('carol').park('a', where)).code).toBe('CLAIM_HELD');
    expect(refusal(() => team.as('bob').park('a', {})).code).toBe('INVALID');
    team.as('bob').release('a');
    expect(refusal(() => team.as('bob').park('a', where)).message).toBe(
      'a is ready and cannot be parked; nothing was changed.',
    );
  });

  test('a claim that does not run out stays with its holder', () => {
    const team = working({ leaseSeconds: 0 });
    expect(team.as('bob').park('a', where).lines).toEqual([]);
    expect(team.contract('a').claim).not.toHaveProperty('parked');
  });
});

describe('the files of a contract', () => {
  test('are texts only', () => {
    expect(filesOf({ inputs: { params: { files: ['src/a.ts', 7, null, 'docs/**'] } } })).toEqual([
      'src/a.ts',
      'docs/**',
    ]);
    expect(filesOf({ inputs: { params: { files: 'src' } } })).toEqual([]);
    expect(filesOf({})).toEqual([]);
  });

  test.each([
    ['src/a.ts', 'src/a.ts', true],
    ['./src/a.ts', 'src/a.ts', true],
    ['src/a.ts', 'src/b.ts', false],
    ['src/*.ts', 'src/a.ts', true],
    ['src/*.ts', 'src/deep/a.ts', false],
    ['src/**', 'src/deep/a.ts', true],
    ['src/', 'src/deep/a.ts', true],
    ['src', 'src/deep/a.ts', false],
    ['**/*.test.ts', 'a.test.ts', true],
    ['**/*.test.ts', 'x/y/a.test.ts', true],
    ['**/*.test.ts', 'x/y/a.ts', false],
    ['a*b*c', 'a1b2c', true],
    ['a*b*c', 'acb', false],
    ['*', 'a/b', false],
    ['ab*ba', 'aba', false],
    ['', 'a', false],
  ])('%s and %s: %s', (pattern, path, fits) => {
    expect(names(pattern, path)).toBe(fits);
  });

  test('no pattern takes long', () => {
    const pattern = `${'**/'.repeat(2000)}*a*a*a*a*a*b`;
    expect(names(pattern, `${'x/'.repeat(300)}${'a'.repeat(5000)}`)).toBe(false);
  });
});
