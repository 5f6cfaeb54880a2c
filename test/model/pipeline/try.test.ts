import { describe, expect, test } from 'vitest';
import type { Event } from '../../../src/model/event.ts';
import { expects, needs, Team } from '../../helpers/given.ts';
import type { Done } from '../../helpers/given.ts';
import { cancel, create, notify, on, only, reopen } from './rules.ts';
import type { Rule } from '../../../src/model/pipeline/pipeline.ts';

/** A paused pipeline, so that only trying it does anything; and b, which stands on a, both completed. */
const team = (...rules: readonly Rule[]): Team => {
  const made = new Team();
  made.as('ann').pipeline('p', ...rules);
  made.as('ann').pause('p');
  made.as('ann').create({ id: 'a' }, { id: 'b', ...needs('a') });
  for (const id of ['a', 'b']) made.as('bob').complete(id);
  return made;
};

const eventOf = ({ events }: Done, type: string): Event =>
  events.find((event) => event.type === type) ?? expect.fail(`there was no ${type}`);

describe('a dry run', () => {
  test('says what would happen, with the texts filled in, and writes nothing', () => {
    const made = team(
      on('artifact-published', notify('carol', '${data.n}'), reopen('b'), reopen('a')),
    );
    const event = eventOf(made.as('bob').publish('d', { data: { n: 7 } }), 'artifact-published');
    const { view } = made;
    const known = made.history.length;
    expect(made.tries('p', event)).toEqual([
      {
        rule: 1,
        about: 'artifact-published d@1',
        matches: true,
        actions: [notify('carol', '7'), reopen('b'), reopen('a')],
        missing: [],
        would: ['contract-reopened a', 'session-notified carol p'],
      },
    ]);
    expect(made.view).toBe(view);
    expect(made.history).toHaveLength(known);
    expect(made.contract('a')).toMatchObject({ status: 'completed', attempt: 1 });
  });

  test('says of each rule why it would not fire', () => {
    const made = team(
      on('contract-created', notify('carol')),
      only('failed > 0', on('artifact-published', notify('carol'))),
      only('broken', on('artifact-published', notify('carol'))),
      only('failed == 0', on('artifact-published', notify('carol'))),
      on({ type: 'artifact-published', agent: 'dave' }, notify('carol')),
    );
    const done = made.as('bob').publish('d', { data: { failed: 0 } });
    const trials = made.tries('p', eventOf(done, 'artifact-published'), 'bob');
    expect(trials.map(({ rule, matches, holds, why }) => [rule, matches, holds, why])).toEqual([
      [1, false, undefined, undefined],
      [2, true, false, undefined],
      [3, true, false, 'no such key: missing'],
      [4, true, true, undefined],
      [5, false, undefined, undefined],
    ]);
    expect(trials.map(({ would }) => would.length)).toEqual([0, 0, 0, 1, 0]);
  });

  test('says what would be refused, and where nothing stands', () => {
    const made = team(
      on(
        'artifact-published',
        reopen('nope', '${data.none}'),
        create({ contractId: 'x' }),
        cancel('x'),
      ),
    );
    const event = eventOf(made.as('bob').publish('d'), 'artifact-published');
    const [trial] = made.tries('p', event);
    expect(trial?.missing).toEqual(['data.none']);
    expect(trial?.would).toEqual([
      'refused: There is no contract "nope" on this line.',
      'contract-created x',
      'contract-cancelled x',
    ]);
    expect(made.view.contract('x')).toBeUndefined();
  });

  test('may be against something long past: what would happen is seen as the state is now', () => {
    const made = team(on('artifact-published', reopen('a')));
    const event = eventOf(made.as('bob').publish('d'), 'artifact-published');
    expect(made.tries('p', event)[0]?.would).toEqual(['contract-reopened a']);
    made.as('bob').reopen('a');
    made.as('bob').publish('d', { data: { n: 2 } });
    const [trial] = made.tries('p', event);
    expect(trial).toMatchObject({ about: 'artifact-published d@1', would: ['contract-noted a'] });
  });

  test('tells of what an event puts out of date', () => {
    const made = team(on('artifact-stale', reopen('${contract.id}')));
    made.as('ann').create({ id: 'c', ...expects('document', { artifactId: 'x' }) });
    made.as('ann').publish('y', { data: { n: 1 } });
    made.as('bob').claim('c');
    made.as('bob').publish('x', { derivedFrom: ['y'] });
    const event = eventOf(made.as('ann').publish('y', { data: { n: 2 } }), 'artifact-published');
    const trials = made.tries('p', event);
    expect(trials.map(({ about, would }) => [about, would])).toEqual([
      ['artifact-published y@2', []],
      ['artifact-stale x@1', ['contract-reopened c']],
    ]);
  });
});
