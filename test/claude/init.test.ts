import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ok, spawned, storeRepository } from '../helpers/cli.ts';
import { inTurn, use } from '../helpers/claude/minds.ts';
import { startModel } from '../helpers/claude/model.ts';
import { project } from '../helpers/claude/project.ts';
import { claude, claudeHome, headless } from '../helpers/claude/session.ts';
import { trust } from '../helpers/claude/terminal.ts';
import { git } from '../helpers/repository.ts';

/** Every file of a client in a directory, with its content. */
const filesOf = (directory: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.includes('/.git/'))
      .map((path) => [path.slice(directory.length + 1), readFileSync(path, 'utf8')]),
  );

describe.skipIf(claude === undefined)(
  'a repository set up for Claude Code',
  { timeout: 120_000 },
  () => {
    test('has a connected server, and sessions without any option have the tools and may use them', async () => {
      const model = await startModel(inTurn(use('team_brief'), use('inbox_read')));
      const home = claudeHome(model);
      const directory = await project(home);
      expect(git(directory, 'status', '--porcelain')).toBe('');
      const list = await spawned(directory, 'claude', ['mcp', 'list'], { env: home.env });
      expect(list.out).toMatch(/^concord: .* - ✔ Connected$/m);

      const { result } = await headless(home, directory, 'Hello.');
      expect(result.permission_denials).toEqual([]);
      expect(model.last().results.map(({ name, isError }) => [name, isError])).toEqual([
        ['team_brief', false],
        ['inbox_read', false],
      ]);
      // Nobody's name was handed on, so it has one of its own.
      expect(model.last().results[0]?.text).toMatch(/^You are claude-[0-9a-f]{4} on main/);
    });

    test.each([
      ['by itself', []],
      ['for all who work here', ['--shared']],
    ])('is as it was before when that is taken out again: %s', async (_, options) => {
      const model = await startModel(inTurn());
      const home = claudeHome(model);
      const directory = await storeRepository();
      const servers = { mcpServers: { other: { command: 'true' } } };
      writeFileSync(join(directory, '.mcp.json'), `${JSON.stringify(servers, null, 4)}\n`);
      mkdirSync(join(directory, '.claude'));
      const hooks = { Stop: [{ hooks: [{ type: 'command', command: 'true' }] }] };
      const mine = { permissions: { allow: ['Bash(ls)'], deny: ['WebFetch'] }, hooks };
      for (const name of ['settings.json', 'settings.local.json'])
        writeFileSync(join(directory, '.claude', name), JSON.stringify(mine));
      writeFileSync(join(directory, 'CLAUDE.md'), '# House rules\n\nBe kind.');
      trust(home, directory);
      const [before, homeBefore] = [filesOf(directory), filesOf(join(home.directory, '.claude'))];
      const status = git(directory, 'status', '--porcelain', '--ignored');

      await ok(directory, ['init', '--client', 'claude', ...options], { env: home.env });
      const after = filesOf(directory);
      expect(after).not.toEqual(before);
      await ok(directory, ['init', '--client', 'claude', ...options], { env: home.env });
      expect(filesOf(directory)).toEqual(after);
      const list = await spawned(directory, 'claude', ['mcp', 'list'], { env: home.env });
      expect(list.out).toMatch(/^concord: .* - ✔ Connected$/m);

      await ok(directory, ['init', '--remove'], { env: home.env });
      expect(filesOf(directory)).toEqual(before);
      expect(git(directory, 'status', '--porcelain', '--ignored')).toBe(status);
      expect(Object.keys(filesOf(join(home.directory, '.claude')))).toEqual(
        expect.arrayContaining(Object.keys(homeBefore)),
      );
    });
  },
);
