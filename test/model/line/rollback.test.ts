import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Contract } from '../../../src/model/contract/contract.ts';
import { ConcordError } from '../../../src/model/error.ts';
import type { Rule } from '../../../src/model/pipeline/pipeline.ts';
import type { View } from '../../../src/model/view.ts';
import { expects, needs, refusal, Team } from '../../helpers/given.ts';

const output = (id: string) => expects('document', { artifactId: id });

const rule: Rule = {
  trigger: { type: 'artifact-published', artifactId: 'x' },
  actions: [{ type: 'notify_session', target: 'qa', message: 'x' }],
};

/** a completed with a@1, b in progress with dev, pipelines on and off. */
const started = (): Team => {
  const team = new Team();
  team.as('ann').create({ id: 'a', ...output('a') }, { id: 'b', ...needs('a'), ...output('b') });
  team.as('dev').claim('a');
  team.as('dev').publish('a');
  team.as('ann').pipeline('on', rule);
  team.as('ann').pipeline('off', rule);
  team.as('ann').pause('off', 'not now');
  return team;
};

describe('a rollback', () => {
  test('takes contracts and latest artifacts back, and says so in one transaction', () => {
    const team = started();
    const then = team.mark();
    team.as('dev').claim('b');
    team.as('dev').publish('b');
    team.as('ann').create({ id: 'new' });
    team.as('ann').publish('a', { data: { n: 2 } });
    const { lines } = team.rollback(then, 'REST was wrong');
    expect(lines.slice(0, 2)).toEqual([
      'line-rolled-back then',
      'snapshot-created before-rollback',
    ]);
    expect(lines.slice(2).toSorted()).toEqual([
      'artifact-restored a@1',
      'artifact-withdrawn b',
      'contract-restored b',
      'contract-withdrawn new',
    ]);
    expect(team.says('a', 'b')).toBe('a completed, b ready');
    expect(team.view.contract('new')).toBeUndefined();
    expect(team.view.highest('a')).toBe(2);
    expect(team.as('ann').publish('a', { data: { n: 3 } }).lines).toContain(
      'artifact-published a@3',
    );
  });

  test('voids every claim, of then and of now, and tells the holders', () => {
    const team = started();
    team.as('ann').create({ id: 'c', ...output('c') }, { id: 'd', ...output('d') });
    team.as('dev').claim('b');
    const then = team.mark();
    team.as('qa').claim('c');
    team.as('ops').claim('d');
    const { told } = team.rollback(then);
    expect(told.toSorted()).toEqual([
      'dev contract-restored b',
      'ops contract-restored d',
      'qa contract-restored c',
    ]);
    for (const id of ['b', 'c', 'd']) {
      expect(team.status(id)).toBe('ready');
      expect(team.contract(id).claim).toBeUndefined();
    }
    expect(refusal(() => team.as('dev').publish('b', { contract: 'b' })).code).toBe('CLAIM_LOST');
    team.as('dev').claim('b');
    expect(team.contract('b')).toMatchObject({ attempt: 1, claim: { agent: 'dev' } });
  });

  test('lets agents, types and what was not touched as they are', () => {
    const team = started();
    const then = team.mark();
    team.as('late').publish('x');
    const before = team.view.agents().map(({ name }) => name);
    expect(before).toContain('late');
    const { lines } = team.rollback(then);
    expect(team.view.agents().map(({ name }) => name)).toEqual(before);
    expect(lines).toEqual([
      'line-rolled-back then',
      'snapshot-created before-rollback',
      'artifact-withdrawn x',
    ]);
  });

  test.each([[''], ['  ']])('needs a reason: %j is none', (reason) => {
    const team = started();
    const then = team.mark();
    team.as('ann').publish('x');
    const error = refusal(() => team.rollback(then, reason));
    expect(error).toMatchObject({ code: 'INVALID' });
    expect(error.message).toMatch(/reason/);
  });

  test('is refused where nothing would change', () => {
    const team = started();
    expect(refusal(() => team.rollback(team.mark())).message).toMatch(/The line is as it was/);
    const then = team.mark();
    team.as('ann').publish('y');
    team.rollback(then);
    expect(refusal(() => team.rollback(then)).code).toBe('NOT_ALLOWED');
  });

  test('opens the way back each time, under a name of its own', () => {
    const team = started();
    const then = team.mark();
    const names = [1, 2, 3].map((n) => {
      team.as('ann').publish('x', { data: { n } });
      return team.rollback(then).lines[1];
    });
    expect(names).toEqual([
      'snapshot-created before-rollback',
      'snapshot-created before-rollback-2',
      'snapshot-created before-rollback-3',
    ]);
  });

  test('and back again is what it was, but for claims', () => {
    const team = started();
    const then = team.mark();
    team.as('dev').claim('b');
    team.as('dev').publish('b');
    team.as('ann').create({ id: 'new' });
    const later = team.mark();
    team.rollback(then);
    team.rollback(later);
    expect(stateOf(team.view)).toEqual(stateOf(later.view));
  });
});

describe('pipelines of a line that goes back', () => {
  const paused = (team: Team, id: string): string | undefined => team.pipeline(id).paused?.text;

  test('that are newer stay, and are paused', () => {
    const team = started();
    const then = team.mark();
    team.as('ann').pipeline('new', rule);
    team.rollback(then);
    expect(paused(team, 'new')).toMatch(/went back to then/);
  });

  test('that were changed are as they were', () => {
    const team = started();
    const then = team.mark();
    team.as('ann').pipeline('on', { ...rule, condition: 'never' });
    team.rollback(then);
    expect(team.pipeline('on').rules).toEqual([rule]);
    expect(team.pipeline('on').paused).toBeUndefined();
  });

  test('that are paused now stay so, whoever let them run then', () => {
    const team = started();
    const then = team.mark();
    team.as('ann').pause('on', 'it was wrong');
    team.as('ann').publish('y');
    team.rollback(then);
    expect(paused(team, 'on')).toBe('it was wrong');
  });

  test('that were removed return, paused; those paused then and running now are paused again', () => {
    const team = started();
    const then = team.mark();
    team.as('ann').remove('on');
    team.as('ann').resume('off');
    team.rollback(then);
    expect(team.view.pipeline('on')?.paused).toBeDefined();
    expect(paused(team, 'off')).toBe('not now');
  });

  test('do not run on it', () => {
    const team = started();
    team.as('ann').publish('x', { data: { n: 1 } });
    const then = team.mark();
    team.as('ann').publish('x', { data: { n: 2 } });
    expect(team.rollback(then).lines.filter((line) => line.startsWith('pipeline-'))).toEqual([]);
  });
});

const withoutClaim = (contract: Contract | undefined): unknown => {
  if (contract?.status !== 'in_progress') return contract;
  const { claim: _claim, ...rest } = contract;
  return { ...rest, status: 'ready' };
};

const ids = ['a', 'b', 'c', 'd', 'x', 'y', 'new'];

/** Contracts without their claims, and the latest versions. */
const stateOf = (view: View): unknown =>
  ids.map((id) => [withoutClaim(view.contract(id)), view.latest(id)]);

const id = fc.constantFrom(...ids.slice(0, 4));
const who = fc.constantFrom('dev', 'qa');
const step = fc.oneof(
  fc.tuple(fc.constant('claim' as const), who, id),
  fc.tuple(fc.constant('publish' as const), who, id),
  fc.tuple(fc.constant('release' as const), who, id),
  fc.tuple(fc.constant('fail' as const), who, id),
  fc.tuple(fc.constant('reopen' as const), who, id),
  fc.tuple(fc.constant('cancel' as const), who, id),
  fc.tuple(fc.constant('complete' as const), who, id),
);

test('taken back to any moment, a line is as it was then but for claims', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.nat(25), fc.nat(25), (steps, one, other) => {
      const team = new Team();
      team
        .as('dev')
        .create(
          { id: 'a', ...output('a') },
          { id: 'b', ...output('b'), ...needs('a') },
          { id: 'c', ...output('c'), ...needs('b') },
          { id: 'd', maxAttempts: 1 },
        );
      const marks = [team.mark()];
      let n = 0;
      const allowed = (run: () => unknown): void => {
        try {
          run();
        } catch (error) {
          if (!(error instanceof ConcordError)) throw error;
        }
      };
      for (const [verb, agent, contract] of steps) {
        const member = team.as(agent);
        allowed(() =>
          verb === 'publish'
            ? member.publish(contract, { data: { n: (n += 1) } })
            : member[verb](contract),
        );
        marks.push(team.mark());
      }
      for (const at of [one, other]) {
        const then = marks[at % marks.length] ?? team.mark();
        allowed(() => team.rollback(then));
        expect(stateOf(team.view)).toEqual(stateOf(then.view));
      }
    }),
    { numRuns: 60 },
  );
});
