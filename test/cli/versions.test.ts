import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connect } from '../../src/operations/connect.ts';
import type { Connection } from '../../src/operations/connect.ts';
import { chain, concord, json, ok, storeRepository, text, within } from '../helpers/cli.ts';
import { session } from '../helpers/mcp.ts';
import { git, tempDirectory } from '../helpers/repository.ts';

test(
  'a version stays as it is, byte for byte, after 1,000 later ones and after gc',
  { timeout: 120_000 },
  async () => {
    const directory = await storeRepository();
    const first = text('  spaces, "quotes", \\n, ü, 🦆, \u2028 and a\ttab\n\n');
    const publish = ['publish', 'notes', '--type', 'document', '--data', '-'];
    await ok(directory, publish, { input: JSON.stringify(first) });
    const before = await concord(directory, ['get', 'notes@1']);
    expect(before.out).toBe(`${JSON.stringify(first, null, 2)}\n`);
    const agent = await session(directory, { args: ['--as', 'reader'] });
    const told = async () =>
      (await agent.tell('artifact_get', { artifactId: 'notes@1' })).replace(/^.*\n/, '');
    const toldBefore = await told();
    const writer = async ({ call }: Connection): Promise<void> => {
      for (let version = 2; version <= 1_001; version += 1)
        await call('artifact_publish', { artifactId: 'notes', data: text(`version ${version}`) });
    };
    await within(directory, 'writer', writer, { memory: true });
    expect(await json(directory, ['get', 'notes'])).toMatchObject({ version: 1_001 });
    const same = async (): Promise<void> => {
      expect((await concord(directory, ['get', 'notes@1'])).bytes.equals(before.bytes)).toBe(true);
      // Only the line about the latest version is new.
      expect((await told()).replace('The latest version is notes@1001.\n', '')).toBe(toldBefore);
    };
    await same();
    git(directory, 'gc', '--quiet', '--prune=now');
    await same();
    rmSync(join(directory, '.git/concord'), { recursive: true, force: true });
    await same();
    expect(await ok(directory, ['doctor'])).toContain('The store is healthy.');
  },
);

test('the same store from a subdirectory, a linked worktree, --store and CONCORD_STORE', async () => {
  const directory = await storeRepository();
  await chain(directory);
  const expected = await ok(directory, ['artifact', 'list']);
  const below = join(directory, 'a/b');
  mkdirSync(below, { recursive: true });
  const worktree = join(tempDirectory(), 'linked');
  git(directory, 'worktree', 'add', '-q', worktree);
  const elsewhere = tempDirectory();
  const list = ['artifact', 'list'];
  const seen = await Promise.all([
    ok(below, list),
    ok(worktree, list),
    ok(elsewhere, [...list, '--store', directory]),
    ok(elsewhere, list, { env: { CONCORD_STORE: directory } }),
    ok(elsewhere, list, { env: { CONCORD_STORE: '~/', HOME: directory } }),
    ok(below, list, { env: { CONCORD_STORE: '../..' } }),
  ]);
  expect(seen).toEqual(seen.map(() => expected));
  const data = ['--data', JSON.stringify({ tables: [] })];
  await ok(worktree, ['publish', 'schema-users', ...data, '--as', 'db-dev']);
  const found = await json(directory, ['get', 'schema-users']);
  expect(found).toMatchObject({ version: 3, code: { branch: 'linked' } });
});

test('a bare repository serves as the store of another one, --store before CONCORD_STORE', async () => {
  const place = join(tempDirectory(), 'team.git');
  const work = await storeRepository();
  await ok(work, ['init', '--store', place, '--as', 'ann']);
  const publish = ['publish', 'x', '--type', 'document', '--data', JSON.stringify(text('there'))];
  await ok(work, [...publish, '--store', place, '--as', 'ann'], {
    env: { CONCORD_STORE: '/nonexistent' },
  });
  expect((await concord(work, ['get', 'x'])).code).toBe(3);
  expect(await json(work, ['get', 'x'], { env: { CONCORD_STORE: place } })).toMatchObject({
    data: text('there'),
    // The code is that of the work directory, not of the store.
    code: { commit: git(work, 'rev-parse', 'HEAD'), branch: 'trunk' },
  });
  expect(await json(place, ['get', 'x'])).toMatchObject({ version: 1 });
});

test('--at a commit, a time and a tag made by hand shows the state then', async () => {
  const directory = await storeRepository();
  const [first, second] = ['2026-01-02T03:04:05Z', '2026-02-03T04:05:06Z'] as const;
  const publishAt = async (time: string, body: string) => {
    const clock = () => Date.parse(time);
    const connection = connect({ agent: 'ann', directory, recordCode: false, clock });
    await connection.call('artifact_publish', {
      artifactId: 'notes',
      artifactType: 'document',
      data: text(body),
    });
    await connection.close();
    return git(directory, 'rev-parse', 'concord/main');
  };
  const commit = await publishAt(first, 'one');
  git(directory, 'tag', '-a', 'concord/before', 'concord/main', '-m', 'before the change');
  await publishAt(second, 'two');
  const at = async (when: string) =>
    (await json<{ data: { body: string } }>(directory, ['get', 'notes', '--at', when])).data.body;
  const places = [commit, commit.slice(0, 8), 'before', 'concord/before'];
  expect(await Promise.all(places.map(at))).toEqual(places.map(() => 'one'));
  const listed = ['artifact', 'list', '--at', 'concord/before'];
  expect(await json(directory, listed)).toMatchObject({ artifacts: [{ version: 1 }] });
  const none = await concord(directory, ['get', 'notes', '--at', 'nowhere']);
  expect(none.code).toBe(3);
  expect(none.err).toContain('"nowhere" is no commit, snapshot or time of main.');
  const later = await concord(directory, ['get', 'notes@2', '--at', 'before']);
  expect(later.code).toBe(3);
});
