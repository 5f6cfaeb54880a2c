import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { clients } from '../../../src/operations/client/hooks.ts';
import type { Client } from '../../../src/operations/client/hooks.ts';
import type { FileReport } from '../../../src/operations/client/report.ts';
import type { InitOutput } from '../../../src/operations/store/init.ts';
import { bin, within } from '../../helpers/cli.ts';
import { git, gitEnv, tempDirectory, tempRepository } from '../../helpers/repository.ts';

beforeEach(() => {
  vi.stubEnv('HOME', tempDirectory());
  onTestFinished(() => void vi.unstubAllEnvs());
});

type Options = {
  readonly client?: readonly (Client | 'detected')[];
  readonly shared?: true;
  readonly user?: true;
  readonly remove?: true;
  readonly dryRun?: true;
};

const init = (directory: string, options: Options = {}): Promise<InitOutput> =>
  within(directory, 'ann-lee', ({ call }) => call('init', options));

const reports = ({ clients: report }: InitOutput): readonly FileReport[] =>
  report?.clients.flatMap(({ files }) => files) ?? [];

const write = (path: string, content: string | Buffer): void => {
  fs.mkdirSync(dirname(path), { recursive: true });
  fs.writeFileSync(path, content);
};

/** Everything below a directory but what belongs to git, with contents, modes and the targets of links. */
const contents = (directory: string): Record<string, string> => {
  const all = fs.readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const own = all.filter((name) => name !== '.git' && !name.startsWith('.git/'));
  const shown = (path: string): string => {
    const stat = fs.lstatSync(path);
    if (stat.isDirectory()) return 'directory';
    if (stat.isSymbolicLink()) return `link to ${fs.readlinkSync(path)}`;
    return `${(stat.mode & 0o777).toString(8)} ${fs.readFileSync(path).toString('latin1')}`;
  };
  return Object.fromEntries(own.sort().map((name) => [name, shown(join(directory, name))]));
};

const excludeOf = (directory: string): string =>
  fs.readFileSync(join(directory, '.git/info/exclude'), 'utf8');

const known = (directory: string): boolean =>
  fs.existsSync(join(directory, '.git/concord/clients.json'));

const jsonAt = (...path: readonly string[]): Record<string, Record<string, unknown>> =>
  JSON.parse(fs.readFileSync(join(...path), 'utf8')) as Record<string, Record<string, unknown>>;

describe.each(clients)('%s', (client) => {
  test('its files come and go, and git sees none of them', async () => {
    const directory = tempRepository();
    const [before, exclude] = [contents(directory), excludeOf(directory)];
    const made = await init(directory, { client: [client] });
    expect(reports(made).length).toBeGreaterThan(0);
    expect(new Set(reports(made).map(({ state }) => state))).toEqual(new Set(['new']));
    expect(git(directory, 'status', '--porcelain')).toBe('');
    const after = contents(directory);
    expect(JSON.stringify(after)).toContain('concord');

    const again = await init(directory, { client: [client] });
    expect(again.clients).toMatchObject({ changed: false });
    expect(contents(directory)).toEqual(after);

    await init(directory, { remove: true });
    expect(contents(directory)).toEqual(before);
    expect(excludeOf(directory)).toBe(exclude);
    expect(known(directory)).toBe(false);
  });

  test('a dry run tells the same, and changes nothing', async () => {
    const directory = tempRepository();
    const before = [contents(directory), excludeOf(directory), git(directory, 'for-each-ref')];
    const dry = await init(directory, { client: [client], dryRun: true });
    expect([contents(directory), excludeOf(directory), git(directory, 'for-each-ref')]).toEqual(
      before,
    );
    const wet = await init(directory, { client: [client] });
    expect(reports(dry)).toEqual(reports(wet));
    expect(dry.created && wet.created).toBe(true);
  });

  test('shared files name the plain command', async () => {
    const directory = tempRepository();
    const before = contents(directory);
    await init(directory, { client: [client], shared: true });
    const all = Object.values(contents(directory)).join('\n');
    expect(all).toContain('concord:begin');
    expect(all).toContain('"concord"');
    expect(all).not.toContain(process.execPath);
    expect(git(directory, 'status', '--porcelain')).not.toBe('');
    await init(directory, { remove: true });
    expect(contents(directory)).toEqual(before);
  });

  test("the user's own files come and go", async () => {
    const directory = tempDirectory();
    const home = process.env['HOME'] ?? '';
    const made = await init(directory, { client: [client], user: true });
    expect(made.gitDir).toBeNull();
    expect(Object.values(contents(home)).join('\n')).toContain('concord');
    const again = await init(directory, { client: [client], user: true });
    expect(again.clients?.changed).toBe(false);
    await init(directory, { user: true, remove: true });
    expect(contents(home)).toEqual({ '.config': 'directory' });
  });
});

const odd: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['comments', { '.claude/settings.local.json': '{\n  // mine\n  "model": "x" // last\n}\n' }],
  ['tabs', { '.mcp.json': '{\n\t"mcpServers": {\n\t\t"x": {"command": "x"}\n\t}\n}\n' }],
  ['CRLF', { '.gemini/settings.json': '{\r\n  "a": 1\r\n}\r\n', 'AGENTS.md': '# A\r\n\r\nB\r\n' }],
  ['no final newline', { '.cursor/mcp.json': '{"mcpServers":{}}', 'AGENTS.md': '# A' }],
  ['a mark of byte order', { '.mcp.json': '\uFEFF{ "mcpServers": { } }\n' }],
  ['empty files', { '.mcp.json': '', 'AGENTS.md': '', '.codex/config.toml': '' }],
  [
    'hooks',
    { '.codex/hooks.json': '{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"x"}]}]}}' },
  ],
  ['TOML', { '.codex/config.toml': '# mine\nmodel = "x"\n\n[mcp_servers.y]\ncommand = "y"' }],
];

describe.each(odd)('files with %s', (_, files) => {
  test('are put back byte for byte, all clients at once', async () => {
    const directory = tempRepository();
    for (const [name, text] of Object.entries(files)) write(join(directory, name), text);
    const before = contents(directory);
    await init(directory, { client: clients });
    expect(contents(directory)).not.toEqual(before);
    expect((await init(directory, { client: clients })).clients?.changed).toBe(false);
    // One after the other: only the last one can put a file back.
    for (const client of clients) await init(directory, { client: [client], remove: true });
    expect(contents(directory)).toEqual(before);
    expect(known(directory)).toBe(false);
  });

  test('only lose our entries when somebody has edited them since', async () => {
    const directory = tempRepository();
    for (const [name, text] of Object.entries(files)) write(join(directory, name), text);
    await init(directory, { client: clients });
    for (const name of Object.keys(files)) {
      const path = join(directory, name);
      const text = fs.readFileSync(path, 'utf8');
      fs.writeFileSync(
        path,
        name.endsWith('.json') ? text.replace('{', '{ "later": 1,') : `${text}later\n`,
      );
    }
    await init(directory, { remove: true });
    for (const name of Object.keys(files)) {
      const text = fs.readFileSync(join(directory, name), 'utf8');
      expect(text).toContain('later');
      expect(text).not.toContain('concord');
    }
  });
});

test('a tracked file shows in git status, and is as it was after the removal', async () => {
  const directory = tempRepository();
  write(join(directory, '.mcp.json'), '{"mcpServers":{}}');
  git(directory, 'add', '.mcp.json');
  git(directory, 'commit', '-q', '-m', 'servers');
  const made = await init(directory, { client: ['claude'] });
  expect(reports(made).map(({ path, tracked }) => [path, tracked])).toEqual([
    ['.mcp.json', true],
    ['.claude/settings.local.json', false],
  ]);
  expect(git(directory, 'status', '--porcelain')).toBe(' M .mcp.json');
  await init(directory, { remove: true });
  expect(git(directory, 'status', '--porcelain')).toBe('');
});

test('a link is followed, never replaced; its mode stays', async () => {
  const directory = tempRepository();
  const other = join(tempDirectory(), 'servers.json');
  fs.writeFileSync(other, '{}', { mode: 0o600 });
  fs.symlinkSync(other, join(directory, '.mcp.json'));
  fs.symlinkSync('AGENTS.md', join(directory, 'CLAUDE.md'));
  const before = contents(directory);
  const made = await init(directory, { client: ['claude', 'codex'], shared: true });
  expect(reports(made).find(({ path }) => path === '.mcp.json')?.link).toBe(other);
  expect(fs.lstatSync(join(directory, '.mcp.json')).isSymbolicLink()).toBe(true);
  expect(fs.statSync(other).mode & 0o777).toBe(0o600);
  // Two names of one file: one block.
  const block = fs.readFileSync(join(directory, 'AGENTS.md'), 'utf8').split('concord:begin');
  expect(block).toHaveLength(2);
  await init(directory, { remove: true });
  expect(contents(directory)).toEqual(before);
  expect(fs.readFileSync(other, 'utf8')).toBe('{}');
});

test.each([
  ['a list', '.claude/settings.local.json', '[]', 'must hold an object, not a list'],
  ['broken JSON', '.claude/settings.local.json', '{\n"a": }\n', 'line 2: cannot be read as JSON'],
  ['no text', '.claude/settings.local.json', Buffer.from([0x7b, 0xff, 0x7d]), 'is not UTF-8 text'],
])('a file with %s is refused, and nothing is written', async (_, name, content, why) => {
  const directory = tempRepository();
  write(join(directory, name), content);
  const before = [contents(directory), excludeOf(directory), git(directory, 'for-each-ref')];
  const refusal = init(directory, { client: ['claude'] });
  await expect(refusal).rejects.toMatchObject({ code: 'INVALID' });
  await expect(refusal).rejects.toThrow(why);
  await expect(refusal).rejects.toThrow(name);
  expect([contents(directory), excludeOf(directory), git(directory, 'for-each-ref')]).toEqual(
    before,
  );
});

test('what was written is taken back when a later file cannot be written', async () => {
  const directory = tempRepository();
  await init(directory);
  const before = [contents(directory), excludeOf(directory)];
  const rename = fs.renameSync;
  const denied = Object.assign(new Error('no'), { code: 'EACCES' });
  const spy = vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    if (String(to).endsWith('settings.local.json')) throw denied;
    rename(from, to);
  });
  onTestFinished(() => spy.mockRestore());
  await expect(init(directory, { client: ['claude'] })).rejects.toMatchObject({
    code: 'NOT_ALLOWED',
    message: expect.stringContaining('permission is denied; nothing was changed') as string,
  });
  expect([contents(directory), excludeOf(directory)]).toEqual(before);
  expect(known(directory)).toBe(false);
});

test('a directory where only a file may stand, and the other way round', async () => {
  const directory = tempRepository();
  write(join(directory, '.claude'), 'a file');
  const before = contents(directory);
  await expect(init(directory, { client: ['claude'] })).rejects.toMatchObject({
    code: 'NOT_ALLOWED',
  });
  expect(contents(directory)).toEqual(before);
  fs.mkdirSync(join(directory, 'AGENTS.md'));
  await expect(init(directory, { client: ['cursor'] })).rejects.toMatchObject({
    code: 'NOT_ALLOWED',
  });
});

test("a server of the user's own of our name is kept, and said", async () => {
  const directory = tempRepository();
  const own = '{"mcpServers":{"concord":{"command":"my-concord"}}}';
  write(join(directory, '.mcp.json'), own);
  const made = await init(directory, { client: ['claude'] });
  expect(reports(made)[0]).toMatchObject({
    state: 'unchanged',
    kept: [{ place: 'mcpServers.concord', stands: '{"command":"my-concord"}' }],
  });
  expect(fs.readFileSync(join(directory, '.mcp.json'), 'utf8')).toBe(own);
  await init(directory, { remove: true });
  expect(fs.readFileSync(join(directory, '.mcp.json'), 'utf8')).toBe(own);
});

test('what the user had before of what we want stays when we go', async () => {
  const directory = tempRepository();
  const own = '{"permissions":{"allow":["mcp__concord"]}}';
  write(join(directory, '.claude/settings.local.json'), own);
  await init(directory, { client: ['claude'] });
  write(
    join(directory, '.claude/settings.local.json'),
    JSON.stringify({ ...jsonAt(directory, '.claude/settings.local.json'), later: 1 }),
  );
  await init(directory, { remove: true });
  expect(jsonAt(directory, '.claude/settings.local.json')).toEqual({
    permissions: { allow: ['mcp__concord'] },
    later: 1,
  });
});

test('entries of an older installation are replaced, and what was before stays known', async () => {
  const directory = tempRepository();
  write(join(directory, '.mcp.json'), '{"a":1}');
  const before = contents(directory);
  await init(directory, { client: ['claude'] });
  // The record and the files of another place of installation.
  for (const name of ['.git/concord/clients.json', '.mcp.json', '.claude/settings.local.json']) {
    const path = join(directory, name);
    fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replaceAll(bin, '/old/bin/concord.js'));
  }
  const again = await init(directory, { client: ['claude'] });
  expect(reports(again).map(({ state }) => state)).toEqual(['changed', 'changed']);
  const text = JSON.stringify(contents(directory));
  expect(text).not.toContain('/old/');
  expect(jsonAt(directory, '.claude/settings.local.json')['hooks']?.['SessionEnd']).toHaveLength(1);
  await init(directory, { remove: true });
  // The digests are those of other texts: only our entries go.
  expect(jsonAt(directory, '.mcp.json')).toEqual({ a: 1 });
  expect(Object.keys(contents(directory))).toEqual(Object.keys(before));
});

test.each(clients)('a clone with shared files for %s keeps them', async (client) => {
  const directory = tempRepository();
  await init(directory, { client: [client], shared: true });
  git(directory, 'add', '.');
  git(directory, 'commit', '-q', '-m', 'set up');
  const clone = join(tempDirectory(), 'clone');
  git(directory, 'clone', '-q', directory, clone);
  const made = await init(clone, { client: [client] });
  expect(made.clients).toMatchObject({ changed: false, clients: [{ files: [] }] });
  expect(made.clients?.clients[0]?.notes[0]).toContain('shared');
  expect((await init(clone, { remove: true })).clients?.changed).toBe(false);
  expect(git(clone, 'status', '--porcelain')).toBe('');
  await init(clone, { remove: true, shared: true });
  expect(Object.values(contents(clone)).join('\n')).not.toContain('concord');
  // Where it was set up, the same: nothing of one's own comes beside it.
  expect((await init(directory, { client: [client] })).clients?.changed).toBe(false);
});

test('hooks that the user has for all repositories are not registered twice', async () => {
  const directory = tempRepository();
  await init(directory, { client: ['claude'], user: true });
  await init(directory, { client: ['claude'] });
  expect(jsonAt(directory, '.claude/settings.local.json')['hooks']).toBeUndefined();
  expect(jsonAt(directory, '.mcp.json')['mcpServers']).toHaveProperty('concord');
});

test('what was before is never taken from a file that holds ours in another form', async () => {
  const directory = tempRepository();
  const path = join(directory, '.codex/config.toml');
  write(path, '[a]\nb = 1\n');
  await init(directory, { client: ['codex'] });
  // As codex writes its file anew: no mark above the table, other white space.
  const anew = fs.readFileSync(path, 'utf8').replace('# concord:begin\n', '');
  fs.writeFileSync(path, anew.replaceAll('","', '", "'));
  await init(directory, { client: ['codex'] });
  await init(directory, { remove: true });
  expect(fs.readFileSync(path, 'utf8')).toBe('[a]\nb = 1\n');

  await init(directory, { client: ['gemini'] });
  const settings = join(directory, '.gemini/settings.json');
  fs.writeFileSync(
    settings,
    fs.readFileSync(settings, 'utf8').replaceAll(bin, '/x/bin/concord.js'),
  );
  await init(directory, { client: ['gemini'] });
  await init(directory, { remove: true });
  expect(fs.existsSync(settings)).toBe(false);
});

test('the plugin of Claude Code is not doubled', async () => {
  const directory = tempRepository();
  const settings = join(process.env['HOME'] ?? '', '.claude/settings.json');
  write(settings, '{"enabledPlugins": {"x@y": true, "concord@git-concord": true}}');
  const made = await init(directory, { client: ['claude'] });
  expect(made.clients).toMatchObject({ changed: false, clients: [{ files: [] }] });
  write(settings, '{"enabledPlugins": {"x@y": true, "concord@git-concord": false}}');
  expect((await init(directory, { client: ['claude'] })).clients?.changed).toBe(true);
});

test('a linked worktree has files of its own, and one that is gone leaves nothing', async () => {
  const directory = tempRepository();
  const exclude = excludeOf(directory);
  const linked = join(tempDirectory(), 'linked');
  git(directory, 'worktree', 'add', '-q', linked);
  await init(directory, { client: ['claude'] });
  await init(linked, { client: ['claude'] });
  expect(git(linked, 'status', '--porcelain')).toBe('');
  await init(directory, { remove: true });
  expect(fs.existsSync(join(linked, '.mcp.json'))).toBe(true);
  expect(git(linked, 'status', '--porcelain')).toBe('');
  git(directory, 'worktree', 'remove', '--force', linked);
  await init(directory, { remove: true });
  expect(excludeOf(directory)).toBe(exclude);
  expect(known(directory)).toBe(false);
});

test('what stands exactly as we wrote it goes also when nothing is remembered', async () => {
  const directory = tempRepository();
  write(join(directory, '.mcp.json'), '{"a":1}');
  await init(directory, { client: ['claude'] });
  fs.rmSync(join(directory, '.git/concord'), { recursive: true });
  await init(directory, { remove: true });
  expect(contents(directory)).toEqual({
    '.claude': 'directory',
    '.mcp.json': expect.stringContaining('"a"') as string,
  });
  expect(jsonAt(directory, '.mcp.json')).toEqual({ a: 1 });
});

test('without a work tree, without clients, with two scopes: refused', async () => {
  vi.stubEnv('PATH', dirname(process.execPath));
  const bare = tempRepository('--bare');
  await expect(init(bare, { client: ['claude'] })).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  await expect(init(bare, { shared: true, user: true })).rejects.toMatchObject({ code: 'INVALID' });
});

/** Kills its own process at the n-th file that gets its name. */
const killer = (n: number): string =>
  `data:text/javascript,${encodeURIComponent(`
  import fs from 'node:fs';
  const rename = fs.renameSync;
  let left = ${n};
  fs.renameSync = (from, to) => {
    if (String(from).endsWith('.concord-new') && left-- === 0) process.kill(process.pid, 'SIGKILL');
    rename(from, to);
  };
`)}`;

/** The program, killed at the n-th file; true when it came to its end before. */
const killed = (directory: string, n: number, ...args: readonly string[]): boolean => {
  const env = { ...gitEnv, HOME: process.env['HOME'] };
  const words = ['--import', killer(n), bin, 'init', ...args];
  const done = spawnSync(process.execPath, words, { cwd: directory, env, encoding: 'utf8' });
  if (done.signal === null)
    expect({ status: done.status, err: done.stderr }).toEqual({ status: 0, err: '' });
  return done.signal === null;
};

describe('killed between two files', () => {
  const begin = async (): Promise<string> => {
    const directory = tempRepository();
    write(join(directory, '.mcp.json'), '{"a":1}');
    await init(directory);
    return directory;
  };

  test.each([0, 1, 2, 3, 4])('setting up, at file %i: the same call goes on', async (n) => {
    const directory = await begin();
    const before = [contents(directory), excludeOf(directory)];
    expect(killed(directory, n, '--client', 'claude')).toBe(false);
    await init(directory, { client: ['claude'] });
    expect(Object.keys(contents(directory)).filter((name) => name.endsWith('-new'))).toEqual([]);
    expect((await init(directory, { client: ['claude'] })).clients?.changed).toBe(false);
    await init(directory, { remove: true });
    expect([contents(directory), excludeOf(directory)]).toEqual(before);
  });

  test.each([0, 1, 2])('taking out, at file %i: the same call goes on', async (n) => {
    const directory = await begin();
    const before = [contents(directory), excludeOf(directory)];
    await init(directory, { client: ['claude'] });
    expect(killed(directory, n, '--remove')).toBe(false);
    await init(directory, { remove: true });
    expect([contents(directory), excludeOf(directory)]).toEqual(before);
    expect(known(directory)).toBe(false);
  });
});
