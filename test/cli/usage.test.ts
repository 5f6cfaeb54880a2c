import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { operations } from '../../src/operations/index.ts';
import { chain, concord, installed, json, ok, spawned, storeRepository } from '../helpers/cli.ts';
import { tempDirectory, tempRepository } from '../helpers/repository.ts';

describe('calls', () => {
  test('bare concord is the status, whatever options stand with it', async () => {
    const directory = await storeRepository();
    expect(await ok(directory, [])).toBe(await ok(directory, ['status']));
    expect(await json(directory, [])).toEqual(await json(directory, ['status']));
    const elsewhere = await ok(tempDirectory(), ['--store', directory, '--no-color']);
    const here = await ok(directory, ['status']);
    expect(elsewhere).toBe(here.replace('Next: concord', `Next: concord --store ${directory}`));
  });

  test('an empty folder named as the store never means the project around it', async () => {
    const directory = await storeRepository();
    await chain(directory);
    mkdirSync(join(directory, 'team'));
    for (const words of [['get', 'schema-users'], ['status']]) {
      const { code, out, err } = await concord(directory, ['--store', 'team', ...words]);
      expect({ code, out }).toEqual({ code: 3, out: '' });
      expect(err).toMatch(/no git repository at .*team.*\n\nNext: concord --store team init\n$/s);
    }
  });

  test('git concord is concord, wherever the program is on the PATH', async () => {
    const directory = await storeRepository();
    const env = { PATH: `${installed()}:${process.env['PATH']}` };
    const called = await spawned(directory, 'git', ['concord', 'status'], { env });
    expect(called).toMatchObject({ code: 0, out: await ok(directory, ['status']) });
    const linked = await spawned(directory, 'concord', ['status'], { env });
    expect(linked).toMatchObject({ code: 0, out: called.out });
  });

  test('--version stands alone: after get it is the version of the artifact', async () => {
    const directory = await storeRepository();
    await chain(directory);
    expect(await ok(directory, ['--version'])).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
    expect(await ok(directory, ['-V'])).toBe(await ok(directory, ['--version']));
    expect(await json(directory, ['get', 'schema-users', '--version', '1'])).toMatchObject({
      version: 1,
    });
  });

  test('global options stand before or after the command; --quiet prints nothing', async () => {
    const directory = await storeRepository();
    const before = await ok(directory, ['--json', 'status']);
    expect(before).toBe(await ok(directory, ['status', '--json']));
    expect(await ok(directory, ['status', '--quiet'])).toBe('');
    const refused = await concord(directory, ['get', 'none', '--quiet']);
    expect(refused).toMatchObject({ code: 3, out: '' });
    expect(refused.err).not.toBe('');
  });
});

describe('exit codes', () => {
  test('0 done, 3 not found, 3 no store, 4 conflict, 5 invalid', async () => {
    const directory = await storeRepository();
    const data = ['--type', 'document', '--data', '{"title":"T","body":"B"}'];
    const codes = await Promise.all(
      [
        ['status'],
        ['get', 'none'],
        ['publish', 'x', ...data, '--expected-version', '3'],
        ['publish', 'X', ...data],
      ].map(async (args) => (await concord(directory, args)).code),
    );
    expect(codes).toEqual([0, 3, 4, 5]);
    const bare = await concord(tempRepository(), []);
    expect(bare).toMatchObject({ code: 3, out: '' });
    expect(bare.err).toMatch(
      /^Refused \(NO_STORE\): No Concord store in this repository\.\n.*git fetch origin.*\n\nNext: concord init\n$/,
    );
  });

  test('1 when the store is not healthy', async () => {
    const directory = await storeRepository();
    const tree = spawnSync('git', ['mktree'], { cwd: directory, input: '', encoding: 'utf8' });
    const commit = spawnSync(
      'git',
      ['commit-tree', tree.stdout.trim(), '-p', 'concord/main', '-m', 'emptied by hand'],
      { cwd: directory, encoding: 'utf8' },
    );
    spawnSync('git', ['update-ref', 'refs/concord/main', commit.stdout.trim()], { cwd: directory });
    const done = await concord(directory, ['doctor']);
    expect(done.out).toMatch(/^BAD {2}history/m);
    expect(done.out).toMatch(/\nSomething is wrong; /);
    expect(done.code).toBe(1);
    const told = await concord(directory, ['doctor', '--json']);
    expect(JSON.parse(told.out)).toMatchObject({ ok: true, data: { healthy: false } });
    expect(told.code).toBe(1);
  });

  test.each([
    [['status', '--jsn'], "unknown option '--jsn'", '(Did you mean --json?)'],
    [['statsu'], "unknown command 'statsu'", '(Did you mean status?)'],
    [['artifact', 'lst'], "unknown command 'lst'", '(Did you mean list?)'],
    [['publish', 'x', '--sumary', 'y'], "unknown option '--sumary'", '(Did you mean --summary?)'],
    [['get'], "missing required argument 'ARTIFACT_ID'", '(add --help for what is allowed)'],
    [['get', 'x', 'y'], 'too many arguments', '(add --help for what is allowed)'],
    [['lineage', 'x', '--format', 'pdf'], 'Allowed choices are text, mermaid, dot.', '--help'],
    [['mcp', '--profile', 'most'], 'Allowed choices are core, full.', '--help'],
    [['--as'], "option '--as <name>' argument missing", '--help'],
    [['artifact'], 'Usage: concord artifact', 'history'],
  ])('129 for %j, with what is meant', async (args, said, help) => {
    const done = await concord(tempDirectory(), args);
    expect(done).toMatchObject({ code: 129, out: '' });
    expect(done.err).toContain(said);
    expect(done.err).toContain(help);
  });

  test('129 with --json is one object as well', async () => {
    const { code, out } = await concord(tempDirectory(), ['status', '--jsn', '--json']);
    expect(code).toBe(129);
    expect(JSON.parse(out)).toEqual({
      ok: false,
      error: {
        code: 'INVALID',
        message: "unknown option '--jsn'",
        hint: '(Did you mean --json?)',
      },
    });
  });

  test('a refusal with --json is one object on standard output', async () => {
    const directory = await storeRepository();
    await chain(directory);
    const { code, out, err } = await concord(directory, ['get', 'schema-user', '--json']);
    expect({ code, err }).toEqual({ code: 3, err: '' });
    expect(JSON.parse(out)).toEqual({
      ok: false,
      error: {
        code: 'NOT_FOUND',
        message: 'There is no artifact schema-user.',
        hint: 'Did you mean schema-users?',
        next: 'concord get schema-users',
      },
    });
  });
});

const paths = operations.flatMap(({ commands }) => commands.map(({ path }) => path));
const groups = [...new Set(paths.filter((path) => path.includes(' ')).map((p) => p.split(' ')[0]))];
const extras = ['mcp', 'completion', 'demo'];

test('--help of every command', async () => {
  const directory = tempDirectory();
  const pages = await Promise.all(
    [...new Set(['', ...paths, ...groups, ...extras])].map(async (path = '') => {
      const words = path === '' ? [] : path.split(' ');
      const out = await ok(directory, [...words, '--help']);
      return `$ ${['concord', ...words, '--help'].join(' ')}\n${out}`;
    }),
  );
  await expect(pages.join('\n')).toMatchFileSnapshot('__snapshots__/help.txt');
  // A process for each command: on a busy machine that takes its time.
}, 120_000);

describe('completion', () => {
  const script = async (shell: string): Promise<string> => {
    const file = join(tempDirectory(), shell);
    writeFileSync(file, await ok(tempDirectory(), ['completion', shell]));
    return file;
  };
  const parses = (shell: string, file: string): void => {
    const done = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    if (done.error) return console.info(`skipped: no ${shell} here to parse its script`);
    expect({ status: done.status, stderr: done.stderr }).toEqual({ status: 0, stderr: '' });
  };

  test('the bash script parses and completes commands, groups and options', async () => {
    const file = await script('bash');
    parses('bash', file);
    const complete = (...words: string[]): string[] => {
      const list = words.map((word) => `'${word}'`).join(' ');
      const body = `source '${file}'; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _concord; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = spawnSync('bash', ['-c', body], { encoding: 'utf8' });
      return stdout.trim().split('\n');
    };
    expect(complete('concord', 'sta').sort()).toEqual(['stale', 'status']);
    expect(complete('concord', 'artifact', 'h')).toEqual(['history']);
    expect(complete('concord', 'publish', 'x', '--der')).toEqual(['--derived-from']);
    expect(complete('concord', 'get', '--js')).toEqual(['--json']);
  });

  test('the zsh and fish scripts parse', async () => {
    parses('zsh', await script('zsh'));
    parses('fish', await script('fish'));
    const done = await concord(tempDirectory(), ['completion', 'tcsh']);
    expect(done).toMatchObject({ code: 5, out: '' });
    expect(done.err).toContain('shell must be bash, zsh or fish; got "tcsh".');
  });
});
