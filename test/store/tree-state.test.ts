import { expect, test } from 'vitest';
import { readFork, readNames } from '../../src/store/ref-names.ts';
import { readEntities, readTreeState } from '../../src/store/tree-state.ts';
import { git, tempRepository } from '../helpers/repository.ts';
import { newStore, put } from '../helpers/store.ts';

test('the state at any commit: entities and attachments by name, whatever the line', async () => {
  const directory = tempRepository();
  const store = await newStore(directory);
  const attachments = [{ name: 'a.txt', bytes: Buffer.from('one') }];
  const first = await put(store, 'auth/api', 1, { attachments });
  const second = await put(store, 'notes', 1);
  git(directory, 'update-ref', 'refs/concord/replay/x', first.commit);
  git(directory, 'tag', 'concord/before', first.commit);
  expect(await readNames(store.repository)).toEqual({
    lines: ['main', 'replay/x'],
    snapshots: ['before'],
  });
  const [older, younger] = await Promise.all(
    [first, second].map(({ commit }) => readTreeState(store.repository, commit)),
  );
  expect([...(older?.entities.artifact.keys() ?? [])]).toEqual(['auth/api']);
  expect([...(younger?.entities.artifact.keys() ?? [])].sort()).toEqual(['auth/api', 'notes']);
  const file = git(directory, 'ls-tree', '-r', first.commit)
    .split('\n')
    .find((row) => row.endsWith('a.txt'));
  expect(older?.attachments.get('auth/api')).toEqual({ 'a.txt': file?.split(/\s/)[2] });
  expect(older?.entities.agent.get('api-dev')).toBeDefined();
  expect([...(older?.entities.concord.keys() ?? [])]).toEqual(['concord']);
  const read = await readEntities(store.objects, 'artifact', younger?.entities.artifact ?? []);
  expect([...read.values()].map(({ id, data }) => [id, data])).toEqual(
    expect.arrayContaining([
      ['auth/api', { value: 1 }],
      ['notes', { value: 1 }],
    ]),
  );
});

test('where two histories part, and a file that is none of its kind', async () => {
  const directory = tempRepository();
  const store = await newStore(directory);
  const first = await put(store, 'x', 1);
  const second = await put(store, 'x', 2);
  expect(await readFork(store.repository, first.commit, second.commit)).toBe(first.commit);
  const other = git(directory, 'rev-parse', 'HEAD');
  expect(await readFork(store.repository, first.commit, other)).toBeUndefined();
  const { entities } = await readTreeState(store.repository, second.commit);
  await expect(readEntities(store.objects, 'contract', entities.artifact)).rejects.toMatchObject({
    code: 'STORAGE',
  });
});
