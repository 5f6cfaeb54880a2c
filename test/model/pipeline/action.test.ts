import { describe, expect, test } from 'vitest';
import { expects, needs, refusal, Team } from '../../helpers/given.ts';
import type { Done } from '../../helpers/given.ts';
import {
  cancel,
  create,
  errors,
  fail,
  fired,
  lead,
  lines,
  notified,
  notify,
  on,
  reasons,
  reopen,
} from './rules.ts';

/** x is given by ann, and w waits for it; what bob publishes triggers the pipeline of this owner. */
const team = (owner: string, ...actions: Parameters<typeof on>[1][]): Team => {
  const made = new Team();
  lead(made, 'lena');
  made.as('ann').create({ id: 'x' }, { id: 'w', ...needs('x') });
  made.as(owner).pipeline('p', on({ type: 'artifact-published' }, ...actions));
  return made;
};

const trigger = (of: Team, data = {}): Done => of.as('bob').publish('d', { data });

describe('notify_session', () => {
  const notifying = (target: string): Done => trigger(team('ann', notify(target, 'Hi.')));

  test('tells an agent, a role or everyone', () => {
    for (const target of ['carol', 'tester', '*']) {
      const done = notifying(target);
      expect(notified(done)).toEqual([`${target}: Hi.`]);
      expect(done.told).toEqual([`${target} session-notified p`]);
    }
  });

  test('tells who caused it, too: it cannot know', () => {
    expect(notifying('bob').told).toEqual(['bob session-notified p']);
  });

  test('tells the holder of a contract, else whom it is for, else who gave it', () => {
    const made = team('ann', notify('y', 'Hi.'));
    made.as('ann').create({ id: 'y', assignee: 'tester' });
    expect(notified(trigger(made))).toEqual(['tester: Hi.']);
    made.as('ann').amend('y', { assignee: 'carol' });
    made.as('carol').claim('y');
    expect(notified(trigger(made))).toEqual(['carol: Hi.']);
    expect(notified(trigger(team('carol', notify('x', 'Hi.'))))).toEqual(['ann: Hi.']);
  });

  test('means the agent where a contract has its name', () => {
    const made = team('ann', notify('carol', 'Hi.'));
    made.as('dave').create({ id: 'carol' });
    made.as('carol').publish('e');
    expect(notified(trigger(made))).toEqual(['carol: Hi.']);
  });

  test('keeps for a name that nobody has yet: it may be taken later', () => {
    expect(notifying('nobody-yet').told).toEqual(['nobody-yet session-notified p']);
  });

  test('of what is no name is told to the owner', () => {
    const made = team('ann', notify('${data.who}', 'Hi.'));
    const done = trigger(made, { who: 'Bob Smith' });
    expect(lines(done)).toEqual([
      'artifact-published d@1',
      'pipeline-fired p#1',
      'pipeline-erred p#1',
    ]);
    expect(errors(done)[0]).toMatch(/^p#1 notify_session: target must be/);
    expect(errors(trigger(made, {}))).toEqual([
      'p#1 nothing stands at data.who',
      'p#1 notify_session: target must be an agent, a role or a contract; got ∅.',
    ]);
  });
});

describe('an action on a contract that there is not', () => {
  for (const action of [reopen('nope'), fail('nope'), cancel('nope'), reopen('${data.none}')])
    test(`${action.type} ${'contractId' in action ? action.contractId : ''}: the owner is told, and the publish stands`, () => {
      const done = trigger(team('ann', action, notify('carol')));
      expect(lines(done)[0]).toBe('artifact-published d@1');
      expect(errors(done).at(-1)).toMatch(new RegExp(`^p#1 ${action.type}: `));
      expect(done.told).toContain('ann pipeline-erred p');
      expect(notified(done)).toEqual(['carol: Look.']);
    });
});

describe('reopen_contract', () => {
  test('is open to everybody, and says who, why and because of what', () => {
    const made = team('carol', reopen('x', 'Because of ${artifact.ref}.'));
    made.as('dave').complete('x');
    const done = trigger(made);
    expect(lines(done).slice(2)).toEqual([
      'contract-reopened x',
      'contract-blocked w',
      'contract-ready x',
    ]);
    expect(made.contract('x').reason).toMatchObject({
      by: 'carol',
      text: 'Because of d@1.',
      cause: 'd@1',
      pipeline: 'p',
    });
  });

  test('of a cancelled one is told to the owner', () => {
    const made = team('ann', reopen('x'));
    made.as('ann').cancel('x', 'cancel');
    expect(errors(trigger(made))).toEqual([
      'p#1 reopen_contract: contractId must be a contract that is not cancelled; got x.',
    ]);
  });
});

describe('fail_contract', () => {
  test('ends what is open, for good; those who wait for it are told', () => {
    for (const status of ['ready', 'in_progress'] as const) {
      const made = team('ann', fail('x', '${data.why}'));
      if (status === 'in_progress') made.as('carol').claim('x');
      expect(made.status('x')).toBe(status);
      const done = trigger(made, { why: 'No use.' });
      expect(lines(done)).toContain('contract-failed x');
      expect(reasons(done, 'contract-failed')).toEqual(['No use.']);
      expect(made.contract('x')).toMatchObject({
        status: 'failed',
        reason: { by: 'ann', text: 'No use.', pipeline: 'p' },
      });
      expect(made.contract('x').claim).toBeUndefined();
    }
    expect(lines(trigger(team('ann', fail('w'))))).toContain('contract-failed w');
  });

  test('of what has ended is told to the owner', () => {
    const made = team('ann', fail('x'));
    made.as('bob').complete('x');
    expect(errors(trigger(made))).toEqual([
      'p#1 fail_contract: contractId must be a contract that is open; got x, completed.',
    ]);
    expect(made.status('x')).toBe('completed');
  });
});

describe('fail_contract and cancel_contract have the rights of their owner, whoever triggers them', () => {
  for (const [owner, may] of [
    ['ann', true],
    ['lena', true],
    ['bob', false],
    ['carol', false],
  ] as const)
    test(`${owner} ${may ? 'may' : 'may not'}`, () => {
      const failing = team(owner, fail('x'));
      const done = trigger(failing);
      expect(failing.status('x')).toBe(may ? 'failed' : 'ready');
      const cancelling = team(owner, cancel('w'));
      trigger(cancelling);
      expect(cancelling.status('w')).toBe(may ? 'cancelled' : 'pending');
      if (!may)
        expect(errors(done)).toEqual([
          `p#1 fail_contract: x can be failed by its assigner, ann or the lead, lena, not by ${owner}; nothing was changed.`,
        ]);
    });

  test('what others wait for is not cancelled', () => {
    const made = team('ann', cancel('x'));
    expect(errors(trigger(made))).toEqual([
      'p#1 cancel_contract: x is waited for by w; nothing was changed.',
    ]);
    expect(made.status('x')).toBe('ready');
  });
});

describe('create_contract', () => {
  const wanted = { contractId: 'fix-${data.bug}', title: 'Fix ${data.bug}', assignee: 'carol' };

  test('gives work in the name of the owner', () => {
    const made = team('ann', create({ ...wanted, assigner: 'mallory' }));
    const done = trigger(made, { bug: 'login' });
    expect(lines(done).slice(2)).toEqual([
      'contract-created fix-login',
      'contract-ready fix-login',
    ]);
    expect(made.contract('fix-login')).toMatchObject({
      assigner: 'ann',
      assignee: 'carol',
      title: 'Fix login',
      generation: 1,
    });
    expect(done.told).toContain('carol contract-ready fix-login');
  });

  test('takes another number where the id is taken', () => {
    const made = team('ann', create(wanted));
    for (const id of ['fix-a', 'fix-a-2', 'fix-a-3']) {
      expect(lines(trigger(made, { bug: 'a' }))).toContain(`contract-created ${id}`);
      expect(made.status(id)).toBe('ready');
    }
    made.as('ann').cancel('fix-a-2');
    expect(lines(trigger(made, { bug: 'a' }))).toContain('contract-created fix-a-2');
  });

  test('of what is no sound contract is told to the owner', () => {
    for (const contract of [
      { contractId: 'y', dependencies: ['nope'] },
      { contractId: 'y', expectedOutputs: ['no-such-type'] },
      { contractId: 'fix-${data.none}' },
    ]) {
      const made = team('ann', create(contract));
      const done = trigger(made);
      expect(lines(done)).not.toContain('contract-created y');
      expect(errors(done).at(-1)).toMatch(/^p#1 create_contract: /);
      expect(new Set(done.told)).toEqual(new Set(['ann pipeline-erred p']));
    }
  });

  test('of what can never be a sound contract is refused when the rule is made', () => {
    for (const contract of [
      {},
      { contractId: 'A B' },
      { contractId: 'A ${data.bug}' },
      { contractId: 'y', accept: 'wrong' },
      { contractId: 'y', expectedOutputs: Array.from({ length: 65 }, (_, at) => `type-${at}`) },
    ])
      expect(refusal(() => team('ann', create(contract))).code).toBe('INVALID');
  });

  test('takes what contract_create takes', () => {
    const made = team(
      'ann',
      create({
        contractId: 'y',
        context: 'From ${artifact.ref}',
        dependencies: ['x'],
        expectedOutputs: ['document'],
        maxAttempts: 1,
      }),
    );
    trigger(made);
    expect(made.contract('y')).toMatchObject({
      status: 'pending',
      inputs: { context: 'From d@1' },
      maxAttempts: 1,
      ...expects('document'),
    });
  });

  test('makes contracts that make contracts, sixteen at most', () => {
    const made = new Team();
    made.as('ann').pipeline('p', on('contract-created', create({ contractId: 'again' })));
    const done = made.as('bob').create({ id: 'first' });
    const ids = lines(done).flatMap((line) => /^contract-created (.*)$/.exec(line)?.[1] ?? []);
    expect(ids).toHaveLength(17);
    expect(made.contract('again-16').generation).toBe(16);
    expect(fired(done)).toHaveLength(17);
    expect(errors(done)).toEqual([
      'p#1 create_contract: contracts have made each other 16 times running; no further one is made.',
    ]);
    expect(done.told).toContain('ann pipeline-erred p');
    expect(made.pipeline('p').paused).toBeUndefined();
  });

  test('counts generations through the artifacts that are made for them', () => {
    const made = new Team();
    made
      .as('ann')
      .pipeline(
        'p',
        on('artifact-published', create({ contractId: 'c', expectedOutputs: ['document'] })),
      );
    made.as('bob').publish('d');
    made.as('bob').claim('c');
    made.as('bob').publish('e', { contract: 'c' });
    expect(made.contract('c-2').generation).toBe(2);
  });
});
