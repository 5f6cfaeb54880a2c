import { describe, expect, test } from 'vitest';
import type { Event } from '../../../src/model/event.ts';
import { expects, Team } from '../../helpers/given.ts';
import type { Done } from '../../helpers/given.ts';
import { errors, fired, lines, notified, notify, on, reasons, reopen } from './rules.ts';

const regenerate = on('artifact-stale', reopen('${contract.id}', '${event.cause} is newer'));

/** A schema, an api made from it, and tests made from that: each made anew when what it was made from changes. */
const started = (): Team => {
  const team = new Team();
  const lead = team.as('lead');
  const schema = { title: 'one' };
  team.as('db-dev').publish('schema', { type: 'schema-change', data: schema });
  lead.create(
    {
      id: 'build-api',
      assignee: 'api-dev',
      maxAttempts: 1,
      inputs: { artifacts: ['schema'] },
      ...expects('api-contract', { artifactId: 'api' }),
    },
    {
      id: 'write-tests',
      assignee: 'qa-dev',
      maxAttempts: 1,
      inputs: { artifacts: ['api'] },
      ...expects('test-results', { artifactId: 'results' }),
    },
  );
  lead.pipeline('regenerate', regenerate);
  build(team, 1);
  check(team, 1);
  return team;
};

const build = (team: Team, n: number): Done => {
  team.as('api-dev').claim('build-api');
  return team.as('api-dev').publish('api', { type: 'api-contract', data: { n } });
};

const check = (team: Team, n: number): Done => {
  team.as('qa-dev').claim('write-tests');
  return team.as('qa-dev').publish('results', { type: 'test-results', data: { n } });
};

describe('what goes out of date', () => {
  test('is made anew: a changed schema reopens the contract of the api, and uses no attempt', () => {
    const team = started();
    const done = team.as('db-dev').publish('schema', { data: { title: 'two' } });
    expect(lines(done)).toEqual([
      'artifact-published schema@2',
      'pipeline-fired regenerate#1',
      'contract-reopened build-api',
      'contract-ready build-api',
    ]);
    expect(reasons(done, 'pipeline-fired')).toEqual(['artifact-stale api@1']);
    expect(reasons(done, 'contract-reopened')).toEqual(['schema@2 is newer']);
    expect(team.contract('build-api')).toMatchObject({ attempt: 1, round: 2 });
    expect(team.says('write-tests')).toBe('write-tests completed');
  });

  test('flows on by itself when each is made anew, and ends', () => {
    const team = started();
    for (const n of [2, 3, 4, 5]) {
      team.as('db-dev').publish('schema', { data: { n } });
      expect(team.says('build-api', 'write-tests')).toBe('build-api ready, write-tests completed');
      expect(lines(build(team, n)).slice(-3)).toEqual([
        'pipeline-fired regenerate#1',
        'contract-reopened write-tests',
        'contract-ready write-tests',
      ]);
      expect(fired(check(team, n))).toEqual([]);
      expect(team.says('build-api', 'write-tests')).toBe(
        'build-api completed, write-tests completed',
      );
      expect(team.contract('build-api').attempt).toBe(1);
    }
  });

  test('flows no further than what says something else', () => {
    const team = started();
    team.as('db-dev').publish('schema', { data: { title: 'two' } });
    expect(fired(build(team, 1))).toEqual([]);
    expect(team.status('write-tests')).toBe('completed');
  });

  test('is noted where it is worked on already', () => {
    const team = started();
    team.as('db-dev').publish('schema', { data: { title: 'two' } });
    team.as('api-dev').claim('build-api');
    team.as('db-dev').publish('schema', { data: { title: 'three' } });
    expect(team.status('build-api')).toBe('in_progress');
    expect(lines(build(team, 2))).toContain('contract-completed build-api');
  });
});

describe('a version is out of date', () => {
  /** What fires when y says something else, after x was published like this. */
  const stale = (more: Parameters<ReturnType<Team['as']>['publish']>[1], newest = 2): Team => {
    const team = new Team();
    team.as('ann').pipeline('p', on('artifact-stale', notify('ann', '${artifact.ref}')));
    for (let n = 1; n < newest; n += 1) team.as('ann').publish('y', { data: { n } });
    team.as('bob').publish('x', more);
    return team;
  };
  const change = (team: Team, more = {}): readonly string[] =>
    notified(team.as('ann').publish('y', { data: { n: 99 }, ...more }));

  test('by a newer version of what it was made from', () => {
    expect(change(stale({ derivedFrom: ['y'] }))).toEqual(['ann: x@1']);
  });

  test('but only its latest version', () => {
    const team = stale({ derivedFrom: ['y'] });
    team.as('bob').publish('x', { data: { n: 2 }, derivedFrom: ['y'] });
    expect(change(team)).toEqual(['ann: x@2']);
    team.as('bob').publish('x', { data: { n: 3 } });
    expect(change(team, { data: { n: 100 } })).toEqual([]);
  });

  test('but not by one that says the same', () => {
    expect(change(stale({ derivedFrom: ['y'] }), { data: { n: 1 } })).toEqual([]);
  });

  test('and is so, too, when the same was said once more in between', () => {
    const team = stale({ derivedFrom: ['y'] });
    for (const _ of [1, 2]) expect(change(team, { data: { n: 1 } })).toEqual([]);
    expect(change(team)).toEqual(['ann: x@1']);
  });

  test('once, whatever number of inputs that said the same it had', () => {
    const team = stale({ data: { n: 0 } });
    team.as('ann').publish('y', { data: { n: 1 } });
    team.as('bob').publish('x', { data: { n: 1 }, derivedFrom: ['y@1', 'y@2'], reads: ['y@1'] });
    expect(change(team)).toEqual(['ann: x@2']);
  });

  test('but not when it only looked at it', () => {
    expect(change(stale({ reads: ['y@1'] }))).toEqual([]);
  });

  test('but not when it was made from an older one on purpose', () => {
    expect(change(stale({ derivedFrom: ['y@1'] }, 3))).toEqual([]);
    expect(change(stale({ reads: ['y@2 older'], derivedFrom: ['y@2'] }, 3))).toEqual([]);
  });

  test('but not by what it was made from already', () => {
    const team = stale({ derivedFrom: ['y'] });
    const time = team.now;
    const version = (id: string, derivedFrom: readonly string[]): Event => ({
      type: 'artifact-published',
      artifact: {
        id,
        version: 2,
        type: 'document',
        publisher: 'ann',
        time,
        data: { n: 2 },
        derivedFrom: derivedFrom.map((ref) => ({ ref, how: 'declared' })),
      },
      content: 'other',
      attachments: [],
    });
    const known = team.history.length;
    team.happened(version('y', []), version('x', ['y@1', 'y@2']));
    expect(team.history.slice(known)).toHaveLength(2);
  });

  test('but not by what was made from it, however far: else regeneration would never end', () => {
    expect(change(stale({ derivedFrom: ['y'] }), { derivedFrom: ['x'] })).toEqual([]);
    const team = stale({ derivedFrom: ['y'] });
    team.as('ann').publish('z', { derivedFrom: ['x'] });
    expect(change(team, { derivedFrom: ['z'] })).toEqual([]);
  });

  test('but not by a version of its own', () => {
    const team = stale({ derivedFrom: ['y'] });
    expect(notified(team.as('bob').publish('x', { data: { n: 2 }, derivedFrom: ['x'] }))).toEqual(
      [],
    );
    expect(notified(team.as('bob').publish('x', { data: { n: 3 }, derivedFrom: ['x'] }))).toEqual(
      [],
    );
  });

  test('narrowed by type, id and contract as other events are', () => {
    const team = new Team();
    const ann = team.as('ann');
    ann.create({ id: 'c', ...expects('document', { artifactId: 'x' }) });
    const trigger = { type: 'artifact-stale' };
    ann.pipeline(
      'p',
      on({ ...trigger, artifactType: 'document' }, notify('ann')),
      on({ ...trigger, artifactType: 'test-results' }, notify('ann')),
      on({ ...trigger, artifactId: 'x' }, notify('ann')),
      on({ ...trigger, artifactId: 'y' }, notify('ann')),
      on({ ...trigger, contractId: 'c' }, notify('ann')),
      on({ ...trigger, contractId: 'd' }, notify('ann')),
    );
    ann.publish('y', { data: { n: 1 } });
    team.as('bob').claim('c');
    team.as('bob').publish('x', { derivedFrom: ['y'] });
    expect(fired(ann.publish('y', { data: { n: 2 } }))).toEqual(['p#1', 'p#3', 'p#5']);
  });

  test('without a contract there is nothing to be reopened: the owner is told', () => {
    const team = stale({ derivedFrom: ['y'] });
    team.as('ann').pipeline('p', regenerate);
    const done = team.as('ann').publish('y', { data: { n: 99 } });
    expect(errors(done)[0]).toBe('p#1 nothing stands at contract.id');
    expect(lines(done)[0]).toBe('artifact-published y@2');
  });
});
