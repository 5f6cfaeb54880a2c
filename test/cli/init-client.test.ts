import fs from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { concord, json, ok, refused } from '../helpers/cli.ts';
import { gitEnv, tempDirectory, tempRepository } from '../helpers/repository.ts';
import type { InitOutput } from '../../src/operations/store/init.ts';

/** A machine on which these programs are installed, and no other coding agent. */
const machineWith = (...names: readonly string[]): { readonly env: NodeJS.ProcessEnv } => {
  const directory = tempDirectory();
  for (const name of names) fs.writeFileSync(join(directory, name), '#!/bin/sh\n', { mode: 0o755 });
  return { env: { HOME: tempDirectory(), PATH: `${directory}:${gitEnv['PATH'] ?? ''}` } };
};

test('plain init mentions a client only where there is one, and until it is set up', async () => {
  const directory = tempRepository();
  const machine = machineWith('gemini');
  const said = await ok(directory, ['init'], machine);
  const line = /^ {6}concord (init --client .*?) {3}/m.exec(said)?.[1] ?? '';
  expect(line).toContain('gemini');
  await ok(directory, line.split(' '), machine);
  expect(fs.existsSync(join(directory, '.gemini/settings.json'))).toBe(true);
  expect(await ok(directory, ['init'], machine)).not.toContain('gemini');
});

test('--client without a value means those that are found', async () => {
  const directory = tempRepository();
  fs.mkdirSync(join(directory, '.cursor'));
  const { clients } = await json<InitOutput>(
    directory,
    ['init', '--client'],
    machineWith('codex', 'opencode'),
  );
  const found = clients?.clients.map(({ client }) => client);
  expect(found).toEqual(expect.arrayContaining(['codex', 'opencode', 'cursor']));
});

test('each client has its files, what is left to do, and what comes next', async () => {
  const directory = tempRepository();
  const said = await ok(directory, ['init', '--client', 'claude', '--client', 'codex']);
  expect(said).toContain('Made a Concord store');
  expect(said).toContain('  .mcp.json  new: MCP server concord\n');
  expect(said).toMatch(/settings\.local\.json {2}new: permission mcp__concord; .*hooks Session/);
  expect(said).toContain('To do: Codex asks once whether its hooks are trusted');
  expect(said).toContain('A linked worktree (git worktree add) gets none of these files');
  expect(said).toContain('Next: concord contract create hello');
  expect(await ok(directory, ['init', '--client', 'claude'])).toContain('Nothing changed.');
  const gone = await ok(directory, ['init', '--remove']);
  expect(gone).toContain('  .mcp.json  removed\n');
  expect(gone).toContain('.git/info/exclude  as it was before');
  expect(gone).not.toContain('Next:');
});

test('a dry run makes no store', async () => {
  const directory = tempRepository();
  const said = await ok(directory, ['init', '--client', 'claude', '--dry-run']);
  expect(said).toContain('A Concord store would be made');
  expect(said).toContain('A dry run: nothing was written');
  expect((await concord(directory, ['status'])).code).toBe(3);
});

test('what stands in the way is said with its path and its line', async () => {
  const directory = tempRepository();
  fs.writeFileSync(join(directory, '.mcp.json'), '{\n  "a": 1\n  "b": 2\n}\n');
  expect(await refused(directory, ['init', '--client', 'claude'])).toMatchObject({
    exit: 5,
    code: 'INVALID',
    message: `${join(directory, '.mcp.json')}, line 3: cannot be read as JSON; no file was changed.`,
  });
  expect(await refused(directory, ['init', '--client', 'cloud'])).toMatchObject({
    exit: 5,
    violations: [{ expected: expect.stringContaining('claude') as string }],
  });
  expect(await refused(directory, ['init', '--shared', '--user'])).toMatchObject({ exit: 5 });
});

test('a store of its own is named in the entries, and never in shared files', async () => {
  const directory = tempRepository();
  const store = join(tempDirectory(), 'team.git');
  await ok(directory, ['--store', store, 'init', '--client', 'claude']);
  for (const name of ['.mcp.json', '.claude/settings.local.json'])
    expect(fs.readFileSync(join(directory, name), 'utf8')).toContain(store);
  expect(
    await refused(directory, ['--store', store, 'init', '--client', 'claude', '--shared']),
  ).toMatchObject({ code: 'NOT_ALLOWED' });
});
