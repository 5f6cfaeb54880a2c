import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bin } from '../helpers/cli.ts';
import { tempDirectory, tempRepository } from '../helpers/repository.ts';

// Newer versions of Node keep compiled code themselves, in a place of their own.
const isOurs = Number.parseInt(process.versions.node, 10) < 22;

const run = (cache: string, words: string[], environment: Record<string, string> = {}) => {
  const { NODE_DISABLE_COMPILE_CACHE: _off, ...inherited } = process.env;
  const options = {
    cwd: tempRepository(),
    encoding: 'utf8' as const,
    env: { ...inherited, XDG_CACHE_HOME: cache, ...environment },
  };
  return spawnSync(process.execPath, [bin, ...words], options);
};

const kept = (cache: string): string[] => {
  const root = join(cache, 'concord');
  if (!existsSync(root)) return [];
  return readdirSync(root).flatMap((build) =>
    readdirSync(join(root, build)).map((name) => join(root, build, name)),
  );
};

describe.runIf(isOurs)('compiled code', () => {
  test('is kept by command, used again, and nobody else can read or write it', () => {
    const cache = tempDirectory();
    const first = run(cache, ['--as', 'ann', 'completion', 'bash']);
    const [file = ''] = kept(cache);
    expect([first.status, kept(cache).length, file.split('/').at(-1)]).toEqual([
      0,
      1,
      'completion',
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { mtimeMs } = statSync(file);
    expect(run(cache, ['completion', 'bash']).stdout).toBe(first.stdout);
    // It was taken, and not made again.
    expect([statSync(file).mtimeMs, kept(cache)]).toEqual([mtimeMs, [file]]);
  });

  test('what is broken, or could be written by others, is made anew or left alone', () => {
    const cache = tempDirectory();
    run(cache, ['completion', 'bash']);
    const [file = ''] = kept(cache);
    const size = statSync(file).size;
    writeFileSync(file, 'nonsense');
    expect(run(cache, ['completion', 'bash']).status).toBe(0);
    expect(statSync(file).size).toBeGreaterThan(size / 2);
    chmodSync(file, 0o666);
    const before = readFileSync(file);
    expect(run(cache, ['completion', 'bash']).status).toBe(0);
    expect([statSync(file).mode & 0o777, readFileSync(file).equals(before)]).toEqual([
      0o600,
      expect.any(Boolean),
    ]);
  });

  test('a refusal, a place that cannot be written and the switch leave nothing', () => {
    const cache = tempDirectory();
    expect(run(cache, ['no-such-command']).status).toBe(129);
    expect(run(cache, ['completion', 'bash'], { NODE_DISABLE_COMPILE_CACHE: '1' }).status).toBe(0);
    expect(kept(cache)).toEqual([]);
    const file = join(cache, 'file');
    writeFileSync(file, '');
    expect(run(join(file, 'below'), ['completion', 'bash'])).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  test('of other builds only the two used last are kept', () => {
    const cache = tempDirectory();
    for (const [age, name] of ['a', 'b', 'c', 'd'].entries()) {
      const folder = join(cache, 'concord', name);
      mkdirSync(folder, { recursive: true });
      utimesSync(folder, Date.now() / 1000 - age * 60, Date.now() / 1000 - age * 60);
    }
    run(cache, ['completion', 'bash']);
    const builds = readdirSync(join(cache, 'concord'));
    expect(builds.filter((name) => name.length === 1)).toEqual(['a', 'b']);
    expect(builds.length).toBe(3);
  });
});
