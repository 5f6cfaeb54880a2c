import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bin, spawned, storeRepository } from '../helpers/cli.ts';
import type { Done } from '../helpers/cli.ts';
import { tempDirectory } from '../helpers/repository.ts';

const given = process.env['CONCORD_CLAUDE'] ?? '';
const program = given === 'off' ? '' : given;
if (program === '')
  console.info(
    'skipped: the plugin in Claude Code (CONCORD_CLAUDE=PATH names the program to try it with)',
  );
const root = fileURLToPath(new URL('../../', import.meta.url));

type Claude = (args: readonly string[], directory?: string) => Promise<Done>;

/** Claude Code with a home of its own, in which concord is found. */
const claude = (): Claude => {
  const home = tempDirectory();
  mkdirSync(join(home, 'bin'));
  symlinkSync(bin, join(home, 'bin/concord'));
  const env = {
    HOME: home,
    CLAUDE_CONFIG_DIR: join(home, '.claude'),
    PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}`,
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  };
  return async (args, directory = home) => {
    const done = await spawned(directory, program, args, { env });
    expect({ code: done.code, ...(done.code !== 0 && { out: done.out, err: done.err }) }).toEqual({
      code: 0,
    });
    return done;
  };
};

describe.skipIf(program === '')('the plugin in Claude Code', { timeout: 120_000 }, () => {
  test('passes validation where warnings are errors, and so does the marketplace', async () => {
    const run = claude();
    const plugin = await run(['plugin', 'validate', join(root, 'templates/plugin'), '--strict']);
    expect(plugin.out).toContain('Validation passed');
    for (const part of ['concord:concord', 'concord:worker', 'concord:orchestrator', 'monitors:'])
      expect(plugin.out).toContain(part);
    const marketplace = await run(['plugin', 'validate', root, '--strict']);
    expect(marketplace.out).toContain('Validation passed');
  });

  test("is installed from the package's directory, and its server connects", async () => {
    const run = claude();
    await run(['plugin', 'marketplace', 'add', root]);
    await run(['plugin', 'install', 'concord@git-concord']);
    expect((await run(['plugin', 'list'])).out).toMatch(/concord@git-concord[\s\S]*enabled/);
    const { out } = await run(['plugin', 'details', 'concord']);
    expect(out).toMatch(/Skills \(1\) +concord\n +Agents \(2\)/);
    const [, tokens] = /Always-on: +~(\d+) tok/.exec(out) ?? [];
    console.info(`the plugin's skill and agents, as Claude Code counts them: ${tokens} tokens`);
    expect(Number(tokens)).toBeLessThanOrEqual(200);
    const { out: servers } = await run(['mcp', 'list'], await storeRepository());
    expect(servers).toMatch(/plugin:concord:concord: concord mcp - . Connected/);
    await run(['plugin', 'uninstall', 'concord@git-concord']);
    expect((await run(['plugin', 'list'])).out).not.toContain('concord@git-concord');
  });
});
