import { describe, expect, test } from 'vitest';
import { publish } from '../../src/model/artifact.ts';
import { eventLine } from '../../src/model/event.ts';
import type { Event } from '../../src/model/event.ts';
import { Overlay } from '../../src/model/overlay.ts';
import { roundLimit, settle } from '../../src/model/react.ts';
import type { Step } from '../../src/model/react.ts';
import { Transaction } from '../../src/model/transaction.ts';
import { circumstances, emptyView, published, request, time, types } from '../helpers/given.ts';

const registered = (name: string): Event => ({
  type: 'agent-registered',
  agent: { name, registered: time },
});

const namesIn = (happened: readonly Event[]): readonly string[] =>
  happened.flatMap((event) => (event.type === 'agent-registered' ? [event.agent.name] : []));

/** The registration of a0 leads to a1, of a1 to a2 ... up to the last. */
const upTo =
  (last: number): Step =>
  (happened, view) =>
    namesIn(happened)
      .map((name) => Number(name.slice(1)) + 1)
      .filter((next) => next <= last && !view.agent(`a${next}`))
      .map((next) => registered(`a${next}`));

/** What happens, in order, and whether it came to an end. */
const settled = (
  cause: readonly Event[],
  steps: readonly Step[],
  given = circumstances(),
): { readonly lines: readonly string[]; readonly ended: boolean } => {
  const overlay = new Overlay(emptyView);
  const lines: string[] = [];
  const ended = settle(steps, overlay, cause, given, (event) => {
    overlay.apply(event);
    lines.push(eventLine(event));
  });
  return { lines, ended };
};

const linesAfter = (cause: readonly Event[], ...steps: readonly Step[]): readonly string[] =>
  settled(cause, steps).lines;

describe('reactions', () => {
  test('follow from the cause and from each other, until nothing new follows', () => {
    expect(linesAfter([registered('a0')], upTo(3))).toEqual(
      ['a0', 'a1', 'a2', 'a3'].map((name) => `agent-registered ${name}`),
    );
  });

  test('see all events of a round at once, and the state that they left', () => {
    const seen: unknown[] = [];
    const look: Step = (happened, view) => {
      seen.push([
        namesIn(happened),
        ['a0', 'a1', 'bob'].map((name) => view.agent(name) !== undefined),
      ]);
      return [];
    };
    linesAfter([registered('a0'), registered('bob')], look, upTo(1));
    expect(seen).toEqual([
      [
        ['a0', 'bob'],
        [true, false, true],
      ],
      [['a1'], [true, true, true]],
    ]);
  });

  test('of a step are seen by the steps after it in the same round, by those before it in the next', () => {
    const seen: string[] = [];
    const look =
      (word: string): Step =>
      (happened) => {
        seen.push(`${word}: ${namesIn(happened).join(' ')}`);
        return [];
      };
    linesAfter([registered('a0')], look('first'), upTo(1), look('last'));
    expect(seen).toEqual(['first: a0', 'last: a0 a1', 'first: a1', 'last: a1']);
  });

  test('of all steps come in the order of the steps', () => {
    const say =
      (word: string): Step =>
      (happened, view) =>
        namesIn(happened).includes('a0') && !view.agent(word) ? [registered(word)] : [];
    expect(linesAfter([registered('a0')], say('x'), say('y'))).toEqual([
      'agent-registered a0',
      'agent-registered x',
      'agent-registered y',
    ]);
  });

  test('are told who did it, when, and by which operation', () => {
    const given = circumstances({ agent: 'bob', op: '01ABC' });
    const look: Step = (_happened, _view, told) => {
      expect(told).toBe(given);
      return [];
    };
    settled([registered('a0')], [look], given);
    expect.assertions(1);
  });

  test('do not run when nothing happened', () => {
    const never: Step = () => expect.fail('a step ran');
    expect(linesAfter([], never)).toEqual([]);
  });

  test('may need nearly every round there is: the last one has to bring nothing', () => {
    const enough = settled([registered('a0')], [upTo(roundLimit - 1)]);
    expect(enough.ended).toBe(true);
    expect(enough.lines.at(-1)).toBe(`agent-registered a${roundLimit - 1}`);
    expect(settled([registered('a0')], [upTo(roundLimit)]).ended).toBe(false);
  });

  test('of a step that triggers itself are stopped, and it is said that more would follow', () => {
    let rounds = 0;
    const runaway: Step = () => {
      rounds += 1;
      return [registered('again')];
    };
    const { lines, ended } = settled([registered('cause')], [runaway]);
    expect(ended).toBe(false);
    expect(lines[0]).toBe('agent-registered cause');
    expect(rounds).toBe(roundLimit);
  });
});

describe('a transaction', () => {
  const open = (): Transaction => new Transaction(emptyView, circumstances());

  test('shows each step what the steps before it did', () => {
    const transaction = open();
    const api = { id: 'api', type: 'document' };
    transaction.append(publish(transaction.view, request(api), types));
    transaction.append(
      publish(transaction.view, request({ ...api, id: 'b', derivedFrom: ['api'] }), types),
    );
    expect(transaction.events.map(eventLine)).toEqual([
      'agent-registered ann',
      'artifact-published api@1',
      'artifact-published b@1',
    ]);
  });

  test('refuses a second version of one artifact: a commit has one file for it', () => {
    const transaction = open();
    const again = (): void =>
      transaction.append(publish(transaction.view, request({ type: 'document' }), types));
    again();
    expect(again).toThrow(/x would get two versions in one transaction/);
  });

  test('never changes the state it began with', () => {
    const base = open();
    base.append(published({ id: 'x' }));
    const next = new Transaction(base.view, circumstances());
    next.append(publish(next.view, request({ id: 'x' }), types));
    expect(next.view.latest('x')?.version).toBe(2);
    expect(base.view.latest('x')?.version).toBe(1);
    expect(base.view.has('x', 2)).toBe(false);
  });

  test('shows the state after, and what was there before', () => {
    const base = open();
    const settings = { format: 1, created: time };
    const plan = { type: 'plan', version: 1, publisher: 'ann', time, schema: {} };
    base.append([
      { type: 'store-created', settings },
      { type: 'type-registered', registered: plan },
    ]);
    const { view } = new Transaction(base.view, circumstances());
    expect(view.settings()).toEqual(settings);
    expect(view.registeredType('plan')).toEqual(plan);
    expect(view.agent('nobody')).toBeUndefined();
    const next = new Transaction(view, circumstances());
    next.append(published({ id: 'x', content: () => 'hash' }));
    expect(next.view.latest('x')).toEqual({ version: 1, type: 'document', content: 'hash' });
    expect(next.view.highest('x')).toBe(1);
    expect(next.view.typeOf('x')).toBe('document');
    expect(next.view.has('x', 1)).toBe(true);
    expect(next.view.settings()).toEqual(settings);
  });

  test('lists what changed once, in order of first change', () => {
    const transaction = open();
    transaction.append(published({ id: 'a' }, { id: 'b' }));
    transaction.append([registered('ann')]);
    expect(transaction.changes().map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      'agent ann',
      'artifact a',
      'artifact b',
    ]);
  });

  test('without events changes nothing', () => {
    const transaction = open();
    transaction.append([]);
    expect(transaction.events).toEqual([]);
    expect(transaction.changes()).toEqual([]);
  });
});
