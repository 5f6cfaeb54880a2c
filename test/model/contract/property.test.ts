import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dependency } from '../../../src/model/contract/contract.ts';
import { keysOf, lists } from '../../../src/model/contract/keys.ts';
import { isContractEvent } from '../../../src/model/event.ts';
import { reactions } from '../../../src/model/contract/reactions.ts';
import { Overlay } from '../../../src/model/overlay.ts';
import { circumstances, Team } from '../../helpers/given.ts';
import { all, artifacts, attempt, checkEvents, checkState, commands } from './commands.ts';

describe('the order in which the same facts arrive', () => {
  type Fact = {
    readonly name: string;
    readonly does: (team: Team) => unknown;
    readonly after: readonly string[];
  };

  /** A plan: each contract needs some before it, and perhaps an artifact; all of which are completed that can be. */
  const plan = fc
    .array(
      fc.record({
        before: fc.subarray([0, 1, 2, 3, 4]),
        artifact: fc.option(fc.constantFrom(...artifacts)),
        where: fc.boolean(),
        done: fc.boolean(),
      }),
      { minLength: 2, maxLength: 6 },
    )
    .map((rows): Fact[] => {
      const done = new Set<number>();
      const facts = rows.flatMap(({ before, artifact, where, done: wanted }, n): Fact[] => {
        const needed = before.filter((one) => one < n);
        const id = `c${n}`;
        const dependencies: Dependency[] = [
          ...needed.map((one) => ({ type: 'contract' as const, contractId: `c${one}` })),
          ...(artifact === null
            ? []
            : [
                {
                  type: 'artifact' as const,
                  artifactId: artifact,
                  ...(where && { where: 'failed == 0' }),
                },
              ]),
        ];
        const made: Fact = {
          name: `create ${id}`,
          does: (team) =>
            team.as('ann').create({
              id,
              dependencies,
              expectedOutputs: [
                { artifactType: 'document', artifactId: `out-${n}`, required: true },
              ],
            }),
          after: needed.map((one) => `create c${one}`),
        };
        // What a later version could take away again is claimed in some orders only.
        if (!wanted || where || needed.some((one) => !done.has(one))) return [made];
        done.add(n);
        const finished: Fact = {
          name: `finish ${id}`,
          does: (team) => {
            team.as(`agent-${n}`).claim(id);
            team.as(`agent-${n}`).publish(`out-${n}`, { contract: id });
          },
          after: [
            `create ${id}`,
            ...needed.map((one) => `finish c${one}`),
            ...(artifact === null ? [] : [`publish ${artifact} 1`]),
          ],
        };
        return [made, finished];
      });
      const versions = artifacts.flatMap((id) =>
        [1, 0].map((failed, n): Fact => ({
          name: `publish ${id} ${n + 1}`,
          does: (team) => team.as('dave').publish(id, { data: { failed } }),
          after: n === 0 ? [] : [`publish ${id} ${n}`],
        })),
      );
      return [...facts, ...versions];
    });

  /** Each fact as early as its number says, but after what it needs. */
  const play = (facts: readonly Fact[], order: readonly number[]): string[] => {
    const team = new Team();
    const open = facts
      .map((fact, n) => ({ fact, at: order[n] ?? 0 }))
      .sort((a, b) => a.at - b.at)
      .map(({ fact }) => fact);
    const happened = new Set<string>();
    while (open.length > 0) {
      const next = open.findIndex(({ after }) => after.every((name) => happened.has(name)));
      const [fact] = open.splice(next, 1);
      fact?.does(team);
      happened.add(fact?.name ?? '');
    }
    return all(team).map(
      ({ id, status, round, attempt: tries }) => `${id} ${status} ${round} ${tries}`,
    );
  };

  test('makes no difference', () => {
    const order = fc.array(fc.nat(1000), { minLength: 18, maxLength: 18 });
    fc.assert(
      fc.property(plan, order, order, (facts, one, other) => {
        expect(play(facts, one)).toEqual(play(facts, other));
      }),
      { numRuns: 150 },
    );
  });
});

const sorted = (places: Iterable<string>): string[] => [...places].sort();

describe('whatever agents do', () => {
  test('nothing but a refusal is thrown, every move is in the table, and the state is sound', () => {
    fc.assert(
      fc.property(commands, (run) => {
        const team = new Team();
        for (const does of run) {
          const { view } = team;
          const known = team.history.length;
          const done = attempt(() => does(team));
          const events = team.history.slice(known);
          if (!done) expect(events).toEqual([]);
          checkEvents(view, events);
          checkState(team);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('the lists of a state are those of its contracts, in order', () => {
    fc.assert(
      fc.property(commands, (run) => {
        const team = new Team();
        const names = new Set<string>([lists.lease]);
        for (const does of run) attempt(() => does(team));
        const expected = new Map<string, string[]>();
        for (const event of team.history.filter(isContractEvent))
          for (const [list] of keysOf(event.contract)) names.add(list);
        for (const contract of all(team))
          for (const [list, place] of keysOf(contract))
            expected.set(list, [...(expected.get(list) ?? []), place]);
        for (const list of names) {
          const found = [...team.view.places(list)];
          expect(found).toEqual(sorted(new Set(expected.get(list) ?? [])));
        }
      }),
      { numRuns: 150 },
    );
  });

  test('the reactions find nothing more when asked again', () => {
    fc.assert(
      fc.property(commands, (run) => {
        const team = new Team();
        for (const does of run) {
          const { view } = team;
          const known = team.history.length;
          attempt(() => does(team));
          const events = team.history.slice(known);
          const overlay = new Overlay(view);
          for (const event of events) overlay.apply(event);
          const steps = [...reactions.before, ...reactions.after];
          const after = steps.flatMap((step) => step(events, overlay, circumstances()));
          expect(after.filter(({ type: what }) => what !== 'contract-noted')).toEqual([]);
        }
      }),
      { numRuns: 100 },
    );
  });
});
