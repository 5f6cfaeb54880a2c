import { describe, expect, test } from 'vitest';
import { blockedBy } from '../../../src/model/contract/claimable.ts';
import { conditions, expects, needs, needsArtifact, refusal, Team } from '../../helpers/given.ts';

const blocked = (team: Team, id: string): string[] =>
  blockedBy(team.view, team.contract(id), conditions, team.now);

describe('a dependency on an artifact', () => {
  const waiting = (of: Parameters<typeof needsArtifact>[0]): Team => {
    const team = new Team();
    team.as('ann').create({ id: 'a', ...needsArtifact(of) });
    expect(team.status('a')).toBe('pending');
    return team;
  };

  test('of an id is met by its first version', () => {
    const team = waiting({ artifactId: 'x' });
    expect(blocked(team, 'a')).toEqual(['artifact x (none yet)']);
    team.as('bob').publish('y');
    expect(team.status('a')).toBe('pending');
    expect(team.as('bob').publish('x').lines).toEqual([
      'artifact-published x@1',
      'contract-ready a',
    ]);
  });

  test('of a type is met by any artifact of it', () => {
    const team = waiting({ artifactType: 'test-results' });
    team.as('bob').publish('x');
    expect(team.as('bob').publish('y', { type: 'test-results' }).lines).toContain(
      'contract-ready a',
    );
  });

  test('of a version is met by that or a later one', () => {
    const team = waiting({ artifactId: 'x', minVersion: 2 });
    team.as('bob').publish('x');
    expect(blocked(team, 'a')).toEqual(['artifact x at version 2 or later (now @1)']);
    expect(team.as('bob').publish('x').lines).toContain('contract-ready a');
  });

  test('with a condition is met when the latest version fulfils it', () => {
    const team = waiting({ artifactType: 'test-results', where: 'failed == 0' });
    team.as('bob').publish('r', { type: 'test-results', data: { failed: 1 } });
    expect(blocked(team, 'a')).toEqual([
      'an artifact of type test-results with failed == 0 (none that fits)',
    ]);
    team.as('bob').publish('r', { data: { failed: 0 } });
    expect(team.status('a')).toBe('ready');
  });

  test('with a condition that cannot be evaluated is not met', () => {
    const team = waiting({ artifactId: 'x', where: 'broken' });
    team.as('bob').publish('x');
    expect(team.status('a')).toBe('pending');
  });

  test('of an id and a type wants both', () => {
    const team = waiting({ artifactId: 'x', artifactType: 'test-results' });
    team.as('bob').publish('x');
    expect(team.status('a')).toBe('pending');
  });

  test('[latched evaluation gave different states for different orders] is live until the claim', () => {
    const team = waiting({ artifactId: 'r', where: 'failed == 0' });
    team.as('bob').publish('r', { data: { failed: 0 } });
    expect(team.as('bob').publish('r', { data: { failed: 1 } }).lines).toContain(
      'contract-blocked a',
    );
    expect(team.as('bob').publish('r', { data: { failed: 0 } }).lines).toContain(
      'contract-ready a',
    );
  });

  test('is not looked at after the claim, and again after a release', () => {
    const team = waiting({ artifactId: 'r', where: 'failed == 0' });
    team.as('bob').publish('r', { data: { failed: 0 } });
    team.as('carol').claim('a');
    team.as('bob').publish('r', { data: { failed: 1 } });
    expect(team.status('a')).toBe('in_progress');
    expect(team.as('carol').release('a').lines).toEqual([
      'contract-released a',
      'contract-blocked a',
    ]);
  });

  test('does not cascade', () => {
    const team = waiting({ artifactId: 'r', where: 'failed == 0' });
    team.as('bob').publish('r', { data: { failed: 0 } });
    team.as('carol').complete('a');
    team.as('bob').publish('r', { data: { failed: 1 } });
    expect(team.status('a')).toBe('completed');
  });

  test('is what an input without a version is, until it is there', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', inputs: { artifacts: ['x'] } });
    expect(blocked(team, 'a')).toEqual(['artifact x (none yet)']);
    team.as('bob').publish('x');
    expect(team.status('a')).toBe('ready');
  });
});

describe('why a contract waits', () => {
  test('names each contract with what it is', () => {
    const team = new Team();
    team
      .as('ann')
      .create(
        { id: 'any' },
        { id: 'bobs', assignee: 'bob' },
        { id: 'held' },
        { id: 'done' },
        { id: 'bad', maxAttempts: 1 },
        { id: 'a', ...needs('any', 'bobs', 'held', 'done', 'bad') },
      );
    team.as('carol').claim('held');
    team.as('dave').complete('done');
    team.as('dave').claim('bad');
    team.as('dave').fail('bad');
    expect(blocked(team, 'a')).toEqual([
      'contract any (ready, for anyone)',
      'contract bobs (ready, bob)',
      'contract held (in progress, carol)',
      'contract bad (failed)',
    ]);
    expect(['any', 'held', 'done', 'bad'].map((id) => blocked(team, id))).toEqual([
      [],
      ['held by carol until 15:04 UTC'],
      ['completed'],
      ['failed'],
    ]);
  });
});

/** a <- b <- c <- d, where d is directly behind a as well; all completed but what the test says. */
const chain = (): Team => {
  const team = new Team();
  team
    .as('ann')
    .create(
      { id: 'a', ...expects('document', { artifactId: 'doc-a' }) },
      { id: 'b', ...needs('a'), ...expects('document', { artifactId: 'doc-b' }) },
      { id: 'c', ...needs('b'), ...expects('document', { artifactId: 'doc-c' }) },
      { id: 'd', ...needs('a', 'c'), ...expects('document', { artifactId: 'doc-d' }) },
    );
  return team;
};

const work = (team: Team, ...ids: readonly string[]): void => {
  for (const id of ids) {
    team.as('bob').claim(id);
    team.as('bob').publish(`doc-${id}`, { contract: id });
    expect(team.status(id)).toBe('completed');
  }
};

describe('when a contract leaves completed', () => {
  test('all that depends on it waits again, upstream before downstream, then becomes ready in turn', () => {
    const team = chain();
    work(team, 'a', 'b', 'c', 'd');
    expect(team.as('ann').reopen('a', 'The users changed.').lines).toEqual([
      'contract-reopened a',
      'contract-reset b',
      'contract-reset c',
      'contract-reset d',
      'contract-ready a',
    ]);
    expect(team.contract('a')).toMatchObject({
      attempt: 1,
      round: 2,
      reason: { by: 'ann', text: 'The users changed.' },
    });
    for (const id of ['b', 'c', 'd']) {
      expect(team.contract(id)).toMatchObject({ status: 'pending', attempt: 1, round: 2 });
      expect(team.contract(id).reason?.text).toMatch(/is open again$/);
      expect(team.contract(id).claim).toBeUndefined();
    }
    work(team, 'a', 'b', 'c', 'd');
    expect(team.says('a', 'b', 'c', 'd')).toBe(
      'a completed, b completed, c completed, d completed',
    );
  });

  test('what is ready is blocked, and what waits stays as it is', () => {
    const team = chain();
    work(team, 'a');
    expect(team.as('ann').reopen('a').lines).toEqual([
      'contract-reopened a',
      'contract-blocked b',
      'contract-ready a',
    ]);
    expect(team.contract('b')).toMatchObject({ attempt: 1, round: 1 });
  });

  test('[a held dependent completes on the old input] a claim on what depends on it is void', () => {
    const team = chain();
    work(team, 'a');
    team.as('carol').claim('b');
    const done = team.as('ann').reopen('a');
    expect(done.lines).toContain('contract-reset b');
    expect(done.told).toContain('carol contract-reset b');
    expect(refusal(() => team.as('carol').publish('doc-b')).code).toBe('CLAIM_LOST');
    expect(team.status('b')).toBe('pending');
  });

  test('[a held dependent completes on the old input] nor does one that was given back half done', () => {
    const team = new Team();
    team.as('ann').create(
      { id: 'a' },
      {
        id: 'b',
        ...needs('a'),
        expectedOutputs: ['left', 'right'].map((artifactId) => ({
          artifactType: 'document',
          artifactId,
          required: true,
        })),
      },
    );
    team.as('bob').complete('a');
    team.as('carol').claim('b');
    team.as('carol').publish('left');
    team.as('carol').release('b');
    team.as('ann').reopen('a');
    team.as('bob').claim('a');
    team.as('bob').complete('a');
    team.as('dave').claim('b');
    team.as('dave').publish('right');
    expect(team.status('b')).toBe('in_progress');
  });

  test('by failing for good, what depends on it waits as well', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', maxAttempts: 1 }, { id: 'b', ...needs('a') });
    team.as('bob').complete('a');
    team.as('bob').claim('b');
    expect(team.as('bob').reopen('a').lines).toEqual(['contract-failed a', 'contract-reset b']);
    expect(blocked(team, 'b')).toEqual(['contract a (failed)']);
  });

  test('versions that were published stay', () => {
    const team = chain();
    work(team, 'a', 'b');
    team.as('ann').reopen('a');
    expect(team.view.latest('doc-b')?.version).toBe(1);
    expect(team.contract('b').outputs).toEqual([{ ref: 'doc-b@1', type: 'document', round: 1 }]);
  });
});

describe('a reopening', () => {
  const reopened = (maxAttempts = 2): Team => {
    const team = new Team();
    team.as('ann').create({ id: 'a', maxAttempts });
    team.as('bob').claim('a');
    team.as('bob').complete('a');
    return team;
  };

  test('by others is the next attempt, and fails when none is left', () => {
    const team = reopened();
    expect(team.as('carol').reopen('a', 'One.').lines).toContain('contract-reopened a');
    expect(team.contract('a').attempt).toBe(2);
    team.as('bob').claim('a');
    team.as('bob').complete('a');
    const done = team.as('carol').reopen('a', 'Two.');
    expect(done.lines).toEqual(['contract-failed a']);
    expect(done.told).toEqual(['ann contract-failed a']);
    expect(team.contract('a')).toMatchObject({
      status: 'failed',
      attempt: 2,
      reason: { by: 'carol', text: 'Two.' },
    });
  });

  test('by the assigner begins at attempt 1', () => {
    const team = reopened();
    team.as('carol').reopen('a');
    team.as('bob').claim('a');
    team.as('bob').complete('a');
    team.as('ann').reopen('a');
    expect(team.contract('a')).toMatchObject({ status: 'ready', attempt: 1, round: 3 });
  });

  test('of what is open is only noted: the holder is told, no attempt is used', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a' });
    team.as('bob').claim('a');
    const done = team.as('carol').reopen('a', 'It crashes.');
    expect(done.lines).toEqual(['agent-registered carol', 'contract-noted a']);
    expect(done.told).toEqual(['bob contract-noted a']);
    expect(team.contract('a')).toMatchObject({
      status: 'in_progress',
      attempt: 1,
      round: 1,
      notes: [{ by: 'carol', text: 'It crashes.' }],
    });
    team.as('bob').release('a');
    expect(team.as('dave').claim('a').contract?.notes).toHaveLength(1);
  });

  test('waits when something it needs is no longer there', () => {
    const team = new Team();
    team.as('bob').publish('r', { data: { failed: 0 } });
    team.as('ann').create({ id: 'a', ...needsArtifact({ artifactId: 'r', where: 'failed == 0' }) });
    team.as('bob').complete('a');
    team.as('bob').publish('r', { data: { failed: 1 } });
    expect(team.as('ann').reopen('a').lines).toEqual(['contract-reopened a']);
    expect(team.status('a')).toBe('pending');
  });

  test('needs a reason', () => {
    expect(refusal(() => reopened().as('ann').reopen('a', '')).code).toBe('INVALID');
  });
});
