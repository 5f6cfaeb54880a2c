import { describe, expect, test } from 'vitest';
import { expects, needs, refusal, Team } from '../../helpers/given.ts';
import type { Mark } from '../../helpers/given.ts';

const output = (id: string) => expects('document', { artifactId: id });

/** a completed; b ready; c and d on their own, ready. */
const parted = (overrides = {}): { main: Team; replay: Team; mark: Mark } => {
  const main = new Team();
  main
    .as('ann')
    .create(
      { id: 'a', ...output('a') },
      { id: 'b', ...output('b'), ...needs('a') },
      { id: 'c', ...output('c') },
      { id: 'd', ...output('d') },
    );
  main.as('dev').claim('a');
  main.as('dev').publish('a');
  const mark = main.mark();
  const { line: replay } = main.replay(mark, overrides);
  return { main, replay, mark };
};

const doIt = (team: Team, id: string, data: object = {}, agent = 'dev'): void => {
  team.as(agent).claim(id);
  team.as(agent).publish(id, { contract: id, data: { ...data } });
};

describe('an adopted replay', () => {
  test('brings what it alone has changed; what main alone has changed stays', () => {
    const { main, replay, mark } = parted();
    doIt(main, 'c', { by: 'main' });
    doIt(replay, 'b', { by: 'replay' });
    const { lines } = main.adopt(replay, mark);
    expect(lines).toEqual([
      'replay-adopted replay/a',
      'snapshot-created before-adopt',
      'contract-restored b',
      'artifact-restored b@1',
    ]);
    expect(main.says('a', 'b', 'c', 'd')).toBe('a completed, b completed, c completed, d ready');
    expect(main.view.latest('c')?.version).toBe(1);
  });

  test('is refused with the list of all that both have changed, and nothing is done', () => {
    const { main, replay, mark } = parted();
    doIt(main, 'b', { by: 'main' });
    for (const n of [1, 2]) main.as('ann').publish('notes', { data: { by: 'main', n } });
    doIt(replay, 'b', { by: 'replay' });
    replay.as('ann').publish('notes', { data: { by: 'replay' } });
    doIt(replay, 'd');
    const before = main.view;
    const error = refusal(() => main.adopt(replay, mark));
    expect(error.code).toBe('CONFLICT');
    for (const one of [
      'contract b: main completed, replay completed',
      'artifact notes: main notes@2, replay notes@1',
    ])
      expect(error.message).toContain(one);
    expect(error.message).not.toMatch(/contract d/);
    expect(main.view).toBe(before);
  });

  test('takes the side of the replay where it is told to; what main made stays readable', () => {
    const { main, replay, mark } = parted({ a: { title: 'Other' } });
    doIt(main, 'b', { by: 'main' });
    doIt(replay, 'a', { by: 'replay' });
    main.adopt(replay, mark, 'replay');
    expect(main.contract('a')).toMatchObject({ title: 'Other', status: 'completed' });
    expect(main.view.artifact('b', 1)?.data).toEqual({ by: 'main' });
  });

  test('is no conflict where both came to the same', () => {
    const { main, replay, mark } = parted();
    main.as('ann').publish('notes', { data: { same: 1 } });
    replay.as('ann').publish('notes', { data: { same: 1 } });
    doIt(replay, 'd');
    expect(main.adopt(replay, mark).lines).toContain('contract-restored d');
  });

  test("voids main's claim on what is replaced, and tells the holder; one on something else goes on", () => {
    const { main, replay, mark } = parted();
    main.as('qa').claim('b');
    main.as('ops').claim('c');
    doIt(replay, 'b');
    const { told } = main.adopt(replay, mark, 'replay');
    expect(told).toContain('qa contract-restored b');
    expect(told.join()).not.toMatch(/ops/);
    expect(refusal(() => main.as('qa').publish('b', { contract: 'b' })).code).toBe('CLAIM_LOST');
    main.as('ops').publish('c', { contract: 'c' });
    expect(main.status('c')).toBe('completed');
  });

  test("lets the replay's claims go on as main's", () => {
    const { main, replay, mark } = parted();
    replay.as('qa').claim('b');
    const { claim } = replay.contract('b');
    const { told } = main.adopt(replay, mark);
    expect(main.contract('b')).toMatchObject({ status: 'in_progress', claim });
    expect(told.join()).not.toMatch(/qa/);
  });

  test('makes ready what its results allow, and blocked what they do not', () => {
    const { main, replay, mark } = parted({ a: { title: 'Other' } });
    main.as('ann').create({ id: 'late', ...needs('b') }, { id: 'on-a', ...needs('a') });
    expect(main.says('late', 'on-a')).toBe('late pending, on-a ready');
    const { lines } = main.adopt(replay, mark);
    expect(lines).toContain('contract-blocked on-a');
    expect(main.says('a', 'b', 'late', 'on-a')).toBe(
      'a ready, b pending, late pending, on-a pending',
    );
    doIt(main, 'a', { again: 1 });
    expect(main.says('b', 'on-a')).toBe('b ready, on-a ready');
  });

  test('brings what it has made anew, and takes away what it has taken away', () => {
    const { main, replay, mark } = parted();
    replay.as('ann').create({ id: 'new', ...needs('b') });
    replay.as('newcomer').pipeline('p', {
      trigger: { type: 'artifact-published', artifactId: 'x' },
      actions: [{ type: 'notify_session', target: 'qa', message: 'x' }],
    });
    replay.as('ann').cancel('d');
    const { lines } = main.adopt(replay, mark);
    expect(lines).toEqual(
      expect.arrayContaining([
        'contract-restored new',
        'contract-restored d',
        'pipeline-created p',
        'agent-registered newcomer',
      ]),
    );
    expect(main.says('new', 'd')).toBe('new pending, d cancelled');
  });

  test('changes nothing but the line where it has done nothing', () => {
    const { main, replay, mark } = parted();
    expect(main.adopt(replay, mark).lines).toEqual([
      'replay-adopted replay/a',
      'snapshot-created before-adopt',
    ]);
  });
});
