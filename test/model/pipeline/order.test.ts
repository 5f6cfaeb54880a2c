import { describe, expect, test } from 'vitest';
import { expects, needs, Team } from '../../helpers/given.ts';
import { cancel, create, fired, lines, notified, notify, on, only, reopen } from './rules.ts';

describe('the order of pipelines', () => {
  test('completions come first, and conditions see the state after them', () => {
    const team = new Team();
    const ann = team.as('ann');
    ann.create({ id: 'x', ...expects('document', { artifactId: 'd' }) });
    ann.pipeline(
      'p',
      only(
        'status completed',
        on('artifact-published', notify('ann', 'It is ${contract.status}.')),
      ),
    );
    team.as('bob').claim('x');
    const done = team.as('bob').publish('d');
    expect(lines(done)).toEqual([
      'artifact-published d@1',
      'contract-output x',
      'contract-completed x',
      'pipeline-fired p#1',
      'session-notified ann p',
    ]);
    expect(notified(done)).toEqual(['ann: It is completed.']);
  });

  test('by event, then by the id of the pipeline, then by rule', () => {
    const team = new Team();
    const ann = team.as('ann');
    const rules = [
      on('contract-created', notify('ann', '${event.type}')),
      on('artifact-published', notify('ann', '${event.type}')),
      on('contract-created', notify('ann', '${event.type} again')),
    ];
    for (const id of ['b', 'c/d', 'a']) ann.pipeline(id, ...rules);
    expect(fired(ann.create({ id: 'x' }))).toEqual(['a#1', 'a#3', 'b#1', 'b#3', 'c/d#1', 'c/d#3']);
    const both = ann.create({ id: 'y' }, { id: 'z' });
    expect(fired(both).slice(0, 3)).toEqual(['a#1', 'a#3', 'b#1']);
    expect(fired(both)).toHaveLength(12);
    expect(fired(both)).toEqual([...fired(both).slice(0, 6), ...fired(both).slice(0, 6)]);
  });

  /** a <- b <- c, all completed. */
  const chain = (): Team => {
    const team = new Team();
    team.as('ann').create({ id: 'a' }, { id: 'b', ...needs('a') }, { id: 'c', ...needs('b') });
    for (const id of ['a', 'b', 'c']) team.as('bob').complete(id);
    return team;
  };

  test('reopenings first: what stands on a reopened contract is reset by that, however far away', () => {
    const team = chain();
    const ann = team.as('ann');
    ann.pipeline('p', on('artifact-published', notify('ann'), reopen('c'), reopen('a')));
    expect(lines(ann.publish('x'))).toEqual([
      'artifact-published x@1',
      'pipeline-fired p#1',
      'contract-reopened a',
      'session-notified ann p',
      'contract-reset b',
      'contract-reset c',
      'contract-ready a',
    ]);
    expect(team.contract('c').attempt).toBe(1);
    expect(team.contract('a').attempt).toBe(2);
  });

  test('what stands on one that is open already is reopened itself', () => {
    const team = chain();
    team.as('ann').create({ id: 'free' });
    team.as('ann').pipeline('p', on('artifact-published', reopen('free'), reopen('c')));
    expect(lines(team.as('ann').publish('x')).slice(2)).toEqual([
      'contract-noted free',
      'contract-reopened c',
      'contract-ready c',
    ]);
  });

  test('two rules that reopen one contract use one attempt: the second finds it open', () => {
    const team = chain();
    const ann = team.as('ann');
    ann.pipeline('p', on('artifact-published', reopen('c', 'One.')));
    ann.pipeline('q', on('artifact-published', reopen('c', 'Two.')));
    expect(lines(ann.publish('x')).slice(3)).toEqual([
      'contract-reopened c',
      'contract-noted c',
      'contract-ready c',
    ]);
    expect(team.contract('c')).toMatchObject({ attempt: 2, notes: [{ text: 'Two.' }] });
  });

  test('what one action does is seen by the next, of the same rule and of others', () => {
    const team = new Team();
    const ann = team.as('ann');
    ann.pipeline(
      'p',
      on(
        'artifact-published',
        create({ contractId: 'x' }),
        create({ contractId: 'x' }),
        cancel('x-2'),
      ),
    );
    ann.pipeline('q', on('artifact-published', cancel('x'), create({ contractId: 'x' })));
    expect(lines(ann.publish('d')).slice(3)).toEqual([
      'contract-created x',
      'contract-created x-2',
      'contract-cancelled x-2',
      'contract-cancelled x',
      'contract-created x',
      'contract-ready x',
    ]);
  });

  test('conditions are asked before any action is done', () => {
    const team = new Team();
    const ann = team.as('ann');
    ann.pipeline('p', on('contract-created', create({ contractId: 'made' })));
    ann.pipeline('q', only('for x', on('contract-created', cancel('made'))));
    // Of the contract that is made, the next round knows; q looks at the same event as p and acts after it.
    const done = lines(ann.create({ id: 'x' }));
    expect(done.indexOf('contract-cancelled made')).toBeGreaterThan(
      done.indexOf('contract-created made'),
    );
  });

  test('what pipelines do is what others look at in the next round', () => {
    const team = new Team();
    const ann = team.as('ann');
    ann.pipeline('p', on('artifact-published', create({ contractId: 'x' })));
    ann.pipeline('q', on('contract-created', notify('ann', '${contract.id} by ${event.agent}')));
    const done = team.as('bob').publish('d');
    expect(lines(done)).toEqual([
      'artifact-published d@1',
      'pipeline-fired p#1',
      'contract-created x',
      'contract-ready x',
      'pipeline-fired q#1',
      'session-notified ann q',
    ]);
    expect(notified(done)).toEqual(['ann: x by bob']);
  });
});

describe('an event is looked at once', () => {
  test('by each rule, whatever follows from it', () => {
    const team = new Team();
    const ann = team.as('ann');
    ann.create({ id: 'x' }, { id: 'y', ...needs('x') }, { id: 'z', ...needs('y') });
    ann.pipeline('p', on('contract-completed', notify('ann')));
    ann.pipeline('q', on('contract-ready', notify('ann')));
    const done = team.as('bob').complete('x');
    expect(fired(done)).toEqual(['p#1', 'q#1']);
  });

  test('a firing has its own id, by pipeline, rule, cause and operation', () => {
    const team = new Team();
    const ann = team.as('ann');
    const rule = on('contract-noted', notify('ann'));
    ann.pipeline('p', rule, rule);
    ann.pipeline('q', rule);
    ann.create({ id: 'x' }, { id: 'y' });
    const ids = [ann.reopen('x'), ann.reopen('x'), ann.reopen('y')].flatMap(({ events }) =>
      events.flatMap((event) => (event.type === 'pipeline-fired' ? [event.firing] : [])),
    );
    expect(ids).toHaveLength(9);
    expect(new Set(ids).size).toBe(9);
  });

  test('it is the same id when the same transaction runs again', () => {
    const ids = [1, 2].map(() => {
      const team = new Team();
      team.as('ann').pipeline('p', on('artifact-published', notify('ann')));
      const { events } = team.as('ann').publish('d');
      return events.flatMap((event) => (event.type === 'pipeline-fired' ? [event.firing] : []));
    });
    expect(ids[0]).toHaveLength(1);
    expect(ids[0]).toEqual(ids[1]);
  });

  test('what happens to pipelines triggers none', () => {
    const team = new Team();
    const ann = team.as('ann');
    ann.pipeline('p', on('agent-registered', notify('ann')));
    expect(lines(ann.pause('p'))).toEqual(['pipeline-paused p']);
    expect(lines(ann.resume('p'))).toEqual(['pipeline-resumed p']);
    expect(lines(ann.pipeline('p', on('contract-created', notify('ann'))))).toEqual([
      'pipeline-changed p',
    ]);
    expect(lines(ann.remove('p'))).toEqual(['pipeline-removed p']);
  });
});
