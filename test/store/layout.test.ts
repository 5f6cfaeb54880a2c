import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Kind } from '../../src/model/entity.ts';
import { isId, isSlug } from '../../src/model/names.ts';
import { filesPathOf, lineRef, pathOf, placeOf } from '../../src/store/layout.ts';
import { someId, someName } from '../helpers/arbitrary.ts';

test('paths are what they will be for ever', () => {
  expect(pathOf('concord', 'concord')).toBe('concord.yaml');
  expect(pathOf('agent', 'api-dev')).toBe('agents/api-dev.yaml');
  expect(pathOf('type', 'plan')).toBe('types/plan.yaml');
  // printf abc | sha1sum begins with a9
  expect(pathOf('artifact', 'abc')).toBe('artifacts/a9/abc.yaml');
  expect(filesPathOf('abc')).toBe('artifacts/a9/abc.files');
  // printf auth/api | sha1sum begins with e5
  expect(pathOf('artifact', 'auth/api')).toBe('artifacts/e5/auth/api.yaml');
  expect(pathOf('contract', 'abc')).toBe('contracts/a9/abc.yaml');
  expect(pathOf('contract', 'auth/api')).toBe('contracts/e5/auth/api.yaml');
  expect(pathOf('pipeline', 'auth/heal')).toBe('pipelines/auth/heal.yaml');
  expect(lineRef('main')).toBe('refs/concord/main');
  expect(lineRef('replay/graphql')).toBe('refs/concord/replay/graphql');
});

const id = someId.filter(isId);
const named: fc.Arbitrary<readonly [Kind, string]> = fc.oneof(
  fc.tuple(fc.constantFrom('agent', 'type'), someName.filter(isSlug)),
  fc.tuple(fc.constantFrom('artifact', 'contract', 'pipeline'), id),
  fc.constant(['concord', 'concord'] as const),
);

describe('a path', () => {
  test('leads back to its entity', () => {
    fc.assert(
      fc.property(named, ([kind, name]) => {
        expect(placeOf(pathOf(kind, name))).toEqual({ part: 'entity', kind, id: name });
      }),
    );
  });

  test('of an attachment leads back to its artifact', () => {
    fc.assert(
      fc.property(id, fc.constantFrom('a', 'A.png', 'x.yaml', 'x.files'), (owner, name) => {
        const place = { part: 'attachment', id: owner, name };
        expect(placeOf(`${filesPathOf(owner)}/${name}`)).toEqual(place);
      }),
    );
  });

  test.each([
    '',
    'README.md',
    'concord.yml',
    'x/concord.yaml',
    'agents/ann.yml',
    'agents/a/b.yaml',
    'agents/.yaml',
    'agents/Ann Lee.yaml',
    'agents/con.yaml',
    'types/a..b.yaml',
    'contracts/abc.yaml',
    'contracts/00/abc.yaml',
    'contracts/a9/abc.files/a',
    'pipelines/a..b.yaml',
    'artifacts/abc.yaml',
    'artifacts/00/abc.yaml',
    'artifacts/A9/abc.yaml',
    'artifacts/a9/abc.yaml/x',
    'artifacts/a9/abc.files',
    'artifacts/a9/abc.files/',
    'artifacts/a9/abc.files/a/b',
    pathOf('artifact', '../x'),
    pathOf('artifact', 'Abc'),
    pathOf('artifact', 'a//b'),
    pathOf('artifact', 'a.files/b'),
    `${filesPathOf('Abc')}/a`,
    'agents/ann.yaml\n',
  ])('that Concord never writes leads nowhere: %j', (path) => {
    expect(placeOf(path)).toBeUndefined();
  });
});
