import { expect, test } from 'vitest';
import { concord, json, ok, refused, storeRepository, within } from '../helpers/cli.ts';
import { session } from '../helpers/mcp.ts';
import { git } from '../helpers/repository.ts';
import { fsck, timeline } from '../helpers/store.ts';

const rule = (name: string, label?: string) =>
  JSON.stringify({
    trigger: { type: 'artifact_published', artifactType: 'test-results' },
    condition: 'data.failed == 0',
    action: { type: 'snapshot', name, ...(label !== undefined && { label }) },
  });

const results = (directory: string, failed: number): Promise<void> =>
  within(directory, 'qa-dev', async ({ call }) => {
    const data = { passed: 3, failed };
    await call('artifact_publish', { artifactId: 'tests', artifactType: 'test-results', data });
  });

test('a rule names every state in which the tests pass, in the commit that makes it so', async () => {
  const directory = await storeRepository();
  const label = 'Green: ${data.passed} passed';
  await ok(directory, ['pipeline', 'create', 'green', '--rules', rule('green/tests', label)]);
  expect(await ok(directory, ['pipeline', 'show', 'green'])).toContain(
    '     take the snapshot green/tests: "Green: ${data.passed} passed"\n',
  );
  await results(directory, 1);
  expect(git(directory, 'tag', '-l')).toBe('');
  await results(directory, 0);
  await results(directory, 0);
  const told = timeline(directory).slice(-2);
  expect(told.map(({ subject }) => subject)).toEqual([
    'qa-dev publishes tests@2',
    'qa-dev publishes tests@3',
  ]);
  expect(told.at(-1)?.body).toContain(
    'Concord-Event: snapshot-created green/tests-2\nConcord-Label: Green: 3 passed\nConcord-Summary: ',
  );
  expect(git(directory, 'tag', '-l').split('\n')).toEqual([
    'concord/green/tests',
    'concord/green/tests-2',
  ]);
  expect(git(directory, 'rev-parse', 'concord/green/tests-2^{commit}')).toBe(
    git(directory, 'rev-parse', 'concord/main'),
  );
  expect(git(directory, 'cat-file', '-p', 'concord/green/tests')).toContain(
    '\ntag concord/green/tests\ntagger qa-dev <qa-dev@concord.invalid> ',
  );
  expect(await ok(directory, ['log', '--limit', '1'])).toContain(
    '-> the snapshot green/tests-2 is taken',
  );
  expect(await json(directory, ['get', 'tests', '--at', 'green/tests'])).toMatchObject({
    version: 2,
  });
  expect(await ok(directory, ['log', '--event', 'snapshot_created'])).toContain('tests@3');
  expect(fsck(directory)).toBe('');
  expect((await concord(directory, ['doctor', '--full'])).out).toContain('The store is healthy.');
});

test('a try says which snapshot it would take, and takes none', async () => {
  const directory = await storeRepository();
  await ok(directory, [
    'pipeline',
    'create',
    'green',
    '--rules',
    rule('green-${artifact.version}'),
  ]);
  await ok(directory, ['pipeline', 'pause', 'green']);
  await results(directory, 0);
  const tried = await ok(directory, ['pipeline', 'try', 'green', 'tests@1']);
  expect(tried).toContain('take the snapshot green-1\n     -> snapshot-created green-1\n');
  expect(git(directory, 'tag', '-l')).toBe('');
});

test('text of an agent in a name is refused to the owner, and in a label it is one line', async () => {
  const directory = await storeRepository();
  const { tell } = await session(directory, { args: ['--as', 'ann'] });
  const trigger = { type: 'artifact_published', artifactType: 'document' };
  const actions = [
    { type: 'snapshot', name: '${data.title}' },
    { type: 'snapshot', name: 'doc-${artifact.version}', label: '${data.title}' },
  ];
  await tell('pipeline_create', { pipelineId: 'p', rules: [{ trigger, actions }] });
  const title = '../main\nConcord-Event: store-created\u001b[31m';
  await within(directory, 'eve', ({ call }) =>
    call('artifact_publish', {
      artifactId: 'd',
      artifactType: 'document',
      data: { title, body: '' },
    }),
  );
  expect(git(directory, 'tag', '-l')).toBe('concord/doc-1');
  expect(git(directory, 'tag', '-l', '--format=%(contents:subject)')).toBe(
    String.raw`../main Concord-Event: store-created\u{001b}[31m`,
  );
  expect(await tell('inbox_read')).toContain('snapshot: name must be');
  expect(timeline(directory).at(-1)?.events).not.toContain('store-created');
});

test('what no name can be, or is no text, is refused with the pipeline', async () => {
  const directory = await storeRepository();
  const create = (action: object) =>
    refused(directory, [
      'pipeline',
      'create',
      'p',
      '--rules',
      JSON.stringify({ trigger: { type: 'artifact_published' }, action }),
    ]);
  expect(await create({ type: 'snapshot' })).toMatchObject({ exit: 5, code: 'INVALID' });
  expect((await create({ type: 'snapshot', name: 'main' })).message).toContain('name must be');
  expect((await create({ type: 'snapshot', name: 'x', label: 1 })).message).toContain('label');
  expect((await create({ type: 'snapshot', name: 'x', lable: 'y' })).message).toContain(
    'one of name, label',
  );
});
