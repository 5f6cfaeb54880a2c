import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ok } from '../../helpers/cli.ts';
import { git, gitEnv, tempDirectory, tempRepository } from '../../helpers/repository.ts';

const claude = process.env['CONCORD_CLAUDE'] ?? '';
const isThere = existsSync(claude);
if (!isThere)
  console.log('skipped: CONCORD_CLAUDE names no program; the real Claude Code is not asked');

/** Claude Code with a home of its own, and no network. */
const listServers = (directory: string, home: string): string =>
  execFileSync(claude, ['mcp', 'list'], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...gitEnv,
      HOME: home,
      CLAUDE_CONFIG_DIR: join(home, '.claude'),
      DISABLE_AUTOUPDATER: '1',
      DISABLE_TELEMETRY: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      ANTHROPIC_API_KEY: 'none',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:1',
    },
  });

/** A home whose user has said that the folder may be trusted. */
const homeThatTrusts = (directory: string): string => {
  const home = tempDirectory();
  mkdirSync(join(home, '.claude'));
  const projects = { [directory]: { hasTrustDialogAccepted: true } };
  writeFileSync(
    join(home, '.claude/.claude.json'),
    JSON.stringify({ hasCompletedOnboarding: true, projects }),
  );
  return home;
};

test.skipIf(!isThere).each(['local', 'user'])(
  'Claude Code connects to the server that stands in its files: %s',
  async (scope) => {
    const directory = tempRepository();
    const home = homeThatTrusts(directory);
    const env = { HOME: home, CLAUDE_CONFIG_DIR: join(home, '.claude') };
    const more = scope === 'user' ? ['--user'] : [];
    await ok(directory, ['init']);
    await ok(directory, ['init', '--client', 'claude', ...more], { env });
    expect(listServers(directory, home)).toMatch(/^concord: .* - ✔ Connected$/m);
    expect(git(directory, 'status', '--porcelain')).toBe('');
    await ok(directory, ['init', '--remove', ...more], { env });
    expect(listServers(directory, home)).toContain('No MCP servers configured');
  },
);
