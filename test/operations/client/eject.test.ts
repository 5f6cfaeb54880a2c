import fs from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { clients } from '../../../src/operations/client/hooks.ts';
import { chain, ok, refused, within } from '../../helpers/cli.ts';
import { git, run, tempDirectory, tempRepository } from '../../helpers/repository.ts';

beforeEach(() => {
  vi.stubEnv('HOME', tempDirectory());
  onTestFinished(() => void vi.unstubAllEnvs());
});

const eject = (directory: string, yes = true) =>
  within(directory, 'ann-lee', ({ call }) => call('eject', { yes }));

const state = (directory: string): Record<string, unknown> => ({
  refs: git(directory, 'for-each-ref'),
  status: git(directory, 'status', '--porcelain', '--ignored'),
  files: fs.readdirSync(directory),
  git: fs.readdirSync(join(directory, '.git')).filter((name) => name !== 'COMMIT_EDITMSG'),
  exclude: fs.readFileSync(join(directory, '.git/info/exclude'), 'utf8'),
});

/** A store with lines, a snapshot, an inbox that was read, and all clients set up. */
const lived = async (directory: string): Promise<void> => {
  await within(directory, 'ann-lee', ({ call }) => call('init', { client: clients }));
  await chain(directory);
  await ok(directory, ['snapshot', 'create', 'v1']);
  await ok(directory, ['replay', 'start', 'v1', '--name', 'again']);
  await ok(directory, ['--as', 'bob', 'inbox']);
};

test('everything that Concord made goes, and nothing else', async () => {
  const directory = tempRepository();
  fs.writeFileSync(join(directory, '.mcp.json'), '{"mcpServers":{"x":{"command":"x"}}}');
  git(directory, 'tag', '-a', 'concord/mine', '-m', 'a tag of the user');
  git(directory, 'update-ref', 'refs/concord/other', 'HEAD');
  const before = state(directory);
  await lived(directory);
  const bundled = await eject(directory, false);
  expect(state(directory)['refs']).not.toBe(before['refs']);
  run(directory, 'sh', '-c', bundled.bundle);
  fs.renameSync(join(directory, 'concord.bundle'), join(directory, '.git/concord.bundle'));
  const done = await eject(directory);
  expect(done.others).toEqual(['refs/concord/other', 'refs/tags/concord/mine']);
  expect(done.refs.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'refs/concord/main',
      'refs/concord/replay/again',
      'refs/tags/concord/v1',
    ]),
  );
  const bundle = join(tempDirectory(), 'concord.bundle');
  fs.renameSync(join(directory, '.git/concord.bundle'), bundle);
  expect(state(directory)).toEqual(before);
  expect(git(directory, 'fsck', '--strict')).not.toContain('error');

  // The bundle brings it back.
  git(directory, 'fetch', '-q', bundle, 'refs/concord/*:refs/concord/*');
  expect(await ok(directory, ['get', 'schema-users'])).toContain('tokens');
});

test('without yes it only says what it would do', async () => {
  const directory = tempRepository();
  await lived(directory);
  const before = state(directory);
  const said = await ok(directory, ['eject']);
  expect(said).toContain('refs/tags/concord/v1');
  expect(said).toContain('.claude/settings.local.json  removed');
  expect(said).toContain("git bundle create concord.bundle --glob='refs/concord/*'");
  expect(state(directory)).toEqual(before);
  expect(said).toContain('concord eject --yes');
});

test('what cannot all be taken out is refused, and stays whole', async () => {
  const directory = tempRepository();
  await lived(directory);
  fs.writeFileSync(join(directory, '.mcp.json'), '{ broken');
  const before = state(directory);
  expect(await refused(directory, ['eject', '--yes'])).toMatchObject({
    code: 'INVALID',
    message: expect.stringContaining('.mcp.json, line 1') as string,
  });
  expect(state(directory)).toEqual(before);
  fs.rmSync(join(directory, '.mcp.json'));
  fs.writeFileSync(join(directory, '.git/refs/concord/main.lock'), '');
  expect(await refused(directory, ['eject', '--yes'])).toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('refs/concord/main.lock') as string,
  });
  fs.rmSync(join(directory, '.git/refs/concord/main.lock'));
  git(directory, 'symbolic-ref', 'refs/concord/replay/x', 'refs/heads/trunk');
  expect(await refused(directory, ['eject', '--yes'])).toMatchObject({ code: 'STORAGE' });
  git(directory, 'symbolic-ref', '--delete', 'refs/concord/replay/x');
  await ok(directory, ['eject', '--yes']);
  expect(git(directory, 'for-each-ref', 'refs/concord')).toBe('');
});

test('refs that are packed go as well', async () => {
  const directory = tempRepository();
  const before = git(directory, 'for-each-ref');
  await lived(directory);
  git(directory, 'pack-refs', '--all');
  await eject(directory);
  expect(git(directory, 'for-each-ref')).toBe(before);
});

test('where nothing is, nothing is done', async () => {
  expect(await refused(tempRepository(), ['eject', '--yes'])).toMatchObject({ code: 'NO_STORE' });
});

test('a store of its own loses its refs, and no client its entries', async () => {
  const directory = tempRepository();
  const store = join(tempDirectory(), 'team.git');
  await ok(directory, ['--store', store, 'init']);
  await ok(directory, ['--store', store, 'eject', '--yes']);
  expect(git(store, 'for-each-ref')).toBe('');
});
