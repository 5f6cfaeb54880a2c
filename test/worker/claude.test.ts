import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planLaunch } from '../../src/worker/launch/launch.ts';
import type { Agent } from '../../src/model/entity.ts';
import type { Launch } from '../../src/worker/launch/types.ts';
import { bin, json, login, ok, storeRepository } from '../helpers/cli.ts';
import { inTurn, say, use } from '../helpers/claude/minds.ts';
import { startModel } from '../helpers/claude/model.ts';
import type { Mind, Model } from '../helpers/claude/model.ts';
import { claude, claudeHome } from '../helpers/claude/session.ts';
import { tempDirectory } from '../helpers/repository.ts';
import { started } from './started.ts';

type Started = {
  readonly directory: string;
  readonly model: Model;
  readonly launch: (more?: Partial<Agent>, usd?: number) => Launch;
};

const prepare = async (mind: (directory: string) => Mind): Promise<Started> => {
  const directory = await storeRepository();
  await ok(directory, ['contract', 'create', 'build-api', '--expects', 'api-contract']);
  const model = await startModel(mind(directory));
  const home = claudeHome(model, { CLAUDE_CODE_SESSION_ID: 'around', CLAUDECODE: '1' });
  const launch = (more: Partial<Agent> = {}, usd?: number): Launch =>
    planLaunch({
      agent: {
        name: 'api-dev',
        registered: '2026-11-22T17:43:22Z',
        command: ['claude', '--model', 'claude-sonnet-5'],
        ...more,
      },
      contract: 'build-api',
      attempt: 1,
      ...(usd !== undefined && { usd }),
      prompt: '--help is no option here: publish what build-api expects.',
      run: 'run-7c2e',
      line: 'main',
      directory: tempDirectory(),
      cwd: directory,
      settings: { program: { node: process.execPath, script: bin }, inherited: home.env },
    });
  return { directory, model, launch };
};

type Line = Readonly<Record<string, unknown>>;
const linesOf = (out: string): readonly Line[] =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

describe.skipIf(claude === undefined)('the line for Claude Code', { timeout: 120_000 }, () => {
  test('starts a session that has Concord, under the right name, beside the servers of the project', async () => {
    const { directory, model, launch } = await prepare(() =>
      inTurn(use('contract_claim'), use('artifact_publish', { data: login })),
    );
    // A server of the same name in the project does not work; the one of the line wins. The other stays.
    const mcpServers = { concord: { command: 'false' }, other: { command: 'true' } };
    writeFileSync(join(directory, '.mcp.json'), JSON.stringify({ mcpServers }));
    const { code, out } = await started(launch());
    expect(code).toBe(0);
    const [init] = linesOf(out).filter(({ subtype }) => subtype === 'init');
    const servers = init?.['mcp_servers'] as readonly { name: string; status: string }[];
    expect(servers).toContainEqual(
      expect.objectContaining({ name: 'concord', status: 'connected' }),
    );
    expect(servers.map(({ name }) => name)).toContain('other');
    expect(model.last().prompts.at(-1)).toContain('--help is no option here');
    expect(model.sessions()).not.toContain('around');
    expect(linesOf(out).at(-1)).toMatchObject({ type: 'result', permission_denials: [] });
    expect(await json(directory, ['contract', 'show', 'build-api'])).toMatchObject({
      status: 'completed',
    });
    expect(await ok(directory, ['log'])).toContain('api-dev');
  });

  const edits = (directory: string): Mind =>
    inTurn(
      { use: 'Write', input: { file_path: join(directory, 'new.txt'), content: 'new\n' } },
      {
        use: 'Bash',
        input: { command: 'concord brief', description: 'x' },
      },
      say('Done.'),
    );

  test('edits and runs what its mode and its tools allow', async () => {
    const { directory, model, launch } = await prepare(edits);
    await started(launch({ permissionMode: 'acceptEdits', tools: ['Bash(concord *)'] }));
    expect(existsSync(join(directory, 'new.txt'))).toBe(true);
    expect(model.last().results.at(-1)?.text).toMatch(/^You are api-dev on main/);
  });

  test('without them it is refused, and that is said at the end', async () => {
    const { directory, launch } = await prepare(edits);
    const { out } = await started(launch());
    expect(existsSync(join(directory, 'new.txt'))).toBe(false);
    const denials = linesOf(out).at(-1)?.['permission_denials'];
    expect(denials).toContainEqual(expect.objectContaining({ tool_name: 'Write' }));
  });

  test('ends when the rest of the budget is spent', async () => {
    const { launch } = await prepare(() => () => use('team_brief'));
    const { code, out } = await started(launch({}, 0.02));
    expect(code).toBe(1);
    expect(linesOf(out).at(-1)).toMatchObject({ subtype: 'error_max_budget_usd' });
  });
});
