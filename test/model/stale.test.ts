import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allStale } from '../../src/model/stale.ts';
import { history } from '../helpers/history.ts';
import type { Step } from '../helpers/history.ts';

/** "docs@1: api@1 -> api@2" for a cause, "docs@1 through api@2" for one only upstream. */
const staleAfter = (steps: readonly Step[], reads = false): readonly string[] =>
  allStale(history(...steps), reads).flatMap(({ ref, causes, through, indirect }) => [
    ...causes.map(({ derivedFrom, newer }) => `${ref}: ${derivedFrom} -> ${newer}`),
    ...(indirect ? [`${ref} through ${through.join(', ')}`] : []),
  ]);

describe('a latest version is stale', () => {
  test('when the latest of what it was made from has other content', () => {
    expect(
      staleAfter([
        ['api', 'A'],
        ['docs', 'D', 'api'],
        ['api', 'B'],
      ]),
    ).toEqual(['docs@1: api@1 -> api@2']);
  });

  test('through each of its inputs that moved on', () => {
    expect(
      staleAfter([
        ['a', '1'],
        ['b', '1'],
        ['c', '1'],
        ['x', 'X', 'a', 'b', 'c'],
        ['a', '2'],
        ['c', '2'],
      ]),
    ).toEqual(['x@1: a@1 -> a@2', 'x@1: c@1 -> c@2']);
  });

  test('and no longer so when it is made again', () => {
    const steps: Step[] = [
      ['api', 'A'],
      ['docs', 'D', 'api'],
      ['api', 'B'],
      ['docs', 'E', 'api'],
    ];
    expect(staleAfter(steps)).toEqual([]);
  });

  test('but older versions never are', () => {
    const steps: Step[] = [
      ['api', 'A'],
      ['docs', 'D', 'api'],
      ['api', 'B'],
      ['docs', 'E'],
    ];
    expect(staleAfter(steps)).toEqual([]);
  });
});

describe('a byte-identical republish', () => {
  test('makes nothing stale', () => {
    expect(
      staleAfter([
        ['api', 'A'],
        ['docs', 'D', 'api'],
        ['api', 'A'],
      ]),
    ).toEqual([]);
  });

  test('of content that stood before makes nothing stale that was made from it', () => {
    expect(
      staleAfter([
        ['api', 'A'],
        ['docs', 'D', 'api'],
        ['api', 'B'],
        ['api', 'A'],
      ]),
    ).toEqual([]);
  });

  test('does not heal what is stale already', () => {
    expect(
      staleAfter([
        ['api', 'A'],
        ['docs', 'D', 'api'],
        ['api', 'B'],
        ['api', 'B'],
      ]),
    ).toEqual(['docs@1: api@1 -> api@3']);
  });
});

describe('a loop that healed', () => {
  const broken: Step[] = [
    ['api', 'wrong'],
    ['tests', 'failed', 'api'],
    ['api', 'right', 'tests'],
  ];

  test('leaves the failed tests alone: the fix was made from them', () => {
    expect(staleAfter(broken)).toEqual([]);
  });

  test('counts only when the fix was made from what it heals', () => {
    const steps = broken.map(([id, content, ...from]): Step =>
      content === 'right' ? [id, content] : [id, content, ...from],
    );
    expect(staleAfter(steps)).toEqual(['tests@1: api@1 -> api@2']);
  });

  test('leaves nothing stale when the tests have run again', () => {
    expect(staleAfter([...broken, ['tests', 'passed', 'api']])).toEqual([]);
  });

  test('over more than one step leaves nothing stale either', () => {
    expect(staleAfter([...broken, ['build', 'ok', 'api'], ['tests', 'passed', 'build']])).toEqual(
      [],
    );
  });

  test('is stale again when the fix moves on', () => {
    const steps: Step[] = [...broken, ['tests', 'passed', 'api'], ['api', 'other']];
    expect(staleAfter(steps)).toEqual(['tests@2: api@2 -> api@3']);
  });
});

describe('of several versions of one input', () => {
  test('only the newest counts', () => {
    const steps: Step[] = [
      ['api', 'A'],
      ['api', 'B'],
      ['diff', 'D', 'api@1', 'api@2'],
    ];
    expect(staleAfter(steps)).toEqual([]);
    expect(staleAfter([...steps, ['api', 'C']])).toEqual(['diff@1: api@2 -> api@3']);
  });
});

describe('an older version, chosen on purpose,', () => {
  test('makes nothing stale', () => {
    const steps: Step[] = [
      ['api', 'A'],
      ['api', 'B'],
      ['docs', 'D', 'api@1'],
    ];
    expect(staleAfter(steps)).toEqual([]);
    expect(staleAfter([...steps, ['api', 'C']])).toEqual([]);
  });

  test('that was read makes nothing stale', () => {
    const steps: Step[] = [
      ['api', 'A'],
      ['api', 'B'],
      ['docs', 'D', 'read api@1 older'],
    ];
    expect(staleAfter(steps, true)).toEqual([]);
  });
});

describe('a version that was only read', () => {
  const steps: Step[] = [
    ['api', 'A'],
    ['docs', 'D', 'read api@1'],
    ['api', 'B'],
  ];

  test('makes nothing stale', () => expect(staleAfter(steps)).toEqual([]));

  test('makes something stale when reads are asked for', () => {
    expect(staleAfter(steps, true)).toEqual(['docs@1: api@1 -> api@2']);
  });

  test('passes nothing on, unless reads are asked for', () => {
    const further: Step[] = [
      ['s', '1'],
      ['api', 'A', 's'],
      ['docs', 'D', 'read api@1'],
      ['s', '2'],
    ];
    expect(staleAfter(further)).toEqual(['api@1: s@1 -> s@2']);
    expect(staleAfter(further, true)).toEqual(['api@1: s@1 -> s@2', 'docs@1 through api@1']);
  });
});

describe('something upstream that is stale', () => {
  const chain: Step[] = [
    ['s', '1'],
    ['api', 'A', 's'],
    ['docs', 'D', 'api'],
    ['site', 'W', 'docs'],
  ];

  test('makes all that stands on it stale, indirectly', () => {
    expect(staleAfter([...chain, ['s', '2']])).toEqual([
      'api@1: s@1 -> s@2',
      'docs@1 through api@1',
      'site@1 through api@1',
    ]);
  });

  test('is the cause only; made again, it makes its dependents stale themselves', () => {
    expect(staleAfter([...chain, ['s', '2'], ['api', 'B', 's']])).toEqual([
      'docs@1: api@1 -> api@2',
      'site@1 through docs@1',
    ]);
  });

  test('is listed once for each stale root, and causes of its own count first', () => {
    const two: Step[] = [
      ['a', '1'],
      ['b', '1'],
      ['x', 'X', 'a'],
      ['y', 'Y', 'b'],
      ['z', 'Z', 'x', 'y'],
    ];
    expect(staleAfter([...two, ['a', '2'], ['b', '2']])).toEqual([
      'x@1: a@1 -> a@2',
      'y@1: b@1 -> b@2',
      'z@1 through x@1, y@1',
    ]);
    expect(staleAfter([...two, ['a', '2'], ['y', 'Z']])).toEqual([
      'x@1: a@1 -> a@2',
      'z@1: y@1 -> y@2',
    ]);
  });

  test('reaches what was made from an older version that says the same', () => {
    expect(
      staleAfter([
        ['s', '1'],
        ['api', 'A'],
        ['docs', 'D', 'api'],
        ['api', 'A', 's'],
        ['s', '2'],
      ]),
    ).toEqual(['docs@1 through api@2', 'api@2: s@1 -> s@2']);
  });
});

test('an artifact made from its own earlier version is not stale', () => {
  expect(
    staleAfter([
      ['api', 'A'],
      ['api', 'B', 'api'],
      ['api', 'C', 'api@1'],
    ]),
  ).toEqual([]);
});

test('without loops, making each stale version again from the latest ends, in any order', () => {
  const ids = ['a', 'b', 'c', 'd'];
  const wish = fc.tuple(fc.constantFrom(...ids), fc.subarray(ids), fc.nat(2));
  fc.assert(
    fc.property(fc.array(wish, { minLength: 1, maxLength: 12 }), fc.nat(5), (wishes, pick) => {
      const steps: Step[] = [];
      const there = new Set<string>();
      for (const [id, sources, content] of wishes) {
        const earlier = sources.filter((source) => source < id && there.has(source));
        steps.push([id, `${content}`, ...earlier]);
        there.add(id);
      }
      for (let rounds = 0; rounds < 20; rounds += 1) {
        const graph = history(...steps);
        const direct = allStale(graph, false).filter(({ indirect }) => !indirect);
        const next = direct[pick % Math.max(1, direct.length)];
        if (!next) return;
        const { id, derivedFrom } = graph.version(next.ref) ?? expect.fail('no such version');
        const sources = new Set(derivedFrom.map(({ ref }) => ref.split('@')[0] ?? ''));
        steps.push([id, `again ${rounds}`, ...sources]);
      }
      expect.fail('it never ends');
    }),
  );
});
