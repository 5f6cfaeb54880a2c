import { describe, expect, test } from 'vitest';
import type { Agreement } from '../../../src/model/contract/create.ts';
import { expects, needs, refusal, Team } from '../../helpers/given.ts';

/** Bob holds these contracts of ann’s. */
const holding = (...agreements: readonly Agreement[]): Team => {
  const team = new Team();
  team.as('ann').create(...agreements);
  for (const { id } of agreements) team.as('bob').claim(id);
  return team;
};

const two = {
  expectedOutputs: [
    { artifactType: 'document', required: true },
    { artifactType: 'test-results', required: true },
  ],
};

describe('a publish under a claim', () => {
  test('needs neither id nor type where one output is open', () => {
    const team = holding({ id: 'a', ...expects('document') });
    const done = team.as('bob').publish(undefined);
    expect(done.lines).toEqual([
      'artifact-published a/document@1',
      'contract-output a',
      'contract-completed a',
    ]);
    expect(team.view.artifact('a/document', 1)).toMatchObject({ type: 'document', contract: 'a' });
  });

  test('takes the id that is expected', () => {
    const team = holding({ id: 'a', ...expects('document', { artifactId: 'plan' }) });
    expect(team.as('bob').publish(undefined).lines[0]).toBe('artifact-published plan@1');
  });

  test('takes the id of the round before', () => {
    const team = holding({ id: 'a', ...expects('document') });
    team.as('bob').publish('plan');
    team.as('ann').reopen('a');
    team.as('bob').claim('a');
    expect(team.as('bob').publish(undefined).lines[0]).toBe('artifact-published plan@2');
  });

  test('needs the type where several are open, and is told which', () => {
    const team = holding({ id: 'a', ...two });
    const error = refusal(() => team.as('bob').publish(undefined));
    expect(error.hint).toMatch(/^a expects document, test-results: artifactType .*tells which\.$/);
    team.as('bob').publish(undefined, { type: 'document' });
    expect(team.as('bob').publish(undefined).lines).toContain('contract-completed a');
    expect(team.contract('a').outputs?.map(({ ref }) => ref)).toEqual([
      'a/document@1',
      'a/test-results@1',
    ]);
  });

  test('needs the id where several of one type are expected, and is told so', () => {
    const team = holding({
      id: 'a',
      expectedOutputs: ['left', 'right'].map((artifactId) => ({
        artifactType: 'document',
        artifactId,
        required: true,
      })),
    });
    expect(refusal(() => team.as('bob').publish(undefined, { type: 'document' })).hint).toMatch(
      /artifactId/,
    );
  });

  test('is for the contract held that expects it', () => {
    const team = holding(
      { id: 'a', ...expects('document') },
      { id: 'b', ...expects('test-results') },
    );
    expect(team.as('bob').publish('r', { type: 'test-results' }).contract?.id).toBe('b');
    expect(team.says('a', 'b')).toBe('a in_progress, b completed');
  });

  test('is refused where two held ones expect it, unless the contract is named', () => {
    const team = holding({ id: 'a', ...expects('document') }, { id: 'b', ...expects('document') });
    const error = refusal(() => team.as('bob').publish('x'));
    expect(error.message).toMatch(
      /^contractId must be given: you hold a and b, and both expect this/,
    );
    team.as('bob').publish('x', { contract: 'b' });
    expect(team.says('a', 'b')).toBe('a in_progress, b completed');
  });

  test('of what it does not expect belongs to it, and moves nothing', () => {
    const team = holding({ id: 'a', ...expects('document', { artifactId: 'plan' }) });
    const done = team.as('bob').publish('notes');
    expect(done.lines).toEqual(['artifact-published notes@1']);
    expect(done.contract?.id).toBe('a');
    expect(team.status('a')).toBe('in_progress');
  });

  test('renews it when a third of the lease has passed, and not before', () => {
    const team = holding({ id: 'a', leaseSeconds: 30, ...two });
    team.wait(9);
    expect(team.as('bob').publish('d').lines).toEqual([
      'artifact-published d@1',
      'contract-output a',
    ]);
    team.wait(1);
    expect(team.as('bob').publish('d', { data: { n: 2 } }).lines).toEqual([
      'artifact-published d@2',
      'contract-renewed a',
      'contract-output a',
    ]);
    expect(team.contract('a').claim?.expires).toBe('2026-11-22T14:34:40Z');
  });

  test('replaces the version that it had of the artifact in this round', () => {
    const team = holding({ id: 'a', ...two });
    team.as('bob').publish('d');
    team.as('bob').publish('d', { data: { n: 2 } });
    expect(team.contract('a').outputs).toEqual([{ ref: 'd@2', type: 'document', round: 1 }]);
  });
});

describe('an output', () => {
  test('that is not accepted is published and recorded, and completes nothing', () => {
    const team = holding({ id: 'a', ...expects('test-results', { accept: 'failed == 0' }) });
    const done = team.as('bob').publish(undefined, { data: { failed: 2 } });
    expect(done.lines).toEqual(['artifact-published a/test-results@1', 'contract-output a']);
    expect(team.contract('a').outputs?.[0]?.refused).toBe(
      'not accepted: failed == 0 does not hold',
    );
    expect(done.told).toEqual([]);
    expect(team.as('bob').publish(undefined, { data: { failed: 0 } }).lines).toContain(
      'contract-completed a',
    );
  });

  test('that was accepted does not count any more when a newer one is not', () => {
    const team = holding({
      id: 'a',
      expectedOutputs: [
        { artifactType: 'test-results', required: true, accept: 'failed == 0' },
        { artifactType: 'document', required: true },
      ],
    });
    team.as('bob').publish('r', { type: 'test-results', data: { failed: 0 } });
    team.as('bob').publish('r', { data: { failed: 1 } });
    expect(team.as('bob').publish('d').lines).not.toContain('contract-completed a');
  });

  test('whose condition cannot be evaluated is not accepted, and the assigner is told', () => {
    const team = holding({ id: 'a', ...expects('document', { accept: 'broken' }) });
    const done = team.as('bob').publish('d');
    expect(team.contract('a').outputs?.[0]?.refused).toBe(
      'cannot be evaluated: broken: no such key: missing',
    );
    expect(done.told).toEqual(['ann contract-output a']);
    expect(team.status('a')).toBe('in_progress');
  });

  test('sees data, artifact and contract', () => {
    const team = holding({ id: 'a', ...expects('document', { accept: 'version >= 2' }) });
    team.as('bob').publish('d');
    expect(team.status('a')).toBe('in_progress');
    team.as('bob').publish('d', { data: { n: 2 } });
    expect(team.status('a')).toBe('completed');
  });
});

describe('a lost claim', () => {
  const lost = (lose: (team: Team) => void): ReturnType<typeof refusal> => {
    const team = new Team();
    team
      .as('ann')
      .create({ id: 'up' }, { id: 'a', leaseSeconds: 10, ...needs('up'), ...expects('document') });
    team.as('dave').complete('up');
    team.as('bob').claim('a');
    lose(team);
    const before = team.history.length;
    const error = refusal(() => team.as('bob').publish('d'));
    expect(refusal(() => team.as('bob').publish('d', { contract: 'a' })).code).toBe('CLAIM_LOST');
    expect(error.code).toBe('CLAIM_LOST');
    expect(error.hint).toMatch(
      /Your files are untouched, and what you published earlier stays readable\.$/,
    );
    expect(team.history).toHaveLength(before);
    return error;
  };

  test('that ran out and was taken is refused, with the holder', () => {
    const error = lost((team) => {
      team.wait(10);
      team.as('carol').claim('a');
    });
    expect(error.hint).toMatch(/^carol#firs took it at 14:34 UTC and holds it until 14:34 UTC\./);
    expect(error.next).toMatchObject({ operation: 'message_send', input: { to: 'a' } });
  });

  test('[a held dependent completes on the old input] that was reset is refused, with the reason', () => {
    const error = lost((team) => team.as('ann').reopen('up'));
    expect(error.hint).toMatch(/^It is waiting now, 14:34 UTC by ann:\n\| up is open again/);
  });

  test('of a contract that was cancelled is refused', () => {
    expect(lost((team) => team.as('ann').cancel('a')).hint).toMatch(/^It is cancelled now/);
  });

  test('of a contract that the new holder completed is refused', () => {
    const error = lost((team) => {
      team.wait(10);
      team.as('carol').claim('a');
      team.as('carol').publish('theirs');
    });
    expect(error.hint).toMatch(/^It is completed now/);
  });

  test('does not stand in the way of what the contract could not mean', () => {
    const team = holding({ id: 'a', leaseSeconds: 10, ...expects('document') });
    team.wait(10);
    team.as('carol').claim('a');
    expect(team.as('bob').publish('r', { type: 'test-results' }).lines).toEqual([
      'artifact-published r@1',
    ]);
  });

  test('does not stand in the way of the next claim of the same session', () => {
    const team = holding({ id: 'a', leaseSeconds: 10, ...expects('document') });
    team.wait(10);
    team.as('carol').claim('a');
    team.as('ann').create({ id: 'b', ...expects('document') });
    team.as('bob').claim('b');
    expect(team.as('bob').publish('d').contract?.id).toBe('b');
  });

  test('that has run out and was taken by nobody is good, and renewed', () => {
    const team = holding({ id: 'a', leaseSeconds: 10, ...expects('document') });
    team.wait(100);
    expect(team.as('bob').publish('d').lines).toEqual([
      'artifact-published d@1',
      'contract-renewed a',
      'contract-output a',
      'contract-completed a',
    ]);
  });
});

describe('a publish without a claim', () => {
  test('claims the only ready contract that is for the agent by name and expects just this', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', assignee: 'bob', ...expects('document') });
    const done = team.as('bob').publish('d');
    expect([...done.lines].sort()).toEqual(
      [
        'contract-claimed a',
        'agent-registered bob',
        'artifact-published d@1',
        'contract-output a',
        'contract-completed a',
      ].sort(),
    );
    expect(done.lines.indexOf('contract-claimed a')).toBeLessThan(
      done.lines.indexOf('contract-output a'),
    );
  });

  test('claims nothing where several could be meant, and names them', () => {
    const team = new Team();
    team
      .as('ann')
      .create(...['a', 'b'].map((id) => ({ id, assignee: 'bob', ...expects('document') })));
    const done = team.as('bob').publish('d');
    expect(done.candidates).toEqual(['a', 'b']);
    expect(team.says('a', 'b')).toBe('a ready, b ready');
  });

  test('claims nothing that is for anyone, for others, waits, or expects something else', () => {
    const team = new Team();
    team
      .as('ann')
      .create(
        { id: 'any', ...expects('document') },
        { id: 'carols', assignee: 'carol', ...expects('document') },
        { id: 'waits', assignee: 'bob', ...needs('any'), ...expects('document') },
        { id: 'other', assignee: 'bob', ...expects('test-results') },
      );
    expect(team.as('bob').publish('d').lines).toEqual([
      'agent-registered bob',
      'artifact-published d@1',
    ]);
  });

  test('claims nothing for an agent that works on something else', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', assignee: 'bob', ...expects('document') }, { id: 'b' });
    team.as('bob').claim('b');
    expect(team.as('bob').publish('d').lines).not.toContain('contract-claimed a');
    expect(team.status('a')).toBe('ready');
  });

  test('claims the contract that it names', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', ...expects('document') });
    expect(team.as('bob').publish('d', { contract: 'a' }).lines).toContain('contract-completed a');
  });

  test('is refused when what it names is held, waits, is done or expects something else', () => {
    const team = new Team();
    team
      .as('ann')
      .create(
        { id: 'held', ...expects('document') },
        { id: 'waits', ...needs('held'), ...expects('document') },
        { id: 'done' },
        { id: 'other', ...expects('test-results') },
      );
    team.as('dave').claim('held');
    team.as('dave').complete('done');
    const codes = ['held', 'waits', 'done', 'other', 'none'].map(
      (contract) => refusal(() => team.as('bob').publish('d', { contract })).code,
    );
    expect(codes).toEqual(['CLAIM_HELD', 'NOT_READY', 'NOT_ALLOWED', 'INVALID', 'NOT_FOUND']);
    expect(team.view.latest('d')).toBeUndefined();
  });
});

describe('after the completion', () => {
  const later = {
    expectedOutputs: [
      { artifactType: 'document', required: true, accept: 'failed == 0' },
      { artifactType: 'test-results', required: false },
    ],
  };
  const done = (): Team => {
    const team = holding({ id: 'a', leaseSeconds: 30, ...later });
    team.as('bob').publish('d', { data: { failed: 0 } });
    expect(team.status('a')).toBe('completed');
    return team;
  };

  test('a further expected output is recorded and moves nothing', () => {
    const team = done();
    expect(team.as('bob').publish(undefined, { type: 'test-results' }).lines).toEqual([
      'artifact-published a/test-results@1',
      'contract-output a',
    ]);
    expect(team.status('a')).toBe('completed');
  });

  test('also when a third of the lease has passed', () => {
    const team = done();
    team.wait(20);
    expect(team.as('bob').publish('r', { type: 'test-results' }).lines).toEqual([
      'artifact-published r@1',
      'contract-output a',
    ]);
  });

  test('not when its lease has ended', () => {
    const team = done();
    team.wait(30);
    expect(team.as('bob').publish('r', { type: 'test-results' }).lines).toEqual([
      'artifact-published r@1',
    ]);
  });

  test('not when a dependent was claimed', () => {
    const team = done();
    team.as('ann').create({ id: 'b', ...needs('a') });
    team.as('carol').claim('b');
    expect(team.as('bob').publish('r', { type: 'test-results' }).contract).toBeUndefined();
  });

  test('what was accepted is not replaced by what is not', () => {
    const team = done();
    try {
      team.as('bob').publish('d', { data: { failed: 1 } });
    } catch (error) {
      refusal(() => {
        throw error;
      });
    }
    expect(team.contract('a').outputs?.filter(({ type }) => type === 'document')).toEqual([
      { ref: 'd@1', type: 'document', round: 1 },
    ]);
  });

  test('the next contract held is the one meant', () => {
    const team = done();
    team.as('ann').create({ id: 'b', ...expects('document') });
    team.as('bob').claim('b');
    expect(team.as('bob').publish('other').contract?.id).toBe('b');
  });
});
