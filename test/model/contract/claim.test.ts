import { describe, expect, test } from 'vitest';
import { claimable, nextChance, workerOf } from '../../../src/model/contract/claimable.ts';
import type { Event } from '../../../src/model/event.ts';
import { backOff } from '../../../src/model/contract/update.ts';
import { expects, needs, needsArtifact, refusal, Team } from '../../helpers/given.ts';

const registered = (name: string, role?: string): Event => ({
  type: 'agent-registered',
  agent: { name, registered: '2026-11-22T14:34:00Z', ...(role !== undefined && { role }) },
});

const inOrder = (team: Team, agent: string): string[] =>
  [...claimable(team.view, workerOf(team.view, agent), team.now)].map(({ id }) => id);

describe('the next contract', () => {
  test('is one for the agent by name, then for its role, then for anyone', () => {
    const team = new Team();
    team.happened(registered('bob', 'tester'));
    team
      .as('ann')
      .create(
        { id: 'any' },
        { id: 'for-others', assignee: 'carol' },
        { id: 'for-role', assignee: 'tester' },
        { id: 'for-bob', assignee: 'bob' },
      );
    expect(inOrder(team, 'bob')).toEqual(['for-bob', 'for-role', 'any']);
    expect(inOrder(team, 'dave')).toEqual(['any']);
    expect(team.as('bob').claim().contract?.id).toBe('for-bob');
  });

  test('is the one of the highest priority, then the oldest, then by name', () => {
    const team = new Team();
    team.as('ann').create({ id: 'old-b' }, { id: 'old-a' }, { id: 'low', priority: -5 });
    team.wait(1);
    team
      .as('ann')
      .create({ id: 'a-new' }, { id: 'urgent', priority: 10 }, { id: 'high', priority: 9 });
    expect(inOrder(team, 'bob')).toEqual(['urgent', 'high', 'old-a', 'old-b', 'a-new', 'low']);
  });

  test('is never one that waits or is held', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a' }, { id: 'b', ...needs('a') });
    team.as('bob').claim();
    expect(team.says('a', 'b')).toBe('a in_progress, b pending');
    expect(team.as('carol').claim()).toMatchObject({ lines: [], contract: undefined });
  });

  test('is the one held already, unless another is asked for', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a' }, { id: 'b' });
    team.as('bob').claim();
    expect(team.as('bob').claim()).toMatchObject({ lines: [], still: true, contract: { id: 'a' } });
    expect(team.as('bob').claim(undefined, { another: true }).lines).toEqual([
      'contract-claimed b',
    ]);
  });

  test('never is what another session of the same name holds', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a' });
    team.as('bob').claim();
    expect(team.as('bob', 'second').claim().contract).toBeUndefined();
  });

  test('after the ready ones is one whose lease has run out', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', leaseSeconds: 10 });
    team.as('bob').claim();
    team.wait(10);
    team.as('ann').create({ id: 'b', priority: -1 });
    expect(inOrder(team, 'carol')).toEqual(['b', 'a']);
  });

  test('nothing is written when there is none, not even who asked', () => {
    const done = new Team().as('bob').claim();
    expect(done).toMatchObject({ lines: [], contract: undefined });
  });
});

describe('a claim', () => {
  test('names agent and session, and runs out after its lease', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', leaseSeconds: 60 });
    const { op } = team.as('bob', 's1').claim('a');
    expect(team.contract('a').claim).toEqual({
      agent: 'bob',
      session: 's1',
      token: op,
      since: '2026-11-22T14:34:00Z',
      renewed: '2026-11-22T14:34:00Z',
      expires: '2026-11-22T14:35:00Z',
    });
  });

  test('of a person does not run out; nor does one without a lease', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', leaseSeconds: 60 }, { id: 'b', leaseSeconds: 0 });
    team.as('bob', 'x', true).claim('a');
    team.as('carol').claim('b');
    team.wait(1_000_000);
    expect([team.contract('a'), team.contract('b')].map((one) => one.claim?.expires)).toEqual([
      undefined,
      undefined,
    ]);
    expect(refusal(() => team.as('dave').claim('a')).code).toBe('CLAIM_HELD');
    expect(team.as('dave').claim().contract).toBeUndefined();
  });

  test('is renewed by the holder, also after it has run out, if nobody took it', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', leaseSeconds: 60 });
    team.as('bob').claim('a');
    team.wait(100);
    expect(team.as('bob').renew('a').lines).toEqual(['contract-renewed a']);
    expect(team.contract('a').claim).toMatchObject({
      renewed: '2026-11-22T14:35:40Z',
      expires: '2026-11-22T14:36:40Z',
    });
    expect(team.contract('a').attempt).toBe(1);
  });

  test('is refused to whom it is not for, who is told for whom it is', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', assignee: 'bob' });
    const error = refusal(() => team.as('carol').claim('a'));
    expect(error.code).toBe('NOT_ALLOWED');
    expect(error.message).toBe('a is for bob, not for carol; nothing was changed.');
  });

  test('is taken back by takeover by the same name only; the older token is void', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a' });
    team.as('bob').claim('a');
    const error = refusal(() => team.as('bob', 'second').claim('a'));
    expect(error.code).toBe('CLAIM_HELD');
    expect(error.next).toEqual({
      operation: 'contract_claim',
      input: { contractId: 'a', takeover: true },
    });
    expect(refusal(() => team.as('carol').claim('a', { takeover: true })).code).toBe('CLAIM_HELD');
    const done = team.as('bob', 'second').claim('a', { takeover: true });
    expect(done.lines).toEqual(['contract-claimed a']);
    expect(done.told).toEqual([]);
    expect(team.contract('a')).toMatchObject({ attempt: 1, claim: { session: 'second' } });
    expect(refusal(() => team.as('bob').renew('a')).code).toBe('CLAIM_LOST');
    expect(team.as('bob', 'second').renew('a').lines).toEqual(['contract-renewed a']);
  });
});

describe('a claim that has run out', () => {
  const runOut = (maxAttempts = 3): Team => {
    const team = new Team();
    team.as('ann').create({ id: 'a', leaseSeconds: 10, maxAttempts });
    team.as('bob').claim('a');
    team.wait(10);
    return team;
  };

  test('is taken by another: the next attempt in the same round, and the former holder is told', () => {
    const team = runOut();
    const done = team.as('carol').claim();
    expect(done.told).toEqual(['bob contract-claimed a']);
    expect(team.contract('a')).toMatchObject({ attempt: 2, round: 1, claim: { agent: 'carol' } });
    expect(refusal(() => team.as('bob').release('a')).hint).toMatch(/^carol#firs took it/);
  });

  test('is not taken a second before', () => {
    const team = runOut();
    team.now = '2026-11-22T14:34:09Z';
    expect(refusal(() => team.as('carol').claim('a')).code).toBe('CLAIM_HELD');
  });

  test('is still its holder’s: asking for work gives the same', () => {
    const team = runOut();
    expect(team.as('bob').claim()).toMatchObject({ still: true, contract: { id: 'a' } });
  });

  test('counts as an attempt when its own agent takes it over after the lease', () => {
    const team = runOut();
    team.as('bob', 'second').claim('a', { takeover: true });
    expect(team.contract('a').attempt).toBe(2);
  });

  test('is not what "another" gives to who holds it', () => {
    const team = runOut();
    expect(team.as('bob').claim(undefined, { another: true }).contract).toBeUndefined();
    expect(team.contract('a').attempt).toBe(1);
  });

  test('[poison work was taken over 49 times] fails when all attempts are used up', () => {
    const team = runOut(3);
    for (const agent of ['c1', 'c2']) {
      team.as(agent).claim();
      team.wait(10);
    }
    expect(team.contract('a').attempt).toBe(3);
    const done = team.as('c3').claim();
    expect(done.lines).toContain('contract-failed a');
    expect(done.contract).toBeUndefined();
    expect(team.status('a')).toBe('failed');
    expect(done.told).toEqual(['ann contract-failed a', 'c2 contract-failed a']);
  });

  test('[poison work was taken over 49 times] fails also by who is known to the store already', () => {
    const team = runOut(1);
    team.as('carol').create({ id: 'unrelated', assignee: 'dave' });
    expect(team.as('carol').claim().lines).toEqual(['contract-failed a']);
    expect(team.status('a')).toBe('failed');
  });

  test('fails by name, too, and nobody holds it', () => {
    const team = runOut(1);
    expect(team.as('carol').claim('a')).toMatchObject({ contract: undefined });
    expect(team.status('a')).toBe('failed');
  });

  test('fails, and the claim goes on to the next', () => {
    const team = runOut(1);
    team.as('ann').create({ id: 'b', leaseSeconds: 10 });
    team.as('dave').claim('b');
    team.wait(10);
    const done = team.as('carol').claim();
    expect(done.lines).toEqual([
      'agent-registered carol',
      'contract-failed a',
      'contract-claimed b',
    ]);
    expect(done.contract).toMatchObject({ id: 'b', attempt: 2 });
  });

  test('[poison work was taken over 49 times] is not taken by a publish without an attempt left', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', leaseSeconds: 10, maxAttempts: 1, ...expects('document') });
    team.as('bob').claim('a');
    team.wait(10);
    refusal(() => team.as('carol').publish('x', { contract: 'a' }));
    expect(team.contract('a').attempt).toBe(1);
  });
});

describe('a failed attempt', () => {
  test('is ready at once, but not before its back-off has passed', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a' });
    team.as('bob').claim('a');
    const done = team.as('bob').fail('a', 'No network.');
    expect(done.lines).toEqual(['contract-attempt-failed a']);
    expect(done.told).toEqual(['ann contract-attempt-failed a']);
    expect(team.contract('a')).toMatchObject({
      status: 'ready',
      attempt: 2,
      round: 2,
      notBefore: '2026-11-22T14:34:30Z',
      reason: { by: 'bob', text: 'No network.' },
    });
    expect(team.contract('a').claim).toBeUndefined();
    expect(team.as('carol').claim().contract).toBeUndefined();
    const error = refusal(() => team.as('carol').claim('a'));
    expect(error).toMatchObject({
      code: 'NOT_READY',
      hint: 'Waits for: waits until 14:34 UTC after a failed attempt.',
    });
    const worker = workerOf(team.view, 'carol');
    expect(nextChance(team.view, worker, team.now)).toBe('2026-11-22T14:34:30Z');
    team.wait(30);
    expect(nextChance(team.view, worker, team.now)).toBeUndefined();
    expect(team.as('carol').claim().contract?.notBefore).toBeUndefined();
  });

  test('waits longer each time, at most an hour', () => {
    expect([1, 2, 3, 7, 8, 40].map(backOff)).toEqual([30, 60, 120, 1920, 3600, 3600]);
  });

  test('that was the last fails the contract for good', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', maxAttempts: 2 });
    for (const attempt of [1, 2]) {
      team.wait(3600);
      team.as('bob').claim('a');
      expect(team.contract('a').attempt).toBe(attempt);
      team.as('bob').fail('a');
    }
    expect(team.contract('a')).toMatchObject({ status: 'failed', attempt: 2 });
  });

  test('needs a reason', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a' });
    team.as('bob').claim('a');
    expect(refusal(() => team.as('bob').fail('a', '  ')).code).toBe('INVALID');
    expect(refusal(() => team.as('bob').fail('a', 'x'.repeat(1001))).code).toBe('INVALID');
  });
});

describe('the next chance', () => {
  test('is the earliest end of a lease of what this agent may take', () => {
    const team = new Team();
    team
      .as('ann')
      .create(
        { id: 'a', leaseSeconds: 90 },
        { id: 'b', leaseSeconds: 30, assignee: 'bob' },
        { id: 'c', leaseSeconds: 60 },
      );
    for (const id of ['a', 'b', 'c']) team.as('bob').claim(id);
    const chance = (agent: string) => nextChance(team.view, workerOf(team.view, agent), team.now);
    expect(chance('carol')).toBe('2026-11-22T14:35:00Z');
    expect(chance('bob')).toBe('2026-11-22T14:34:30Z');
  });
});

describe('what a claim pins', () => {
  const pins = (team: Team, id: string): unknown => team.contract(id).claim?.inputs;

  test('is the latest version of an input without a number, and the one with it', () => {
    const team = new Team();
    for (const id of ['x', 'x', 'y', 'y']) team.as('ann').publish(id);
    team.as('ann').create({ id: 'a', inputs: { artifacts: ['x', 'y@1'] } });
    team.as('bob').claim('a');
    expect(pins(team, 'a')).toEqual([{ ref: 'x@2' }, { ref: 'y@1', older: true }]);
  });

  test('a version named that is the latest is not older', () => {
    const team = new Team();
    team.as('ann').publish('x');
    team.as('ann').create({ id: 'a', inputs: { artifacts: ['x@1'] } });
    team.as('bob').claim('a');
    expect(pins(team, 'a')).toEqual([{ ref: 'x@1' }]);
  });

  test('are all outputs of the contracts it waited for, also those not required', () => {
    const team = new Team();
    team.as('ann').create(
      {
        id: 'a',
        expectedOutputs: [
          { artifactType: 'document', required: true },
          { artifactType: 'test-results', required: false },
        ],
      },
      { id: 'b', ...needs('a') },
    );
    const bob = team.as('bob');
    bob.claim('a');
    bob.publish('results', { type: 'test-results' });
    bob.publish('draft');
    team.as('carol').claim('b');
    expect(pins(team, 'b')).toEqual([{ ref: 'results@1' }, { ref: 'draft@1' }]);
  });

  test('are what met its dependencies on artifacts, each once', () => {
    const team = new Team();
    team.as('ann').create({
      id: 'a',
      inputs: { artifacts: ['x'] },
      ...needsArtifact({ artifactType: 'test-results', where: 'failed == 0' }),
    });
    team.as('dave').publish('t1', { type: 'test-results', data: { failed: 1 } });
    team.as('dave').publish('t2', { type: 'test-results', data: { failed: 0 } });
    expect(team.status('a')).toBe('pending');
    team.as('dave').publish('x');
    team.as('bob').claim('a');
    expect(pins(team, 'a')).toEqual([{ ref: 'x@1' }, { ref: 't2@1' }]);
  });

  test('are pinned anew by every claim', () => {
    const team = new Team();
    team.as('ann').publish('x');
    team.as('ann').create({ id: 'a', inputs: { artifacts: ['x'] } });
    team.as('bob').claim('a');
    team.as('ann').publish('x', { data: { n: 2 } });
    expect(pins(team, 'a')).toEqual([{ ref: 'x@1' }]);
    team.as('bob').release('a');
    team.as('bob').claim('a');
    expect(pins(team, 'a')).toEqual([{ ref: 'x@2' }]);
  });

  test('become the inputs of what is published under it', () => {
    const team = new Team();
    team.as('ann').publish('x');
    team.as('ann').publish('y');
    team.as('ann').create({ id: 'a', inputs: { artifacts: ['x', 'y@1'] }, ...expects('document') });
    team.as('ann').publish('y', { data: { n: 2 } });
    team.as('bob').claim('a');
    team.as('ann').publish('x', { data: { n: 2 } });
    team.as('bob').publish('z');
    expect(team.view.artifact('z', 1)).toMatchObject({
      contract: 'a',
      derivedFrom: [
        { ref: 'x@1', how: 'input' },
        { ref: 'y@1', how: 'input', older: true },
      ],
    });
  });
});
