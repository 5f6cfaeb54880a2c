import { describe, expect, test } from 'vitest';
import { emptyView, expects, needs, refusal, Team, time } from '../../helpers/given.ts';
import type { Member } from '../../helpers/given.ts';

/** Ann gave x to anyone, bob holds it, lena leads. */
const held = (): Team => {
  const team = new Team({
    ...emptyView,
    settings: () => ({ format: 1, created: time, lead: 'lena' }),
  });
  team.as('ann').create({ id: 'x' });
  team.as('bob').claim('x');
  return team;
};

const may = (team: Team, who: Member, does: (member: Member) => unknown): string => {
  let code = 'yes';
  try {
    does(who);
  } catch (error) {
    code = refusal(() => {
      throw error;
    }).code;
  }
  expect(team.history.length).toBeGreaterThan(0);
  return code;
};

const holderOnly: Readonly<Record<string, (member: Member) => unknown>> = {
  renew: (member) => member.renew('x'),
  release: (member) => member.release('x'),
  fail: (member) => member.fail('x'),
  complete: (member) => member.complete('x'),
};

describe('only the session that holds it may', () => {
  for (const [name, does] of Object.entries(holderOnly))
    test(name, () => {
      const answers = (who: (team: Team) => Member): string => {
        const team = held();
        return may(team, who(team), does);
      };
      expect(answers((team) => team.as('bob'))).toBe('yes');
      expect(answers((team) => team.as('bob', 'second'))).toBe('CLAIM_HELD');
      expect(answers((team) => team.as('carol'))).toBe('CLAIM_HELD');
      expect(answers((team) => team.as('ann'))).toBe('CLAIM_HELD');
      expect(answers((team) => team.as('lena'))).toBe('CLAIM_HELD');
    });

  test('go on; another session of the same name is told of the takeover, others of the holder', () => {
    const team = held();
    const own = refusal(() => team.as('bob', 'second').renew('x'));
    expect(own.message).toMatch(/^Another session of your name, bob#firs, holds x until 15:04 UTC/);
    expect(own.next).toMatchObject({ input: { takeover: true } });
    expect(refusal(() => team.as('carol').renew('x')).message).toMatch(
      /^bob#firs holds x until 15:04 UTC/,
    );
  });
});

const ownerOnly: Readonly<Record<string, (member: Member) => unknown>> = {
  cancel: (member) => member.cancel('x'),
  amend: (member) => member.amend('x', { priority: 5 }),
};

describe('only its assigner or the lead may', () => {
  for (const [name, does] of Object.entries(ownerOnly))
    test(name, () => {
      const answers = (agent: string): string => {
        const team = held();
        return may(team, team.as(agent), does);
      };
      expect(['ann', 'lena', 'bob', 'carol'].map(answers)).toEqual([
        'yes',
        'yes',
        'NOT_ALLOWED',
        'NOT_ALLOWED',
      ]);
    });

  test('do that; others are told who', () => {
    const team = held();
    const error = refusal(() => team.as('carol').cancel('x'));
    expect(error.message).toBe(
      'x can be cancelled by its assigner, ann or the lead, lena, not by carol; nothing was changed.',
    );
    expect(error.next).toMatchObject({ operation: 'message_send', input: { to: 'ann' } });
  });

  test('cancel with all that depends on it, where all is theirs', () => {
    const team = held();
    team.as('dave').create({ id: 'y', ...needs('x') });
    expect(refusal(() => team.as('ann').cancel('x', 'cancel')).code).toBe('NOT_ALLOWED');
    expect(team.says('x', 'y')).toBe('x in_progress, y pending');
    team.as('lena').cancel('x', 'cancel');
    expect(team.says('x', 'y')).toBe('x cancelled, y cancelled');
  });

  test('reopen what has failed for good; for others it is only noted', () => {
    const team = held();
    team.as('ann').amend('x', { maxAttempts: 1 });
    team.as('bob').fail('x');
    const done = team.as('carol').reopen('x', 'Try again.');
    expect(done.lines).toEqual(['agent-registered carol', 'contract-noted x']);
    expect(done.told).toEqual(['ann contract-noted x']);
    expect(team.status('x')).toBe('failed');
    team.as('lena').reopen('x');
    expect(team.contract('x')).toMatchObject({ status: 'ready', attempt: 1 });
  });
});

test('a role may claim what is for it, and its claim is its own', () => {
  const team = new Team();
  team.happened({
    type: 'agent-registered',
    agent: { name: 'bob', role: 'tester', registered: time },
  });
  team.as('ann').create({ id: 'x', assignee: 'tester', ...expects('document') });
  expect(refusal(() => team.as('carol').claim('x')).code).toBe('NOT_ALLOWED');
  expect(team.as('bob').claim('x').contract?.claim?.agent).toBe('bob');
});
