import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPipelineEvent } from '../../../src/model/event.ts';
import { pipelineKeys, watching } from '../../../src/model/pipeline/pipeline.ts';
import type { Action, Rule } from '../../../src/model/pipeline/pipeline.ts';
import { firingLimit } from '../../../src/model/pipeline/pipelines.ts';
import { Team } from '../../helpers/given.ts';
import {
  artifacts,
  attempt,
  checkEvents,
  checkState,
  commands,
  contractId,
  optional,
  type,
} from '../contract/commands.ts';
import type { Command } from '../contract/commands.ts';
import { cancel, create, fail, notify, reopen } from './rules.ts';

const triggerTypes = [
  'artifact-published',
  'artifact-published',
  'artifact-stale',
  'agent-registered',
  'contract-created',
  'contract-ready',
  'contract-claimed',
  'contract-completed',
  'contract-failed',
  'contract-noted',
  'contract-output',
  'contract-reopened',
  'contract-reset',
  'contract-cancelled',
];

const target = fc.oneof(
  { weight: 4, arbitrary: contractId },
  fc.constantFrom('nope', 'made', '${contract.id}', '${artifact.contract}', '${data.failed}'),
);
const text = fc.constantFrom(
  'It is so.',
  '${data.failed} failed',
  '${event.cause}',
  '${data.none}',
);

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.tuple(target, text).map(([to, message]) => notify(to, message)),
  { weight: 4, arbitrary: fc.tuple(target, text).map(([id, why]) => reopen(id, why)) },
  fc.tuple(target, text).map(([id, why]) => fail(id, why)),
  fc.tuple(target, text).map(([id, why]) => cancel(id, why)),
  fc
    .tuple(fc.constantFrom('made', '${artifact.id}', 'c1'), fc.option(contractId))
    .map(([id, needed]) =>
      create({ contractId: id, ...(needed !== null && { dependencies: [needed] }) }),
    ),
);

const rule: fc.Arbitrary<Rule> = fc
  .record({
    trigger: fc.record({
      type: fc.constantFrom(...triggerTypes),
      artifactType: fc.option(type, { nil: undefined, freq: 3 }),
      contractId: fc.option(contractId, { nil: undefined, freq: 3 }),
    }),
    condition: fc.option(
      fc.constantFrom('failed > 0', 'broken', 'status completed', 'status ready', 'never'),
      { nil: undefined, freq: 2 },
    ),
    actions: fc.array(action, { minLength: 1, maxLength: 3 }),
  })
  .map(({ trigger, condition, actions }) => ({
    trigger: {
      type: trigger.type,
      ...(trigger.type.startsWith('artifact') && optional('artifactType', trigger.artifactType)),
      ...optional('contractId', trigger.contractId),
    },
    ...optional('condition', condition),
    actions,
  }));

const pipelineId = fc.constantFrom('p0', 'p1', 'p2', 'p3');
const owner = fc.constantFrom('ann', 'bob');

const setting: fc.Arbitrary<Command> = fc
  .tuple(owner, pipelineId, fc.array(rule, { minLength: 1, maxLength: 3 }))
  .map(
    ([agent, id, rules]) =>
      (team) =>
        team.as(agent).pipeline(id, ...rules),
  );

const switching: fc.Arbitrary<Command> = fc
  .tuple(owner, pipelineId, fc.constantFrom('pause' as const, 'resume' as const, 'remove' as const))
  .map(
    ([agent, id, to]) =>
      (team) =>
        team.as(agent)[to](id),
  );

/** What is made of the others needs them to be out of date. */
const deriving: fc.Arbitrary<Command> = fc
  .tuple(owner, fc.constantFrom(...artifacts), fc.constantFrom(...artifacts), fc.nat(1))
  .map(
    ([agent, id, from, failed]) =>
      (team) =>
        team.as(agent, 'second').publish(id, { data: { failed }, derivedFrom: [from] }),
  );

const plays = fc
  .tuple(
    commands,
    fc.array(setting, { minLength: 1, maxLength: 4 }),
    fc.array(fc.tuple(fc.nat(50), fc.oneof(setting, switching, deriving, deriving)), {
      maxLength: 12,
    }),
  )
  .map(([run, first, more]): Command[] => {
    const [start, ...rest] = run;
    for (const [at, command] of more) rest.splice(at % (rest.length + 1), 0, command);
    return [...(start ? [start] : []), ...first, ...rest];
  });

describe('whatever rules there are, and whatever agents do', () => {
  test('each transaction ends, nothing but a refusal is thrown, and the cause is never lost', () => {
    const seen = { fired: 0, stopped: 0, erred: 0 };
    fc.assert(
      fc.property(plays, (run) => {
        const team = new Team();
        for (const does of run) {
          const { view } = team;
          const known = team.transactions.length;
          const events = team.history.length;
          attempt(() => does(team));
          // One command may be several transactions.
          checkEvents(view, team.history.slice(events));
          for (const one of team.transactions.slice(known)) {
            expect(one.events.slice(0, one.cause.length)).toEqual(one.cause);
            const of = one.events.filter(isPipelineEvent);
            const fired = of.filter((event) => event.type === 'pipeline-fired').length;
            const stopped = of.filter(
              (event) => event.type === 'pipeline-paused' && event.pipeline.paused?.pipeline,
            ).length;
            expect(fired).toBeLessThanOrEqual(firingLimit);
            if (stopped > 0) expect(fired).toBe(0);
            seen.fired += fired;
            seen.stopped += stopped;
            seen.erred += of.filter((event) => event.type === 'pipeline-erred').length;
          }
          checkState(team);
        }
        for (const trigger of triggerTypes)
          for (const list of [watching(trigger), watching(trigger, 'document')])
            expect([...team.view.places(list)]).toEqual(
              team.view
                .pipelines()
                .filter((pipeline) => pipelineKeys(pipeline).some(([key]) => key === list))
                .map(({ id }) => id)
                .sort(),
            );
      }),
      { numRuns: 200 },
    );
    // Else nothing was tested.
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(0);
  });

  test('the same commands give the same history', () => {
    fc.assert(
      fc.property(plays, (run) => {
        const histories = [1, 2].map(() => {
          const team = new Team();
          for (const does of run) attempt(() => does(team));
          return team.history;
        });
        expect(histories[0]).toEqual(histories[1]);
      }),
      { numRuns: 50 },
    );
  });

  test('a dry run never throws and never changes anything', () => {
    fc.assert(
      fc.property(plays, (run) => {
        const team = new Team();
        for (const does of run) attempt(() => does(team));
        const { view } = team;
        const past = team.history.length;
        for (const { id } of view.pipelines())
          for (const event of team.history.slice(-20)) team.tries(id, event);
        expect(team.view).toBe(view);
        expect(team.history).toHaveLength(past);
      }),
      { numRuns: 50 },
    );
  });
});
