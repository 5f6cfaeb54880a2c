import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/model/json.ts';
import { expects, needs, Team } from '../../helpers/given.ts';
import type { Done } from '../../helpers/given.ts';
import { lines, notify, on, only, reasons, reopen } from './rules.ts';

const loop = [
  on(
    { type: 'artifact-published', artifactType: 'api-contract' },
    notify('qa-dev', 'API contract updated — re-run tests'),
  ),
  only(
    'failed > 0',
    on(
      { type: 'artifact-published', artifactType: 'test-results' },
      reopen('build-api', 'Tests failing: ${data.failed} failures'),
    ),
  ),
];

/** A chain of two, and the loop that heals it. */
const started = (maxAttempts = 3): Team => {
  const team = new Team();
  const lead = team.as('lead');
  lead.create(
    {
      id: 'build-api',
      assignee: 'api-dev',
      maxAttempts,
      ...expects('api-contract', { artifactId: 'api' }),
    },
    {
      id: 'write-tests',
      assignee: 'qa-dev',
      ...needs('build-api'),
      ...expects('test-results', { artifactId: 'results' }),
    },
  );
  lead.pipeline('ci-loop', ...loop);
  return team;
};

const build = (team: Team, data: Json, commit?: string): Done => {
  team.as('api-dev').claim('build-api');
  return team.as('api-dev').publish('api', {
    type: 'api-contract',
    data,
    ...(commit !== undefined && { code: { commit } }),
  });
};

const results = (team: Team, failed: number): Done => {
  team.as('qa-dev').claim('write-tests');
  return team.as('qa-dev').publish('results', { type: 'test-results', data: { failed } });
};

describe('the self-healing loop', () => {
  test('a new api tells who tests it, in the transaction in which the contract is completed', () => {
    const done = build(started(), { v: 1 });
    expect(lines(done)).toEqual([
      'artifact-published api@1',
      'contract-output build-api',
      'contract-completed build-api',
      'pipeline-fired ci-loop#1',
      'session-notified qa-dev ci-loop',
      'contract-ready write-tests',
    ]);
    expect(done.told).toContain('qa-dev session-notified ci-loop');
    expect(reasons(done, 'session-notified')).toEqual(['API contract updated — re-run tests']);
  });

  test('failing tests complete their contract, reopen the api, and so reset their own', () => {
    const team = started();
    build(team, { v: 1 });
    const done = results(team, 2);
    expect(lines(done)).toEqual([
      'artifact-published results@1',
      'contract-output write-tests',
      'contract-completed write-tests',
      'pipeline-fired ci-loop#2',
      'contract-reopened build-api',
      'contract-reset write-tests',
      'contract-ready build-api',
    ]);
    expect(team.contract('build-api')).toMatchObject({
      status: 'ready',
      attempt: 2,
      round: 2,
      reason: {
        by: 'lead',
        text: 'Tests failing: 2 failures',
        cause: 'results@1',
        pipeline: 'ci-loop',
      },
    });
    expect(team.contract('write-tests')).toMatchObject({ status: 'pending', attempt: 1, round: 2 });
    expect(done.told).toContain('api-dev contract-reopened build-api');
    expect(done.told).toContain('api-dev contract-ready build-api');
  });

  test('once fixed, everything is completed and attempts start again', () => {
    const team = started();
    build(team, { v: 1 });
    results(team, 2);
    build(team, { v: 2 });
    expect(team.says('build-api', 'write-tests')).toBe('build-api completed, write-tests ready');
    expect(lines(results(team, 0))).toEqual([
      'artifact-published results@2',
      'contract-output write-tests',
      'contract-completed write-tests',
      'contract-recovered build-api',
    ]);
    expect(team.says('build-api', 'write-tests')).toBe(
      'build-api completed, write-tests completed',
    );
    expect(team.contract('build-api').attempt).toBe(1);
  });

  test('what has recovered does so once, and may fail as often as in the beginning', () => {
    const team = started(2);
    for (const round of [1, 2, 3]) {
      build(team, { v: `${round} a` });
      results(team, round);
      expect(team.contract('build-api')).toMatchObject({ status: 'ready', attempt: 2 });
      build(team, { v: `${round} b` });
      expect(lines(results(team, 0))).toContain('contract-recovered build-api');
      team.as('lead').reopen('write-tests');
      expect(lines(results(team, 0))).not.toContain('contract-recovered build-api');
      team.as('lead').reopen('build-api');
    }
  });
});

describe('attempts', () => {
  test('are used up by one reopening each; then the contract has failed for good', () => {
    const team = started(3);
    for (const [n, status] of ['ready', 'ready', 'failed'].entries()) {
      build(team, { v: n });
      const done = results(team, n + 1);
      expect(team.status('build-api')).toBe(status);
      if (status !== 'failed') expect(team.contract('build-api').attempt).toBe(n + 2);
      else {
        expect(lines(done).slice(-2)).toEqual([
          'contract-failed build-api',
          'contract-reset write-tests',
        ]);
        expect(reasons(done, 'contract-failed')).toEqual([
          'Tests failing: 3 failures (all 3 attempts are used up)',
        ]);
        expect(done.told).toContain('lead contract-failed build-api');
      }
    }
    expect(team.contract('build-api').attempt).toBe(3);
    expect(team.status('write-tests')).toBe('pending');
  });

  test('of what has failed for good are not granted by a pipeline: only its assigner is told', () => {
    const team = started(1);
    build(team, { v: 1 });
    results(team, 1);
    expect(team.status('build-api')).toBe('failed');
    const done = team.as('robot').publish('results', { data: { failed: 9 } });
    expect(lines(done)).toEqual([
      'artifact-published results@2',
      'pipeline-fired ci-loop#2',
      'contract-noted build-api',
    ]);
    expect(done.told).toEqual(['lead contract-noted build-api']);
    expect(team.status('build-api')).toBe('failed');
  });

  test('are not used by a reopening of what is open: its holder is told', () => {
    const team = started();
    build(team, { v: 1 });
    results(team, 2);
    team.as('api-dev').claim('build-api');
    const done = team.as('robot').publish('results', { data: { failed: 3 } });
    expect(lines(done)).toContain('contract-noted build-api');
    expect(done.told).toContain('api-dev contract-noted build-api');
    expect(team.contract('build-api')).toMatchObject({ status: 'in_progress', attempt: 2 });
    expect(team.contract('build-api').notes).toMatchObject([
      { text: 'Tests failing: 3 failures', cause: 'results@2' },
    ]);
  });

  test('start again by hand of the assigner', () => {
    const team = started(2);
    build(team, { v: 1 });
    results(team, 1);
    build(team, { v: 2 });
    results(team, 2);
    expect(team.status('build-api')).toBe('failed');
    team.as('lead').reopen('build-api');
    expect(team.contract('build-api')).toMatchObject({ status: 'ready', attempt: 1 });
    build(team, { v: 3 });
    results(team, 1);
    expect(team.contract('build-api')).toMatchObject({ status: 'ready', attempt: 2 });
  });

  test('do not start again by a version that was reopened by, once more', () => {
    const team = started();
    build(team, { v: 1 });
    results(team, 2);
    build(team, { v: 2 });
    expect(lines(results(team, 1))).not.toContain('contract-recovered build-api');
    expect(team.contract('build-api').attempt).toBe(3);
  });

  test('do not start again for a contract that was to be reopened, and was reset instead', () => {
    const team = new Team();
    const ann = team.as('ann');
    ann.create(
      { id: 'a', ...expects('document', { artifactId: 'x' }) },
      { id: 'b', ...needs('a'), ...expects('document', { artifactId: 'y' }) },
    );
    const make = (n: number): void => {
      if (team.status('a') === 'ready') team.as('bob').publish('x', { contract: 'a', data: { n } });
      team.as('bob').claim('b');
      team.as('bob').publish('y', { contract: 'b', data: { n } });
    };
    make(1);
    ann.pipeline(
      'p',
      only('failed > 0', on({ type: 'artifact-published', artifactId: 't' }, reopen('b'))),
    );
    ann.publish('t', { data: { failed: 2 } });
    make(2);
    expect(team.contract('b')).toMatchObject({ status: 'completed', attempt: 2 });
    ann.pipeline(
      'p',
      only(
        'failed > 0',
        on({ type: 'artifact-published', artifactId: 't' }, reopen('b'), reopen('a')),
      ),
    );
    const done = ann.publish('t', { data: { failed: 1 } });
    expect(lines(done).slice(2)).toEqual([
      'contract-reopened a',
      'contract-reset b',
      'contract-ready a',
    ]);
    expect(team.contract('b').attempt).toBe(2);
  });
});

describe('no progress', () => {
  test('twice the same failures from twice the same work: it has failed before its attempts are used up', () => {
    const team = started(5);
    build(team, { v: 1 }, 'c1');
    results(team, 2);
    build(team, { v: 1 }, 'c1');
    const done = results(team, 2);
    expect(reasons(done, 'contract-failed')).toEqual([
      'Tests failing: 2 failures (no progress: results@2 says the same as the version before, and so do the outputs of build-api)',
    ]);
    expect(team.says('build-api', 'write-tests')).toBe('build-api failed, write-tests pending');
    expect(team.contract('build-api').attempt).toBe(2);
  });

  test('the same number of failures from other outputs is honest work', () => {
    const team = started(5);
    build(team, { v: 1 });
    results(team, 2);
    build(team, { v: 2 });
    results(team, 2);
    expect(team.contract('build-api')).toMatchObject({ status: 'ready', attempt: 3 });
  });

  test('nor is it when only the code has changed', () => {
    const team = started(5);
    build(team, { v: 1 }, 'c1');
    results(team, 2);
    build(team, { v: 1 }, 'c2');
    results(team, 2);
    expect(team.contract('build-api')).toMatchObject({ status: 'ready', attempt: 3 });
  });

  test('other failures from the same work are none either', () => {
    const team = started(5);
    build(team, { v: 1 }, 'c1');
    results(team, 2);
    build(team, { v: 1 }, 'c1');
    results(team, 1);
    expect(team.contract('build-api')).toMatchObject({ status: 'ready', attempt: 3 });
  });

  test('a version in between that says something else breaks the row', () => {
    const team = started(5);
    build(team, { v: 1 }, 'c1');
    results(team, 2);
    team.as('robot').publish('results', { data: { failed: 3 } });
    build(team, { v: 1 }, 'c1');
    results(team, 2);
    expect(team.contract('build-api')).toMatchObject({ status: 'ready', attempt: 3 });
  });

  test('a reopening by hand in between breaks the row, and never counts itself', () => {
    const team = started(5);
    build(team, { v: 1 }, 'c1');
    results(team, 2);
    build(team, { v: 1 }, 'c1');
    team.as('carol').reopen('build-api');
    build(team, { v: 1 }, 'c1');
    team.as('carol').reopen('build-api');
    expect(team.status('build-api')).toBe('ready');
    build(team, { v: 1 }, 'c1');
    results(team, 2);
    expect(team.status('build-api')).toBe('ready');
  });

  test('a version that was published apart from any contract counts, too', () => {
    const team = started(5);
    build(team, { v: 1 });
    team.as('robot').publish('ci', { type: 'test-results', data: { failed: 1 } });
    build(team, { v: 1 });
    const done = team.as('robot').publish('ci', { data: { failed: 1 } });
    expect(lines(done)).toContain('contract-failed build-api');
  });
});

test('a contract completed again and again by itself uses up its attempts, one a transaction', () => {
  const team = new Team();
  team.as('ann').create({ id: 'x' });
  team.as('ann').pipeline('p', on({ type: 'contract-completed', contractId: 'x' }, reopen('x')));
  const done = ['bob', 'carol', 'dave'].map((name) => lines(team.as(name).complete('x')));
  expect(done[0]).toEqual([
    'contract-claimed x',
    'contract-completed x',
    'pipeline-fired p#1',
    'contract-reopened x',
    'contract-ready x',
  ]);
  expect(done[2]?.at(-1)).toBe('contract-failed x');
  expect(team.contract('x')).toMatchObject({ status: 'failed', attempt: 3 });
});
