import { expect, onTestFinished, test } from 'vitest';
import * as library from '../../src/index.ts';
import { json, login, storeRepository, text, users } from '../helpers/cli.ts';
import { tempDirectory, tempRepository } from '../helpers/repository.ts';

const { connect, ConcordError, exitCodes, operations } = library;

const connected = (directory: string, agent = 'api-dev') => {
  const connection = connect({ agent, directory });
  onTestFinished(() => connection.close());
  return connection;
};

/** What a call that must be refused throws. */
const refusal = async (call: Promise<unknown>): Promise<InstanceType<typeof ConcordError>> => {
  const error = await call.then(
    (value) => value,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConcordError);
  return error as InstanceType<typeof ConcordError>;
};

test('publishes, reads, lists and traces without a process of its own', async () => {
  const directory = tempRepository();
  const { call } = connected(directory);
  expect(await call('init')).toMatchObject({ created: true, ref: 'refs/concord/main' });
  const schema = { artifactId: 'schema-users', artifactType: 'schema-change', data: users };
  expect(await call('artifact_publish', schema)).toMatchObject({
    ref: 'schema-users@1',
    events: ['agent-registered api-dev', 'artifact-published schema-users@1'],
  });
  const api = { artifactId: 'api', artifactType: 'api-contract', data: login };
  await call('artifact_publish', { ...api, derivedFrom: ['schema-users'] });
  expect(await call('artifact_get', { artifactId: 'api' })).toMatchObject({
    ref: 'api@1',
    data: login,
    publisher: 'api-dev',
    derivedFrom: ['schema-users@1'],
    code: { branch: 'trunk' },
  });
  expect(await call('artifact_list')).toMatchObject({ total: 2, artifacts: [{ id: 'api' }, {}] });
  expect(await call('lineage_trace', { ref: 'api', direction: 'upstream' })).toMatchObject({
    edges: [{ from: 'schema-users@1', to: 'api@1', how: 'declared' }],
  });
  // What the library has written the command line reads, and says the same.
  expect(await json(directory, ['get', 'api'])).toEqual(
    JSON.parse(JSON.stringify(await call('artifact_get', { artifactId: 'api' }))),
  );
});

test('every refusal is a ConcordError with a code of the closed list', async () => {
  const directory = await storeRepository();
  const { call } = connected(directory);
  const document = { artifactId: 'x', artifactType: 'document', data: text('b') };
  const refusals = await Promise.all(
    [
      call('artifact_get', { artifactId: 'none' }),
      call('artifact_publish', { ...document, data: { title: 1 } }),
      call('artifact_publish', { ...document, expectedVersion: 4 }),
      call('artifact_publish', { ...document, derivedFrom: ['none'] }),
      call('artifact_publis' as never, document as never),
      call('artifact_publish', { ...document, unknown: 1 } as never),
      call('artifact_publish', { ...document, dataFile: 'none.json' }),
      connected(tempRepository()).call('team_status'),
      connected(tempDirectory()).call('team_status'),
    ].map(refusal),
  );
  expect(refusals.map(({ code }) => code)).toEqual([
    'NOT_FOUND',
    'INVALID',
    'CONFLICT',
    'NOT_FOUND',
    'NOT_FOUND',
    'INVALID',
    'INVALID',
    'NO_STORE',
    'NO_STORE',
  ]);
  expect(refusals.every(({ code }) => Object.hasOwn(exitCodes, code))).toBe(true);
  expect(refusals[1]?.violations).toEqual([
    { path: 'data.body', expected: 'given', got: 'nothing' },
    { path: 'data.title', expected: 'of type string', got: '1' },
  ]);
  expect(refusals[4]?.message).toContain('Did you mean artifact_publish?');
  expect(refusals[4]?.hint).toContain(operations.map(({ name }) => name).join(', '));
});

test('an agent or a line that is none is refused before anything is opened', () => {
  expect(() => connect({ agent: 'Not A Name', directory: '.' })).toThrow(ConcordError);
  expect(() => connect({ agent: 'ann', line: '../main', directory: '.' })).toThrow(ConcordError);
});

test('a connection that found no store works once there is one; close may be called twice', async () => {
  const directory = tempRepository();
  const early = connected(directory);
  expect((await refusal(early.call('artifact_list'))).code).toBe('NO_STORE');
  await connected(directory, 'ann').call('init');
  expect(await early.call('artifact_list')).toMatchObject({ total: 0 });
  await early.close();
  await early.close();
});

test('what the package exports', () => {
  expect(Object.keys(library).sort()).toEqual([
    'ConcordError',
    'Store',
    'connect',
    'exitCodes',
    'invoke',
    'openStore',
    'operations',
  ]);
});
