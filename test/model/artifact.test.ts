import { describe, expect, test } from 'vitest';
import { publish } from '../../src/model/artifact.ts';
import type { PublishRequest } from '../../src/model/artifact.ts';
import type { Event } from '../../src/model/event.ts';
import type { View } from '../../src/model/view.ts';
import { given, published, request, time, types } from '../helpers/given.ts';

const publishing =
  (parts: Partial<PublishRequest> = {}) =>
  (view: View): readonly Event[] =>
    publish(view, request(parts), types);

const bare = { id: 'x', version: 1, type: 'document', publisher: 'ann', time };
const twice = published({ id: 'x' }, { id: 'x' });

describe('versions', () => {
  test('a new artifact is version 1, and its publisher is registered', () => {
    given()
      .when(publishing({ type: 'document' }))
      .gives('agent-registered ann', 'artifact-published x@1');
  });

  test('the next version follows, and the agent is registered once', () => {
    given(...twice)
      .when(publishing())
      .gives('artifact-published x@3');
    given(...twice)
      .when(publishing({ agent: 'bob' }))
      .gives('agent-registered bob', 'artifact-published x@3');
  });

  test('numbers go on above those of other lines', () => {
    given()
      .when(publishing({ type: 'document' }), { highest: () => 7 })
      .publishes({ version: 8 });
  });

  test('the event carries content, attachments and all that was said', () => {
    const attachments = [{ name: 'a.png', bytes: new Uint8Array(3) }];
    const code = { commit: 'a'.repeat(40), branch: 'trunk', dirty: true };
    const said = { summary: 'New.', contract: 'build-x', code, data: { n: 1 } };
    const [, event] = given()
      .when(publishing({ type: 'document', attachments, ...said }))
      .events();
    expect(event).toEqual({
      type: 'artifact-published',
      content: 'document {"n":1}',
      attachments,
      artifact: {
        ...bare,
        ...said,
        files: [{ name: 'a.png', size: 3 }],
      },
    });
  });

  test('what was not said is not there', () => {
    const [, event] = given()
      .when(
        publishing({ type: 'document', summary: '', tags: [], derivedFrom: [], attachments: [] }),
      )
      .events();
    expect(event).toHaveProperty('artifact', { ...bare, data: { title: 'x' } });
  });

  test('nothing but the time depends on the time', () => {
    const at = (moment: string): string =>
      JSON.stringify(
        given(...twice)
          .when(publishing({ time: moment }))
          .events(),
      );
    const later = '2031-01-01T00:00:00Z';
    expect(at(later)).toBe(at(time).replaceAll(time, later));
  });
});

describe('names', () => {
  test.each([
    ['artifactId', { id: 'Not An Id' }],
    ['artifactType', { type: 'Not a type' }],
    ['agent', { type: 'document', agent: 'Ann Lee' }],
    ['tags', { type: 'document', tags: ['ok', 'not ok'] }],
    ['contractId', { type: 'document', contract: 'Not An Id' }],
    ['derivedFrom', { type: 'document', derivedFrom: ['x@zero'] }],
  ] as const)('a bad %s is refused by its name', (field, parts) => {
    given()
      .when(publishing(parts))
      .refuses('INVALID', new RegExp(`^${field} must be`));
  });

  test('tags are sorted, each once', () => {
    given()
      .when(publishing({ type: 'document', tags: ['b', 'a', 'b'] }))
      .publishes({ tags: ['a', 'b'] });
  });
});

describe('tags', () => {
  const tags = (count: number): string[] => Array.from({ length: count }, (_, at) => `t${at}`);

  test('are at most 32', () => {
    given()
      .when(publishing({ type: 'document', tags: [...tags(32), 't0'] }))
      .publishes({ tags: tags(32).toSorted() });
    given()
      .when(publishing({ type: 'document', tags: tags(33) }))
      .refuses('INVALID', /tags must be at most 32 words; got 33/);
  });
});

describe('the type', () => {
  test('is kept when it is left out', () => {
    given(...twice)
      .when(publishing())
      .publishes({ type: 'document' });
  });

  test('must be given for a new artifact', () => {
    const error = given()
      .when(publishing())
      .refuses('INVALID', /artifactType must be given/);
    expect(error.hint).toBe('Known types: document, test-results, api-contract, schema-change.');
  });

  test('cannot be changed', () => {
    given(...twice)
      .when(publishing({ type: 'test-results' }))
      .refuses('INVALID', /"document", the type of x; got "test-results"/);
  });

  test('cannot be changed on another line either', () => {
    given()
      .when(publishing({ type: 'document' }), { typeOf: () => 'test-results' })
      .refuses('INVALID', /the type of x/);
  });

  test('that is unknown is refused with the nearest known one', () => {
    const error = given()
      .when(publishing({ type: 'test-result' }))
      .refuses('INVALID', /a known type; got "test-result"/);
    expect(error.hint).toMatch(/^Did you mean test-results\? Known types: document, test-results/);
  });

  test('that is like no other gets no suggestion', () => {
    const error = given()
      .when(publishing({ type: 'spreadsheet' }))
      .refuses('INVALID', /known type/);
    expect(error.hint).toMatch(/^Known types/);
  });

  test('of the team is taken with its version', () => {
    const registered = { type: 'plan', version: 4, publisher: 'ann', time, schema: {} };
    given({ type: 'type-registered', registered })
      .when(publishing({ type: 'plan' }))
      .publishes({ type: 'plan', typeVersion: 4 });
  });
});

describe('expectedVersion', () => {
  test.each([
    ['0 for a new artifact', [], 0],
    ['the latest version', twice, 2],
  ] as const)('that is %s lets it pass', (_, past, expectedVersion) => {
    const parts = { type: 'document', expectedVersion };
    expect(
      given(...past)
        .when(publishing(parts))
        .events(),
    ).not.toEqual([]);
  });

  test.each([0, 1, 3])('%i instead of 2 is a conflict that names the latest', (expectedVersion) => {
    const error = given(...twice)
      .when(publishing({ expectedVersion }))
      .refuses('CONFLICT', /the latest version is x@2; nothing was published/);
    expect(error.next).toEqual({ operation: 'artifact_get', input: { artifactId: 'x@2' } });
  });

  test('of an artifact that does not exist is a conflict', () => {
    given()
      .when(publishing({ type: 'document', expectedVersion: 1 }))
      .refuses('CONFLICT', /x does not exist yet/);
  });

  test('means the latest of the line, not the highest number', () => {
    const events = given(...twice)
      .when(publishing({ expectedVersion: 2 }), { highest: () => 9 })
      .events();
    expect(events).toHaveLength(1);
  });
});

describe('derivedFrom', () => {
  const past = published({ id: 'api' }, { id: 'api' }, { id: 'db' });
  const from = (...derivedFrom: string[]): ReturnType<ReturnType<typeof given>['when']> =>
    given(...past).when(publishing({ type: 'document', derivedFrom }));

  test('without a version is pinned to the latest', () => {
    from('api').publishes({ derivedFrom: [{ ref: 'api@2', how: 'declared' }] });
  });

  test('may be written with a v', () => {
    from('api@v2').publishes({ derivedFrom: [{ ref: 'api@2', how: 'declared' }] });
  });

  test('of an older version is marked: it was chosen on purpose', () => {
    from('api@1').publishes({ derivedFrom: [{ ref: 'api@1', how: 'declared', older: true }] });
  });

  const readFirst = (derivedFrom: string[], ...reads: string[]) =>
    given(...past).when(publishing({ type: 'document', derivedFrom, reads }));

  test('of a version that was the latest when it was read was overtaken, not chosen', () => {
    readFirst(['api@1'], 'api@1').publishes({ derivedFrom: [{ ref: 'api@1', how: 'declared' }] });
  });

  test('without a version means the one that was read, not a newer one never seen', () => {
    readFirst(['api'], 'api@1').publishes({ derivedFrom: [{ ref: 'api@1', how: 'declared' }] });
  });

  test('without a version is not what was only looked up beside it', () => {
    readFirst(['api'], 'api@2', 'api@1 older').publishes({
      derivedFrom: [
        { ref: 'api@2', how: 'declared' },
        { ref: 'api@1', how: 'read', older: true },
      ],
    });
  });

  test('of a version that was older already when it was read was chosen', () => {
    readFirst(['api@1'], 'api@1 older').publishes({
      derivedFrom: [{ ref: 'api@1', how: 'declared', older: true }],
    });
  });

  test('names each version once, in the order given', () => {
    from('db', 'api@v2', 'api', 'api@1', 'db@1').publishes({
      derivedFrom: [
        { ref: 'db@1', how: 'declared' },
        { ref: 'api@2', how: 'declared' },
        { ref: 'api@1', how: 'declared', older: true },
      ],
    });
  });

  test('of a missing version says which there are', () => {
    const error = from('api@3').refuses('NOT_FOUND', /"api@3", which does not exist on this line/);
    expect(error.hint).toBe('api has versions up to api@2.');
    expect(error.next).toEqual({ operation: 'artifact_get', input: { artifactId: 'api@2' } });
  });

  test('of a missing artifact says so', () => {
    expect(from('nothing').refuses('NOT_FOUND', /"nothing"/).hint).toBe(
      'There is no artifact nothing.',
    );
  });

  test('of an artifact of another line says so', () => {
    const error = given()
      .when(publishing({ type: 'document', derivedFrom: ['api@1'] }), { highest: () => 1 })
      .refuses('NOT_FOUND', /does not exist on this line/);
    expect(error.hint).toBe('There is no artifact api on this line.');
  });

  test('cannot be the version itself, so lineage has no cycles', () => {
    given(...past)
      .when(publishing({ id: 'api', derivedFrom: ['api@3'] }))
      .refuses('NOT_FOUND', /api@3/);
  });

  test('may be the version before', () => {
    given(...past)
      .when(publishing({ id: 'api', derivedFrom: ['api'] }))
      .publishes({ version: 3, derivedFrom: [{ ref: 'api@2', how: 'declared' }] });
  });
});

describe('reads', () => {
  const past = published({ id: 'api' }, { id: 'api' });
  const reading = (parts: Partial<PublishRequest>): ReturnType<ReturnType<typeof given>['when']> =>
    given(...past).when(publishing({ type: 'document', ...parts }));

  test('are recorded as seen, older ones marked', () => {
    reading({ reads: ['api@2', 'api@1 older'] }).publishes({
      derivedFrom: [
        { ref: 'api@2', how: 'read' },
        { ref: 'api@1', how: 'read', older: true },
      ],
    });
  });

  test('of what was declared add nothing', () => {
    reading({ derivedFrom: ['api'], reads: ['api@2'] }).publishes({
      derivedFrom: [{ ref: 'api@2', how: 'declared' }],
    });
  });

  test('of versions that are not on this line are left out', () => {
    reading({ reads: ['api@9', 'api@1'] }).publishes({
      derivedFrom: [{ ref: 'api@1', how: 'read' }],
    });
  });
});

describe('data', () => {
  test('that breaks the type is refused with every violation and an example', () => {
    const error = given()
      .when(publishing({ type: 'document', data: { bad: ['a', 'b', 'c'] } }))
      .refuses('INVALID', /The data of x is not a valid document; nothing was published/);
    expect(error.violations.map(({ path }) => path)).toEqual(['data.a', 'data.b', 'data.c']);
    expect(error.hint).toBe('Example: {"title":"An example"}');
  });

  test('is checked against the type that is kept', () => {
    given(...published({ type: 'test-results' }))
      .when(publishing({ data: { bad: ['a'] } }))
      .refuses('INVALID', /not a valid test-results/);
  });
});
