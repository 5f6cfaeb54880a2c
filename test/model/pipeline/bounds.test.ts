import { describe, expect, test } from 'vitest';
import { roundLimit } from '../../../src/model/react.ts';
import { firingLimit } from '../../../src/model/pipeline/pipelines.ts';
import { isPipelineEvent } from '../../../src/model/event.ts';
import { expects, Team } from '../../helpers/given.ts';
import type { Done } from '../../helpers/given.ts';
import { create, errors, fired, lead, lines, notified, notify, on, reopen } from './rules.ts';

/** Nothing that pipelines did counts: these stand beside the cause and what follows from it, and pauses. */
const stopped = (team: Team, done: Done, cause: readonly string[], paused: readonly string[]) => {
  expect(lines(done)).toEqual([...cause, ...paused.map((id) => `pipeline-paused ${id}`)]);
  for (const id of paused)
    expect(team.pipeline(id).paused).toMatchObject({ by: 'ann', pipeline: id });
};

const withLead = (): Team => {
  const team = new Team();
  lead(team, 'lena');
  team.as('ann').create({ id: 'x' }, { id: 'y' });
  return team;
};

describe('pipelines that do not come to an end', () => {
  test('two rules that trigger each other: the cause is kept, both are paused, owner and lead are told', () => {
    const team = withLead();
    const ann = team.as('ann');
    ann.pipeline('p', on({ type: 'contract-noted', contractId: 'x' }, reopen('y')));
    ann.pipeline('q', on({ type: 'contract-noted', contractId: 'y' }, reopen('x')));
    const done = team.as('bob').reopen('x');
    stopped(team, done, ['contract-noted x'], ['p', 'q']);
    expect(team.contract('x').notes).toHaveLength(1);
    expect(team.contract('y').notes).toBeUndefined();
    expect(done.told).toEqual([
      'ann pipeline-paused p',
      'lena pipeline-paused p (copy)',
      'ann pipeline-paused q',
      'lena pipeline-paused q (copy)',
    ]);
    expect(lines(team.as('bob').reopen('x'))).toEqual(['contract-noted x']);
  });

  test('a rule that triggers itself by notes', () => {
    const team = withLead();
    team.as('ann').pipeline('p', on('contract-noted', reopen('x')));
    stopped(team, team.as('bob').reopen('x'), ['contract-noted x'], ['p']);
  });

  test('a rule that multiplies by notes is stopped before it is too many', () => {
    const team = withLead();
    const many = Array.from({ length: 20 }, () => reopen('x'));
    team.as('ann').pipeline('p', on('contract-noted', ...many));
    stopped(team, team.as('bob').reopen('x'), ['contract-noted x'], ['p']);
  });

  test('a rule that triggers itself by contracts, many at a time', () => {
    const team = withLead();
    const some = [create({ contractId: 'z' }), create({ contractId: 'z' })];
    team.as('ann').pipeline('p', on('contract-created', ...some));
    stopped(
      team,
      team.as('bob').create({ id: 'first' }),
      ['contract-created first', 'contract-ready first'],
      ['p'],
    );
    expect(team.view.contract('z')).toBeUndefined();
  });

  test('what follows without them is kept: an output completes its contract', () => {
    const team = withLead();
    const ann = team.as('ann');
    ann.create({ id: 'work', ...expects('document', { artifactId: 'd' }) });
    ann.create({ id: 'next', dependencies: [{ type: 'contract', contractId: 'work' }] });
    ann.pipeline('p', on('contract-completed', reopen('work'), reopen('x')));
    ann.pipeline('q', on('contract-noted', reopen('x')));
    team.as('bob').claim('work');
    const done = team.as('bob').publish('d');
    // Only those of the last two rounds are paused: p has done nothing wrong by then.
    stopped(
      team,
      done,
      [
        'artifact-published d@1',
        'contract-output work',
        'contract-completed work',
        'contract-ready next',
      ],
      ['q'],
    );
    expect(team.says('work', 'next')).toBe('work completed, next ready');
    expect(team.pipeline('p').paused).toBeUndefined();
  });

  test('only those of the last two rounds are paused', () => {
    const team = withLead();
    const ann = team.as('ann');
    ann.pipeline('first', on('artifact-published', reopen('x')));
    ann.pipeline('loop', on('contract-noted', reopen('x')));
    const done = team.as('bob').publish('d');
    stopped(team, done, ['artifact-published d@1'], ['loop']);
    expect(lines(team.as('bob').publish('d'))).toContain('contract-noted x');
  });

  test('that is stopped after so many rounds', () => {
    const chain = (length: number): Team => {
      const team = new Team();
      const ids = Array.from({ length: length + 1 }, (_, n) => ({ id: `c${n}` }));
      team.as('ann').create(...ids);
      const rules = ids
        .slice(0, -1)
        .map(({ id }, n) => on({ type: 'contract-noted', contractId: id }, reopen(`c${n + 1}`)));
      for (let n = 0; n * 50 < rules.length; n += 1)
        team.as('ann').pipeline(`p${n}`, ...rules.slice(n * 50, n * 50 + 50));
      return team;
    };
    // The last round has to bring nothing.
    const good = chain(roundLimit - 1);
    expect(lines(good.as('bob').reopen('c0')).at(-1)).toBe(`contract-noted c${roundLimit - 1}`);
    const bad = chain(roundLimit);
    stopped(bad, bad.as('bob').reopen('c0'), ['contract-noted c0'], ['p1']);
  });
});

describe('many pipelines on one event', () => {
  const many = (count: number): Team => {
    const team = new Team();
    for (let n = 0; n < count; n += 1)
      team.as('ann').pipeline(`p${n}`, on('artifact-published', notify('carol', `${n}`)));
    return team;
  };

  test('200 all fire', () => {
    const done = many(200).as('bob').publish('d');
    expect(notified(done)).toHaveLength(200);
    expect(new Set(notified(done)).size).toBe(200);
    expect(errors(done)).toEqual([]);
  });

  test(`${firingLimit} are the most; one more, and none of it counts`, () => {
    const team = many(firingLimit);
    expect(fired(team.as('bob').publish('d'))).toHaveLength(firingLimit);
    team.as('ann').pipeline('one-more', on('artifact-published', notify('carol')));
    const done = team.as('bob').publish('d');
    expect(fired(done)).toEqual([]);
    expect(notified(done)).toEqual([]);
    expect(lines(done)[0]).toBe('artifact-published d@2');
    const paused = done.events.filter(isPipelineEvent);
    expect(paused).toHaveLength(firingLimit + 1);
    expect(lines(team.as('bob').publish('d'))).toEqual(['artifact-published d@3']);
  });
});
