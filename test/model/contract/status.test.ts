import { describe, expect, test } from 'vitest';
import { statuses } from '../../../src/model/contract/contract.ts';
import type { Status } from '../../../src/model/contract/contract.ts';
import { contractEventTypes, move, statusAfter } from '../../../src/model/contract/status.ts';
import type { ContractEventType } from '../../../src/model/contract/status.ts';
import type { Agreement } from '../../../src/model/contract/create.ts';
import { expects, needs, refusal, Team } from '../../helpers/given.ts';
import type { Done } from '../../helpers/given.ts';

/** Where each event may happen, and what it leads to. */
const legal: Readonly<Record<ContractEventType, string>> = {
  'contract-created': 'none>pending cancelled>pending',
  'contract-ready': 'pending>ready',
  'contract-blocked': 'ready>pending',
  'contract-reset': 'in_progress>pending completed>pending',
  'contract-claimed': 'ready>in_progress in_progress>in_progress',
  'contract-renewed': 'in_progress>in_progress',
  'contract-parked': 'in_progress>in_progress',
  'contract-released': 'in_progress>ready',
  'contract-output': 'in_progress>in_progress completed>completed',
  'contract-completed': 'in_progress>completed',
  'contract-attempt-failed': 'in_progress>ready',
  'contract-failed': 'pending>failed ready>failed in_progress>failed completed>failed',
  'contract-reopened': 'completed>pending failed>pending',
  'contract-cancelled': 'pending>cancelled ready>cancelled in_progress>cancelled failed>cancelled',
  'contract-recovered': 'pending>pending ready>ready in_progress>in_progress completed>completed',
  'contract-noted': 'pending>pending ready>ready in_progress>in_progress failed>failed',
  'contract-amended':
    'pending>pending ready>ready in_progress>in_progress completed>completed failed>failed',
  'contract-replayed':
    'pending>pending ready>pending in_progress>pending completed>pending failed>pending',
  // A restored contract has the status that the event says.
  'contract-restored': ['none', ...statuses].map((one) => `${one}>failed`).join(' '),
  'contract-withdrawn': statuses.map((one) => `${one}>none`).join(' '),
};

/** Those that do not come about by a move from one state to the next, but by a line going elsewhere as a whole. */
const whole: readonly ContractEventType[] = ['contract-restored', 'contract-withdrawn'];

describe('the table of moves', () => {
  test('knows these events and no others', () => {
    expect([...contractEventTypes].sort()).toEqual(Object.keys(legal).sort());
  });

  for (const [type, moves] of Object.entries(legal) as [ContractEventType, string][]) {
    test(`${type}: ${moves}`, () => {
      const found = (['none', ...statuses] as const).flatMap((before) => {
        const after = statusAfter(type, before, 'failed');
        return after === undefined ? [] : [`${before}>${after}`];
      });
      expect(found.sort()).toEqual(moves.split(' ').sort());
    });
  }

  test('is what every move goes through', () => {
    for (const status of statuses)
      for (const [type, moves] of Object.entries(legal) as [ContractEventType, string][]) {
        const [, after] =
          moves
            .split(' ')
            .map((one) => one.split('>'))
            .find(([from]) => from === status) ?? [];
        if (whole.includes(type)) continue;
        const contract = { ...inStatus(status).contract('x'), status };
        if (after === undefined)
          expect(refusal(() => move(contract, type)).code, `${type} of ${status}`).toBe(
            'NOT_ALLOWED',
          );
        else expect(move(contract, type).contract.status).toBe(after);
      }
  });
});

/** x, given by ann, in this status; bob worked on it where somebody had to. */
const inStatus = (status: Status, more: Partial<Agreement> = {}): Team => {
  const team = new Team();
  const ann = team.as('ann');
  const bob = team.as('bob');
  ann.create(
    { id: 'first' },
    { id: 'x', maxAttempts: 1, ...more, ...(status === 'pending' && needs('first')) },
  );
  if (status === 'in_progress' || status === 'completed' || status === 'failed') bob.claim('x');
  if (status === 'completed') bob.publish('x-output', { contract: 'x' });
  if (status === 'completed' && team.status('x') !== status) bob.complete('x');
  if (status === 'failed') bob.fail('x');
  if (status === 'cancelled') ann.cancel('x');
  expect(team.status('x')).toBe(status);
  return team;
};

type Outcome = Readonly<Record<Status, string>>;
type Action = { readonly does: (team: Team) => Done; readonly outcome: Outcome };

/** What is refused, or the status afterwards. */
const outcomeOf = (team: Team, { does }: Action): string => {
  try {
    does(team);
    return team.status('x');
  } catch (error) {
    return refusal(() => {
      throw error;
    }).code;
  }
};

const ended = { completed: 'NOT_ALLOWED', failed: 'NOT_ALLOWED', cancelled: 'NOT_ALLOWED' };
const onlyHeld = { pending: 'NOT_ALLOWED', ready: 'NOT_ALLOWED', ...ended };

const actions: Readonly<Record<string, Action>> = {
  claim: {
    does: (team) => team.as('carol').claim('x'),
    outcome: { pending: 'NOT_READY', ready: 'in_progress', in_progress: 'CLAIM_HELD', ...ended },
  },
  renew: {
    does: (team) => team.as('bob').renew('x'),
    outcome: { ...onlyHeld, in_progress: 'in_progress' },
  },
  release: {
    does: (team) => team.as('bob').release('x'),
    outcome: { ...onlyHeld, in_progress: 'ready' },
  },
  complete: {
    does: (team) => team.as('bob').complete('x'),
    outcome: { ...onlyHeld, ready: 'completed', in_progress: 'completed' },
  },
  fail: {
    does: (team) => team.as('bob').fail('x'),
    outcome: { ...onlyHeld, in_progress: 'failed' },
  },
  reopen: {
    does: (team) => team.as('ann').reopen('x'),
    outcome: {
      pending: 'pending',
      ready: 'ready',
      in_progress: 'in_progress',
      completed: 'ready',
      failed: 'ready',
      cancelled: 'NOT_ALLOWED',
    },
  },
  cancel: {
    does: (team) => team.as('ann').cancel('x'),
    outcome: {
      pending: 'cancelled',
      ready: 'cancelled',
      in_progress: 'cancelled',
      completed: 'NOT_ALLOWED',
      failed: 'cancelled',
      cancelled: 'NOT_ALLOWED',
    },
  },
  amend: {
    does: (team) => team.as('ann').amend('x', { title: 'New' }),
    outcome: {
      pending: 'pending',
      ready: 'ready',
      in_progress: 'in_progress',
      completed: 'completed',
      failed: 'failed',
      cancelled: 'NOT_ALLOWED',
    },
  },
};

/** What a refusal has to say is allowed. */
const hints: Readonly<Record<Status, RegExp>> = {
  pending:
    /^Waits for: contract first \(ready, for anyone\)\.$|^Allowed now: cancel .*, amend .*\.$/,
  ready: /^Allowed now: claim .*, cancel .*, amend .*\.$/,
  in_progress: /^It can be claimed by others once its lease has run out or it is released\.$/,
  completed: /^Allowed now: reopen .*, amend .*\.$/,
  failed: /^Allowed now: reopen .*, cancel .*, amend .*\.$/,
  cancelled: /^Allowed now: create \(anyone\)\.$/,
};

describe('what is done in which status', () => {
  for (const [name, action] of Object.entries(actions))
    for (const status of statuses) {
      test(`${name} when ${status}: ${action.outcome[status]}`, () => {
        expect(outcomeOf(inStatus(status), action)).toBe(action.outcome[status]);
      });

      if (!/^[A-Z]/.test(action.outcome[status])) continue;
      test(`${name} when ${status} is refused with what is allowed now`, () => {
        const error = refusal(() => action.does(inStatus(status)));
        expect(error.message).toMatch(/^x |^bob#firs holds x /);
        expect(error.message).toMatch(/; nothing was changed\.$/);
        expect(error.hint).toMatch(hints[status]);
        expect(error.next).toBeDefined();
      });
    }

  test('nothing was changed by what is refused', () => {
    for (const status of statuses)
      for (const action of Object.values(actions)) {
        if (!/^[A-Z]/.test(action.outcome[status])) continue;
        const team = inStatus(status);
        const before = { ...team.contract('x') };
        refusal(() => action.does(team));
        expect(team.contract('x')).toEqual(before);
      }
  });

  test('what waits for outputs cannot be completed without them', () => {
    const team = inStatus('in_progress', expects('document'));
    const error = refusal(() => team.as('bob').complete('x'));
    expect(error.code).toBe('NOT_READY');
    expect(error.message).toBe('x is not complete: document is missing; nothing was changed.');
  });

  test('an unknown contract is not found', () => {
    for (const action of Object.values(actions))
      expect(refusal(() => action.does(new Team())).code).toBe('NOT_FOUND');
  });
});
