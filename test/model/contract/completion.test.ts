import { describe, expect, test } from 'vitest';
import { expects, needs, refusal, Team } from '../../helpers/given.ts';

const both = {
  expectedOutputs: ['left', 'right'].map((artifactId) => ({
    artifactType: 'document',
    artifactId,
    required: true,
  })),
};

describe('a contract is completed', () => {
  test('by the last of its required outputs', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', ...both });
    team.as('bob').claim('a');
    team.as('bob').publish('right');
    expect(team.status('a')).toBe('in_progress');
    const done = team.as('bob').publish('left');
    expect(done.lines.at(-1)).toBe('contract-completed a');
    expect(done.told).toEqual(['ann contract-completed a']);
  });

  test('by the outputs of all who held it in this round', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', ...both });
    team.as('bob').claim('a');
    team.as('bob').publish('left');
    team.as('bob').release('a');
    team.as('carol').claim('a');
    expect(team.as('carol').publish('right').lines).toContain('contract-completed a');
  });

  test('only when its own condition accepts them; why not is noted', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', accept: 'both agree', ...both });
    team.as('bob').claim('a');
    team.as('bob').publish('left', { data: { n: 1 } });
    expect(team.as('bob').publish('right', { data: { n: 2 } }).lines).toEqual([
      'artifact-published right@1',
      'contract-output a',
      'contract-noted a',
    ]);
    expect(team.contract('a').notes?.[0]?.text).toBe('not accepted: both agree does not hold');
    expect(refusal(() => team.as('bob').complete('a')).message).toMatch(/not accepted: both agree/);
    expect(team.as('bob').publish('right', { data: { n: 1 } }).lines).toContain(
      'contract-completed a',
    );
    expect(team.contract('a').notes).toBeUndefined();
  });

  test('not when its own condition cannot be evaluated: the assigner is told', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', accept: 'broken', ...expects('document') });
    team.as('bob').claim('a');
    const done = team.as('bob').publish('d');
    expect(team.status('a')).toBe('in_progress');
    expect(done.told).toEqual(['ann contract-noted a']);
  });

  test('never by itself without a required output', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', ...expects('document', { required: false }) }, { id: 'b' });
    for (const id of ['a', 'b']) team.as('bob').claim(id);
    team.as('bob').publish('d');
    expect(team.says('a', 'b')).toBe('a in_progress, b in_progress');
    for (const id of ['a', 'b']) team.as('bob').complete(id);
    expect(team.says('a', 'b')).toBe('a completed, b completed');
  });

  test('in one step by whoever may take it', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a' }, { id: 'b', assignee: 'dave' });
    expect(team.as('bob').complete('a').lines).toEqual([
      'agent-registered bob',
      'contract-claimed a',
      'contract-completed a',
    ]);
    expect(refusal(() => team.as('bob').complete('b')).code).not.toBe('INTERNAL');
    expect(team.status('b')).toBe('ready');
  });

  test('[a re-claimed contract completed at once with its old failing results] never by a claim', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a', ...expects('test-results') });
    team.as('bob').claim('a');
    team.as('bob').publish('r', { type: 'test-results', data: { failed: 3 } });
    team.as('dave').reopen('a');
    expect(team.as('bob').claim('a').lines).toEqual(['contract-claimed a']);
    expect(team.contract('a')).toMatchObject({ status: 'in_progress', round: 2, attempt: 2 });
    expect(refusal(() => team.as('bob').complete('a')).code).toBe('NOT_READY');
    team.as('bob').publish('r', { data: { failed: 0 } });
    expect(team.contract('a')).toMatchObject({
      status: 'completed',
      outputs: [
        { ref: 'r@1', round: 1 },
        { ref: 'r@2', round: 2 },
      ],
    });
  });
});

describe('complete with outputs', () => {
  const held = (accept?: string): Team => {
    const team = new Team();
    team.as('bob').publish('before', { data: { failed: 0 } });
    team.wait(1);
    team
      .as('ann')
      .create({ id: 'a', ...expects('document', accept === undefined ? {} : { accept }) });
    team.as('bob', 'other').publish('mine', { data: { failed: 1 } });
    team.as('carol').publish('theirs', { data: { failed: 0 } });
    team.as('bob', 'other').publish('results', { type: 'test-results' });
    team.as('bob').claim('a');
    return team;
  };

  test('counts what this agent published since the contract was created', () => {
    const team = held();
    expect(team.as('bob').complete('a', { outputs: ['mine'] }).lines).toEqual([
      'contract-output a',
      'contract-completed a',
    ]);
    expect(team.contract('a').outputs).toEqual([{ ref: 'mine@1', type: 'document', round: 1 }]);
  });

  test('refuses what is older, of others, of another type, or not there', () => {
    const team = held();
    for (const ref of ['before', 'theirs@1', 'results', 'nothing', 'mine@2'])
      expect(refusal(() => team.as('bob').complete('a', { outputs: [ref] })).code, ref).toBe(
        'INVALID',
      );
    expect(team.status('a')).toBe('in_progress');
  });

  test('is checked as the automatic completion is', () => {
    const team = held('failed == 0');
    expect(refusal(() => team.as('bob').complete('a', { outputs: ['mine'] })).code).toBe(
      'NOT_READY',
    );
    expect(team.status('a')).toBe('in_progress');
  });

  test('does not make good what was refused', () => {
    const team = held('failed == 0');
    team.as('bob').publish('bad', { data: { failed: 2 } });
    refusal(() => team.as('bob').complete('a', { outputs: ['bad@1'] }));
    expect(team.status('a')).toBe('in_progress');
  });
});

describe('a contract that is completed again', () => {
  test('makes its dependents ready each time', () => {
    const team = new Team();
    team.as('ann').create({ id: 'a' }, { id: 'b', ...needs('a') });
    expect(team.as('bob').complete('a').lines.at(-1)).toBe('contract-ready b');
    expect(team.as('ann').reopen('a').lines).toEqual([
      'contract-reopened a',
      'contract-blocked b',
      'contract-ready a',
    ]);
    expect(team.as('bob').claim('a').lines).toEqual(['contract-claimed a']);
    expect(team.as('bob').complete('a').lines).toEqual([
      'contract-completed a',
      'contract-ready b',
    ]);
  });
});
