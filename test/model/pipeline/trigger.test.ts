import { describe, expect, test } from 'vitest';
import type { Rule } from '../../../src/model/pipeline/pipeline.ts';
import { expects, refusal, Team } from '../../helpers/given.ts';
import type { Done } from '../../helpers/given.ts';
import { errors, fired, lines, notified, notify, on, only } from './rules.ts';

const watched = (...rules: readonly Rule[]): Team => {
  const team = new Team();
  team.as('ann').create({ id: 'x', ...expects('document', { artifactId: 'd' }) }, { id: 'y' });
  team.as('ann').pipeline('p', ...rules);
  return team;
};

const publishes = (team: Team, id: string, type = 'document'): Done =>
  team.as('bob').publish(id, { type });

describe('a trigger', () => {
  const look = notify('ann');

  test('without more meets every event of its type, and no other', () => {
    const team = watched(on('artifact-published', look));
    expect(fired(publishes(team, 'e'))).toEqual(['p#1']);
    expect(fired(publishes(team, 'f', 'test-results'))).toEqual(['p#1']);
    expect(fired(team.as('bob').complete('y'))).toEqual([]);
    expect(fired(team.as('ann').create({ id: 'z' }))).toEqual([]);
  });

  test('can be narrowed to a type of artifacts', () => {
    const team = watched(on({ type: 'artifact-published', artifactType: 'test-results' }, look));
    expect(fired(publishes(team, 'e'))).toEqual([]);
    expect(fired(publishes(team, 'f', 'test-results'))).toEqual(['p#1']);
  });

  test('can be narrowed to one artifact', () => {
    const team = watched(on({ type: 'artifact-published', artifactId: 'e' }, look));
    expect(fired(publishes(team, 'e'))).toEqual(['p#1']);
    expect(fired(publishes(team, 'ee'))).toEqual([]);
  });

  test('can be narrowed to one contract: its events, and what is published for it', () => {
    const team = watched(
      on({ type: 'contract-completed', contractId: 'x' }, look),
      on({ type: 'artifact-published', contractId: 'x' }, look),
    );
    expect(fired(team.as('bob').complete('y'))).toEqual([]);
    expect(fired(publishes(team, 'e'))).toEqual([]);
    team.as('bob').claim('x');
    expect(fired(publishes(team, 'd'))).toEqual(['p#2', 'p#1']);
  });

  test('can be narrowed to who did it', () => {
    const team = watched(on({ type: 'artifact-published', agent: 'carol' }, look));
    expect(fired(publishes(team, 'e'))).toEqual([]);
    expect(fired(team.as('carol').publish('e'))).toEqual(['p#1']);
  });

  test('can be narrowed by all of these at once', () => {
    const trigger = { type: 'artifact-published', artifactType: 'document', artifactId: 'd' };
    const team = watched(on({ ...trigger, contractId: 'x', agent: 'bob' }, look));
    expect(fired(team.as('carol').publish('d'))).toEqual([]);
    team.as('bob').claim('x');
    expect(fired(publishes(team, 'd'))).toEqual(['p#1']);
  });

  test('may be any event of artifacts, contracts, agents and messages', () => {
    const team = watched(on('agent-registered', look), on('message-sent', look));
    expect(fired(publishes(team, 'e'))).toEqual(['p#1']);
    expect(fired(team.as('ann').send({ to: 'bob', text: 'Hi.' }))).toEqual(['p#2']);
  });

  test('may not be an unknown event, or one of pipelines', () => {
    for (const type of ['artifact-publishd', 'pipeline-fired', 'session-notified', '__proto__']) {
      const error = refusal(() => watched(on(type, look)));
      expect(error.code).toBe('INVALID');
      expect(error.message).toMatch(/^p: rules\[0\]\.trigger\.type must be/);
    }
    expect(refusal(() => watched(on('artifact-publishd', look))).hint).toMatch(
      /^Did you mean artifact_published\?/,
    );
  });
});

describe('a condition', () => {
  test('decides whether the rule fires', () => {
    const team = watched(only('failed > 0', on('artifact-published', notify('ann'))));
    expect(lines(team.as('bob').publish('e', { data: { failed: 0 } }))).toEqual([
      'artifact-published e@1',
    ]);
    expect(fired(team.as('bob').publish('e', { data: { failed: 1 } }))).toEqual(['p#1']);
  });

  test('sees the version before', () => {
    const team = watched(
      only('previous failed', on('artifact-published', notify('ann', 'was ${previous.ref}'))),
    );
    expect(fired(team.as('bob').publish('e', { data: { failed: 1 } }))).toEqual([]);
    const done = team.as('bob').publish('e', { data: { failed: 0 } });
    expect(notified(done)).toEqual(['ann: was e@1']);
    expect(fired(team.as('bob').publish('e', { data: { failed: 1 } }))).toEqual([]);
  });

  test('that cannot be evaluated does not fire, and its owner is told; other rules go on', () => {
    const team = watched(
      only('broken', on('artifact-published', notify('carol'))),
      on('artifact-published', notify('dave')),
    );
    const done = publishes(team, 'e');
    expect(errors(done)).toEqual(['p#1 its condition cannot be evaluated: no such key: missing']);
    expect(fired(done)).toEqual(['p#2']);
    expect(done.told).toEqual(['ann pipeline-erred p', 'dave session-notified p']);
  });

  test('that is none is refused when the pipeline is made', () => {
    const error = refusal(() => watched(only('wrong', on('artifact-published', notify('ann')))));
    expect(error.code).toBe('INVALID');
    expect(error.message).toMatch(
      /^p: rules\[0\]\.condition must be a condition over data, artifact/,
    );
    expect(error.hint).toBe('It is no condition.');
  });
});
