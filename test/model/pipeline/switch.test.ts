import { describe, expect, test } from 'vitest';
import { emptyView, refusal, Team } from '../../helpers/given.ts';
import { fired, lead, lines, notify, on } from './rules.ts';

const rule = on('artifact-published', notify('carol'));

const made = (): Team => {
  const team = new Team();
  lead(team, 'lena');
  team.as('ann').pipeline('p', rule);
  return team;
};

describe('a pipeline', () => {
  test('is its maker’s; the same again changes nothing', () => {
    const team = made();
    expect(team.pipeline('p')).toMatchObject({ id: 'p', owner: 'ann', language: 'cel' });
    team.wait(10);
    expect(lines(team.as('ann').pipeline('p', rule))).toEqual([]);
    expect(lines(team.as('ann').pipeline('p', rule, rule))).toEqual(['pipeline-changed p']);
    expect(fired(team.as('bob').publish('d'))).toEqual(['p#1', 'p#2']);
  });

  test('triggers nothing by being made or changed', () => {
    const team = new Team();
    const done = team.as('ann').pipeline('p', on('agent-registered', notify('carol')));
    // The maker is seen for the first time in the same transaction: the pipeline is there by then.
    expect(done.lines.slice(0, 2)).toEqual(['agent-registered ann', 'pipeline-created p']);
    expect(fired(team.as('ann').pipeline('p', rule))).toEqual([]);
  });

  test('does not fire while it is paused', () => {
    const team = made();
    expect(lines(team.as('ann').pause('p'))).toEqual(['pipeline-paused p']);
    expect(team.pipeline('p').paused).toMatchObject({ by: 'ann', text: 'paused by hand' });
    expect(lines(team.as('ann').pause('p'))).toEqual([]);
    expect(fired(team.as('bob').publish('d'))).toEqual([]);
    team.as('ann').pipeline('p', rule, rule);
    expect(fired(team.as('bob').publish('d'))).toEqual([]);
    expect(lines(team.as('ann').resume('p'))).toEqual(['pipeline-resumed p']);
    expect(lines(team.as('ann').resume('p'))).toEqual([]);
    expect(fired(team.as('bob').publish('d'))).toEqual(['p#1', 'p#2']);
  });

  test('is gone once it is removed, and may be made anew by anybody', () => {
    const team = made();
    expect(lines(team.as('ann').remove('p'))).toEqual(['pipeline-removed p']);
    expect(fired(team.as('bob').publish('d'))).toEqual([]);
    expect(team.view.pipelines()).toEqual([]);
    expect(refusal(() => team.as('ann').remove('p')).code).toBe('NOT_FOUND');
    team.as('carol').pipeline('p', rule);
    expect(team.pipeline('p').owner).toBe('carol');
  });

  test('is changed, paused, resumed and removed by its owner or the lead only', () => {
    const team = made();
    const bob = team.as('bob');
    for (const [word, does] of [
      ['changed', () => bob.pipeline('p', rule, rule)],
      ['paused', () => bob.pause('p')],
      ['resumed', () => bob.resume('p')],
      ['removed', () => bob.remove('p')],
    ] as const) {
      const error = refusal(does);
      expect(error.code).toBe('NOT_ALLOWED');
      expect(error.message).toBe(
        `p can be ${word} by its owner, ann or the lead, lena, not by bob; nothing was changed.`,
      );
    }
    team.as('lena').pipeline('p', rule, rule);
    expect(team.pipeline('p').owner).toBe('ann');
    team.as('lena').pause('p', 'Too loud.');
    expect(team.pipeline('p').paused).toMatchObject({ by: 'lena', text: 'Too loud.' });
    team.as('lena').remove('p');
  });

  test('has 1 to 50 rules of 1 to 20 actions', () => {
    const team = made();
    const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
    const refused = (...rules: Parameters<ReturnType<Team['as']>['pipeline']>[1][]): string =>
      refusal(() => team.as('ann').pipeline('q', ...rules)).message;
    expect(refused()).toBe('q: rules must be 1 to 50 rules; got 0.');
    expect(refused(...times(51, rule))).toBe('q: rules must be 1 to 50 rules; got 51.');
    expect(refused(on('artifact-published'))).toBe(
      'q: rules[0].actions must be 1 to 20 actions; got 0.',
    );
    expect(refused(on('artifact-published', ...times(21, notify('carol'))))).toMatch(/got 21\.$/);
    team.as('ann').pipeline('q', ...times(50, on('message-sent', ...times(20, notify('carol')))));
  });

  test('is one of at most a thousand on its line', () => {
    const team = made();
    const full = new Team({
      ...emptyView,
      pipeline: (id) => (id === 'p' ? team.pipeline('p') : undefined),
      pipelines: () => Array.from({ length: 1000 }, () => team.pipeline('p')),
    });
    expect(refusal(() => full.as('ann').pipeline('q', rule)).code).toBe('NOT_ALLOWED');
    expect(lines(full.as('ann').pipeline('p', rule, rule))).toEqual(['pipeline-changed p']);
  });
});
