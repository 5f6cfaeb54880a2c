import { describe, expect, test } from 'vitest';
import type { Action } from '../../../src/model/pipeline/pipeline.ts';
import { refusal, Team } from '../../helpers/given.ts';
import type { Done } from '../../helpers/given.ts';
import { errors, fired, lines, notified, notify, on } from './rules.ts';

const snapshot = (name: string, label?: string): Action => ({
  type: 'snapshot',
  name,
  ...(label !== undefined && { label }),
});

const team = (...actions: readonly Action[]): Team => {
  const made = new Team();
  made.as('ann').create({ id: 'x' });
  made.as('ann').pipeline('p', on('artifact-published', ...actions));
  return made;
};

const trigger = (of: Team, data = {}): Done => of.as('bob').publish('d', { data });

const taken = ({ events }: Done): readonly object[] =>
  events.flatMap((event) => (event.type === 'snapshot-created' ? [event.snapshot] : []));

test('a rule looks at snapshots, but not at what becomes of a line as a whole', () => {
  const look = (type: string) => new Team().as('ann').pipeline('p', on(type, notify('carol')));
  expect(look('snapshot-created').lines).toContain('pipeline-created p');
  for (const type of [
    'line-rolled-back',
    'replay-started',
    'artifact-restored',
    'contract-replayed',
  ])
    expect(refusal(() => look(type)).message).toMatch(/trigger.type must be an event of/);
});

describe('the action snapshot', () => {
  test('names the state in the transaction that triggers it', () => {
    const done = trigger(team(snapshot('green', 'All tests pass')));
    expect(lines(done)).toEqual([
      'artifact-published d@1',
      'pipeline-fired p#1',
      'snapshot-created green',
    ]);
    expect(taken(done)).toEqual([
      { name: 'green', label: 'All tests pass', summary: '1 contract (1 ready), 1 artifact' },
    ]);
  });

  test('fills in its texts, and cuts what values make of the label', () => {
    const made = team(
      snapshot('d-${artifact.version}', 'By ${event.agent}: ${data.long}${data.long}${data.long}'),
    );
    expect(taken(trigger(made, { long: 'x'.repeat(300) }))[0]).toMatchObject({
      name: 'd-1',
      label: expect.stringMatching(/^By bob: x{199}…x/) as string,
    });
    const [second] = taken(trigger(made, { long: 'y' })) as { label: string }[];
    expect(second).toMatchObject({ name: 'd-2', label: 'By bob: yyy' });
    const endless = team(snapshot('s', '${data.long}'.repeat(20)));
    const [one] = taken(trigger(endless, { long: 'x'.repeat(300) })) as { label: string }[];
    expect(one?.label).toHaveLength(500);
  });

  test('takes the next number where the name is taken, also twice in one transaction', () => {
    const made = team(snapshot('green'), snapshot('green'));
    expect(lines(trigger(made)).slice(2)).toEqual([
      'snapshot-created green',
      'snapshot-created green-2',
    ]);
    expect(lines(trigger(made)).slice(2)).toEqual([
      'snapshot-created green-3',
      'snapshot-created green-4',
    ]);
  });

  test.each([
    ['release-${data.n}', 'release-A 1'],
    ['${data.none}', '∅'],
    ['${data.name}', 'replay/x'],
  ])('that cannot be named %s is told to the owner, and the others go on', (name, said) => {
    const made = team(snapshot(name), notify('carol'));
    const done = trigger(made, { n: 'A 1', name: 'replay/x' });
    expect(errors(done).at(-1)).toContain(`p#1 snapshot: name must be`);
    expect(errors(done).at(-1)).toContain(said);
    expect(done.told).toContain('ann pipeline-erred p');
    expect(notified(done)).toEqual(['carol: Look.']);
  });

  test('is refused with the pipeline where no value can make its name right', () => {
    for (const name of ['main', 'Upper', 'a..b', 'replay/${data.x}', '${data.x} ', ''])
      expect(refusal(() => team(snapshot(name))).message).toMatch(/name must be/);
  });

  test('that triggers itself comes to an end: the publish stays, its pipeline is paused', () => {
    const made = new Team();
    made
      .as('ann')
      .pipeline(
        'p',
        on('artifact-published', snapshot('s')),
        on('snapshot-created', snapshot('s')),
      );
    const done = trigger(made);
    expect(lines(done)).toEqual(['artifact-published d@1', 'pipeline-paused p']);
    expect(fired(done)).toEqual([]);
  });
});
