import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { trace } from '../../src/model/lineage.ts';
import type { Direction, Trace, VersionFact } from '../../src/model/lineage.ts';
import { splitRef } from '../../src/model/names.ts';
import { graphOf, history } from '../helpers/history.ts';
import type { Step } from '../helpers/history.ts';

const all = { depth: 100, limit: 1000 };

/** schema -> api -> (server, client) -> tests, and a second api. */
const graph = history(
  ['schema', 's'],
  ['api', 'a', 'schema'],
  ['server', 'v', 'api'],
  ['client', 'c', 'api'],
  ['tests', 't', 'server', 'client'],
  ['api', 'a2', 'schema'],
);

const refs = ({ nodes }: Trace): readonly string[] =>
  nodes.map(({ ref, depth }) => `${depth} ${ref}`);
const arrows = ({ edges }: Trace): readonly string[] =>
  edges.map(({ from, to }) => `${from} > ${to}`);
const from = (root: string, direction: Direction, bounds: Partial<typeof all> = {}): Trace =>
  trace(graph, [root], direction, { ...all, ...bounds });

describe('a trace', () => {
  test('upstream shows what a version was made from, nearest first', () => {
    const found = from('tests@1', 'upstream');
    expect(refs(found)).toEqual(['0 tests@1', '1 server@1', '1 client@1', '2 api@1', '3 schema@1']);
    expect(found.omitted).toBe(false);
  });

  test('downstream shows what was made from a version, nearest first', () => {
    const found = refs(from('schema@1', 'downstream')).join(', ');
    expect(found).toBe('0 schema@1, 1 api@1, 1 api@2, 2 server@1, 2 client@1, 3 tests@1');
  });

  test('shows a version that is reached on two ways once, with both edges', () => {
    const diamond = [
      'server@1 > tests@1',
      'client@1 > tests@1',
      'api@1 > server@1',
      'api@1 > client@1',
    ];
    expect(arrows(from('tests@1', 'upstream'))).toEqual([...diamond, 'schema@1 > api@1']);
  });

  test('has the same arrows in both directions: from the older to the younger', () => {
    const up = arrows(from('tests@1', 'upstream'));
    const down = arrows(from('schema@1', 'downstream')).filter((arrow) => !arrow.includes('api@2'));
    expect(down.toSorted()).toEqual(up.toSorted());
  });

  test('goes no deeper than asked', () => {
    expect(refs(from('tests@1', 'upstream', { depth: 0 }))).toEqual(['0 tests@1']);
    const found = from('tests@1', 'upstream', { depth: 1 });
    expect(refs(found)).toEqual(['0 tests@1', '1 server@1', '1 client@1']);
    expect(arrows(found)).toEqual(['server@1 > tests@1', 'client@1 > tests@1']);
    expect(found.omitted).toBe(false);
  });

  test.each([
    [5, false],
    [4, true],
    [1, true],
  ])('of five versions with a limit of %i has omitted some: %s', (limit, omitted) => {
    const found = from('tests@1', 'upstream', { limit });
    expect(found.omitted).toBe(omitted);
    expect(found.nodes).toHaveLength(limit);
  });

  test('has no edge to a version that was left out', () => {
    const { nodes, edges } = from('tests@1', 'upstream', { limit: 2 });
    const shown = new Set(nodes.map(({ ref }) => ref));
    expect(edges).not.toEqual([]);
    for (const edge of edges)
      expect([shown.has(edge.from), shown.has(edge.to)]).toEqual([true, true]);
  });

  test('says which versions are the latest', () => {
    const latest = from('schema@1', 'downstream').nodes.filter((node) => !node.latest);
    expect(latest.map(({ ref }) => ref)).toEqual(['api@1']);
  });

  test('may begin at several versions', () => {
    const found = trace(graph, ['server@1', 'api@2'], 'upstream', all);
    expect(refs(found)).toEqual(['0 server@1', '0 api@2', '1 api@1', '1 schema@1']);
  });

  test('of a version that does not exist is empty', () => {
    expect(from('nothing@1', 'upstream')).toEqual({ nodes: [], edges: [], omitted: false });
    expect(from('nothing@1', 'downstream').nodes).toEqual([]);
  });

  test('tells how each edge is known', () => {
    const seen = history(['api', 'a'], ['notes', 'n', 'read api@1']);
    expect(trace(seen, ['notes@1'], 'upstream', all).edges).toEqual([
      { from: 'api@1', to: 'notes@1', how: 'read' },
    ]);
  });
});

const ids = ['a', 'b', 'c'];
const anyHistory = fc.array(
  fc.tuple(fc.constantFrom(...ids), fc.subarray(ids)).map(([id, sources]) => ({ id, sources })),
  { minLength: 1, maxLength: 15 },
);

test('no history that the rules allow has a cycle', () => {
  fc.assert(
    fc.property(anyHistory, (wishes) => {
      const there = new Set<string>();
      const steps = wishes.map(({ id, sources }): Step => {
        const step: Step = [id, 'x', ...sources.filter((source) => there.has(source))];
        there.add(id);
        return step;
      });
      const made = history(...steps);
      for (const id of there) {
        for (const fact of made.versions(id)) {
          for (const edge of fact.derivedFrom)
            expect(made.version(edge.ref)?.position).toBeLessThan(fact.position);
        }
      }
    }),
  );
});

test('even a cycle made by hand is walked once', () => {
  const [first] = history(['a', '']).versions('a');
  const fact = (ref: string, source: string): VersionFact => ({
    ...(first ?? expect.fail('nothing published')),
    ...splitRef(ref),
    derivedFrom: [{ ref: source, how: 'declared' }],
  });
  const loop = graphOf([fact('a@1', 'b@1'), fact('b@1', 'a@1')]);
  expect(refs(trace(loop, ['a@1'], 'upstream', all))).toEqual(['0 a@1', '1 b@1']);
  expect(refs(trace(loop, ['a@1'], 'downstream', all))).toEqual(['0 a@1', '1 b@1']);
});
