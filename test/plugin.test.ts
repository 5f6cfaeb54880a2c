import { chmodSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { pluginDirectory, pluginFiles } from '../src/operations/guide/plugin.ts';
import type { Package } from '../src/operations/guide/plugin.ts';
import { spawned } from './helpers/cli.ts';
import type { Done } from './helpers/cli.ts';
import { tempDirectory } from './helpers/repository.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const files = pluginFiles(JSON.parse(read('package.json')) as Package);
const parsed = (path: string): unknown => JSON.parse(files[`${pluginDirectory}/${path}`] ?? '');

describe('the files of the plugin', () => {
  test.each(Object.entries(files))('%s is what the guide says (npm run plugin)', (path, text) => {
    expect(read(path)).toBe(text);
  });

  test('there are no others', () => {
    const there = readdirSync(join(root, pluginDirectory), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
    const made = Object.keys(files).filter((path) => path.startsWith(pluginDirectory));
    expect(there.sort()).toEqual(made.sort());
  });

  test('all of them are in the package', async () => {
    const args = ['pack', '--dry-run', '--ignore-scripts', '--json'];
    const { code, out } = await spawned(root, 'npm', args, {
      env: { npm_config_loglevel: 'silent' },
    });
    expect(code).toBe(0);
    const [{ files: packed }] = JSON.parse(out) as [{ files: readonly { path: string }[] }];
    const paths = new Set(packed.map(({ path }) => path));
    expect(Object.keys(files).filter((path) => !paths.has(path))).toEqual([]);
  });

  test('the version is that of the package, and the marketplace offers this directory', () => {
    const { version } = JSON.parse(read('package.json')) as Package;
    expect(parsed('.claude-plugin/plugin.json')).toMatchObject({ name: 'concord', version });
    expect(JSON.parse(files['.claude-plugin/marketplace.json'] ?? '')).toMatchObject({
      plugins: [{ name: 'concord', source: './templates/plugin', version }],
    });
  });
});

type Hooks = {
  readonly hooks: Readonly<
    Record<string, readonly { hooks: readonly { command: string; args: readonly string[] }[] }[]>
  >;
};
const hooks = Object.values((parsed('hooks/hooks.json') as Hooks).hooks).flatMap((entries) =>
  entries.flatMap((entry) => entry.hooks),
);
const [{ command: watch }] = parsed('monitors/monitors.json') as [{ command: string }];

/** A directory of programs that is the whole PATH. */
const programs = (scripts: Readonly<Record<string, string>>): string => {
  const directory = tempDirectory();
  for (const [name, text] of Object.entries(scripts)) {
    writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(directory, name), 0o755);
  }
  return directory;
};

const run = (command: string, args: readonly string[], PATH: string): Promise<Done> =>
  spawned(PATH, command === 'sh' ? '/bin/sh' : command, args, {
    env: { PATH, CLAUDE_CODE_SESSION_ID: 'session-1' },
    input: '{}',
  });

describe('its hooks', () => {
  test('hand everything on to the program, and its answer back', async () => {
    const path = programs({ concord: 'echo "$*"; echo aside >&2; exit 2' });
    expect(hooks.length).toBeGreaterThan(5);
    for (const { command, args } of hooks) {
      const words = args.slice(args.indexOf('hook')).join(' ');
      expect(words).toMatch(/^hook [a-z-]+ --client claude$/);
      expect(await run(command, args, path)).toMatchObject({
        code: 2,
        out: `${words}\n`,
        err: 'aside\n',
      });
    }
  });

  test('let everything pass, without a word, where the program is missing', async () => {
    const path = programs({});
    for (const { command, args } of hooks)
      expect(await run(command, args, path)).toMatchObject({ code: 0, out: '', err: '' });
  });
});

describe('its monitor', () => {
  // It stays for as long as its session: here what it stays with ends at once.
  const tail = 'exit 0';
  const told = async (scripts: Readonly<Record<string, string>>): Promise<string> =>
    (await run('sh', ['-c', watch], programs({ tail, ...scripts }))).out;

  test('says the line of the wait when it wakes', async () => {
    expect(await told({ concord: 'echo noise; echo "build-api is ready." >&2; exit 2' })).toBe(
      'build-api is ready.\n',
    );
  });

  test.each([
    ['the program is missing', {}],
    ['there is nothing to wait for', { concord: 'exit 0' }],
    ['the program fails', { concord: 'echo "concord: broken" >&2; exit 1' }],
    ['the program does not know the command', { concord: 'echo usage >&2; exit 129' }],
  ])('is silent where %s', async (_, scripts) => {
    expect(await told(scripts)).toBe('');
  });

  test('asks for its own session, and stays afterwards', async () => {
    const asked = 'read -r all; echo "$* $all" >&2; exit 2';
    expect(await told({ concord: asked, tail: 'echo "stays: $*"' })).toBe(
      'hook wait --client claude {"session_id":"session-1","hook_event_name":"Stop"}\nstays: -f /dev/null\n',
    );
  });
});
