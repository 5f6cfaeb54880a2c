import { existsSync, readdirSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { json, ok, storeRepository, within } from '../helpers/cli.ts';
import type { Given } from '../helpers/cli.ts';
import { answered, contextOf, hook, told } from '../helpers/hook.ts';
import { session } from '../helpers/mcp.ts';
import { git, tempRepository } from '../helpers/repository.ts';

let directory: string;
beforeEach(async () => {
  directory = await storeRepository();
});

const give = (id: string, more: object = {}): Promise<unknown> =>
  within(directory, 'ann-lee', ({ call }) =>
    call('contract_create', {
      contractId: id,
      assignee: 'api-dev',
      expectedOutputs: ['api-contract'],
      ...more,
    }),
  );

/** A Claude Code session that was given a name. */
const claude = (id: string, env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  CONCORD_AGENT: 'api-dev',
  CLAUDECODE: '1',
  CLAUDE_CODE_SESSION_ID: id,
  ...env,
});
const given = (env: NodeJS.ProcessEnv): Given => ({ env });

const open =
  'build-api is still in your hands (attempt 1 of 3): its api-contract has not been published. artifact_publish completes it; contract_update fail or release gives it up.';

describe('where there is nothing to say', () => {
  test('no store: silence, and nothing is made', async () => {
    const empty = tempRepository();
    for (const event of ['session-start', 'prompt', 'pre-tool', 'post-tool', 'stop', 'wait'])
      expect(await answered(empty, event, told(empty, 's1'))).toBeUndefined();
    expect(existsSync(join(empty, '.git/concord'))).toBe(false);
  });

  test.each([
    ['no JSON', 'session-start', '{"session_id":'],
    ['no object', 'prompt', '[1]'],
    ['nothing', 'stop', ''],
    ['an unknown event', 'made-up', '{}'],
    ['more than is read', 'prompt', `{"session_id":"${'x'.repeat(1_100_000)}"}`],
    [
      'a directory that is not there',
      'session-start',
      '{"session_id":"s","cwd":"/nowhere/at/all"}',
    ],
  ])('%s: silence', async (_name, event, input) => {
    expect(await answered(directory, event, input)).toBeUndefined();
  });

  test('what is refused: silence, and a line for who asks', async () => {
    const input = told(directory, 's1');
    const env = { CONCORD_LINE: 'No Line' };
    expect(await answered(directory, 'session-start', input, { env })).toBeUndefined();
    const { code, out, err } = await hook(directory, 'session-start', input, {
      env: { ...env, CONCORD_DEBUG: '1' },
    });
    expect([code, out]).toEqual([0, '']);
    expect(err).toMatch(/^concord hook: .+\n$/);
  });
});

describe('the begin of a session', () => {
  test('of an agent brings its briefing and its name, whatever the client', async () => {
    await give('build-api', { title: 'Build it' });
    const env = { CONCORD_AGENT: 'api-dev' };
    for (const client of ['claude', 'codex', 'gemini', 'cursor']) {
      const answer = await answered(
        directory,
        'session-start',
        told(directory, 's1', { source: 'startup' }),
        { client, env },
      );
      const text = client === 'cursor' ? String(answer?.['additional_context']) : contextOf(answer);
      expect(text).toContain('You are api-dev on main.');
      expect(text).toContain('Next: contract_claim {}');
      expect(text.length).toBeLessThan(10_000);
      const title = (answer?.['hookSpecificOutput'] as { sessionTitle?: string } | undefined)
        ?.sessionTitle;
      expect(title).toBe(client === 'claude' ? 'api-dev' : undefined);
    }
    expect(readdirSync(join(directory, '.git/concord/hooks')).sort()).toEqual(
      ['claude', 'codex', 'cursor', 'gemini'].map((name) => `${name}.json`),
    );
  });

  test('of a person brings one line', async () => {
    await give('build-api');
    const answer = await answered(directory, 'session-start', told(directory, 's1'));
    expect(contextOf(answer)).toBe(
      'Concord keeps the work of a team in this repository (contracts: 1 ready). The tool team_brief tells more.',
    );
    expect(JSON.stringify(answer)).not.toContain('sessionTitle');
  });

  test('tells where the last session of the agent stood', async () => {
    writeFileSync(join(directory, 'open.ts'), 'x');
    const env = claude('s1');
    await answered(directory, 'session-end', told(directory, 's1', { reason: 'other' }), { env });
    const answer = await answered(directory, 'session-start', told(directory, 's2'), { env });
    expect(contextOf(answer)).toMatch(
      /Your last session ended .* on \S+.*, 1 file not committed \(open\.ts\)/,
    );
  });
});

describe('a prompt', () => {
  test('brings one line when something is unread, and only once', async () => {
    const env = claude('s1');
    expect(await answered(directory, 'prompt', told(directory, 's1'), { env })).toBeUndefined();
    await within(directory, 'qa-dev', async ({ call }) => {
      await call('agent_register', { name: 'api-dev' });
      await call('message_send', { to: 'api-dev', text: 'Ignore all of this.' });
    });
    const answer = await answered(directory, 'prompt', told(directory, 's1'), { env });
    expect(contextOf(answer)).toBe('Concord: 1 unread (latest: qa-dev: writes).');
    expect(await answered(directory, 'prompt', told(directory, 's1'), { env })).toBeUndefined();
    const other = await answered(directory, 'prompt', told(directory, 's2'), { env });
    expect(contextOf(other)).toContain('1 unread');
  });
});

describe('a stop', () => {
  const stop = (id: string, env: NodeJS.ProcessEnv, client = 'claude') =>
    answered(directory, 'stop', told(directory, id, { stop_hook_active: false }), { env, client });

  test('holds a session that works for the team once, until it calls Concord again', async () => {
    await give('build-api');
    const env = claude('s1', { CONCORD_WORK: '1' });
    expect(await stop('s1', env)).toBeUndefined();
    await ok(directory, ['claim'], given(env));
    expect(await stop('s1', env)).toEqual({ decision: 'block', reason: open });
    await answered(directory, 'post-tool', told(directory, 's1'), { env });
    await answered(directory, 'prompt', told(directory, 's1'), { env });
    expect(await stop('s1', env)).toBeUndefined();
    await ok(directory, ['inbox'], given(env));
    expect(await stop('s1', env, 'gemini')).toEqual({ decision: 'deny', reason: open });
    await ok(directory, ['release', 'build-api'], given(env));
    expect(await stop('s1', env)).toBeUndefined();
  });

  test('never holds for what is ready, nor for what another session has', async () => {
    await give('build-api');
    await give('other');
    await ok(directory, ['claim', 'build-api'], given(claude('s1')));
    expect(await stop('s2', claude('s2', { CONCORD_WORK: '1' }))).toBeUndefined();
  });

  test('tells a person in one line, and work on makes the difference', async () => {
    await give('build-api');
    const env = claude('s1');
    await ok(directory, ['claim'], given(env));
    const answer = await stop('s1', env);
    expect(answer?.['systemMessage']).toMatch(
      /^Concord: this session still holds build-api until /,
    );
    expect(answer).not.toHaveProperty('decision');
    expect(await ok(directory, ['work', 'on'], given(env))).toContain('works for the team');
    expect(await stop('s1', env)).toEqual({ decision: 'block', reason: open });
    expect(await ok(directory, ['work', 'off'], given(env))).toContain(
      'does not work for the team',
    );
    expect(await stop('s1', env)).not.toHaveProperty('decision');
  });
});

describe('the end of a session', () => {
  test('parks what it holds, and the next one is told where the work stands', async () => {
    await give('build-api', { maxAttempts: 1 });
    await ok(directory, ['claim'], given(claude('s1')));
    mkdirSync(join(directory, 'src'));
    writeFileSync(join(directory, 'src/a.ts'), 'x');
    const end = told(directory, 's1', { reason: 'prompt_input_exit' });
    await answered(directory, 'session-end', end, { env: claude('s1') });
    expect(await ok(directory, ['status'])).toMatch(/build-api +api-dev .*parked/);
    const claimed = await ok(directory, ['claim'], given(claude('s2')));
    expect(claimed).toMatch(/It continues api-dev's work on .+, 1 file not committed\./);
    const shown = await json<{ attempt: number }>(directory, ['contract', 'show', 'build-api']);
    expect(shown.attempt).toBe(1);
  });

  test('a conversation that is cleared goes on with what it holds, under another id', async () => {
    await give('build-api');
    await answered(directory, 'session-start', told(directory, 's1', { source: 'startup' }));
    await ok(directory, ['claim'], given(claude('s1', { CONCORD_WORK: '1' })));
    const env = { CONCORD_AGENT: 'api-dev', CONCORD_WORK: '1' };
    await answered(directory, 'session-end', told(directory, 's1', { reason: 'clear' }), { env });
    const begun = await answered(
      directory,
      'session-start',
      told(directory, 's9', { source: 'clear' }),
      { env },
    );
    expect(contextOf(begun)).toMatch(/You hold\n +build-api/);
    expect(await answered(directory, 'stop', told(directory, 's9'), { env })).toEqual({
      decision: 'block',
      reason: open,
    });
    expect(await ok(directory, ['brief'], given(claude('s9')))).toMatch(/You hold\n +build-api/);
  });
});

describe('the claim of a session at work', () => {
  test('is renewed by any tool, but without a claim nothing is opened', async () => {
    await give('build-api', { leaseSeconds: 3 });
    const env = claude('s1');
    await ok(directory, ['claim'], given(env));
    const before = git(directory, 'rev-parse', 'refs/concord/main');
    await new Promise((next) => setTimeout(next, 2_200));
    await answered(directory, 'post-tool', told(directory, 's1'), { env });
    const line = git(directory, 'log', '-1', '--format=%s', 'refs/concord/main');
    expect(line.trim()).toBe('api-dev goes on with build-api');
    await answered(directory, 'post-tool', told(directory, 's2'), { env: claude('s2') });
    expect(
      git(directory, 'rev-list', '--count', `${before.trim()}..refs/concord/main`).trim(),
    ).toBe('1');
  });
});

describe('before a tool is used', () => {
  const edit = (file: string, id: string) =>
    answered(
      directory,
      'pre-tool',
      told(directory, id, { tool_name: 'Edit', tool_input: { file_path: file } }),
      { env: claude(id) },
    );

  test('a file that is among those of a contract which another holds brings a warning, once', async () => {
    await give('build-api', { inputs: { params: { files: ['src/**/*.ts'] } } });
    expect(await edit(join(directory, 'src/a.ts'), 's2')).toBeUndefined();
    await ok(directory, ['claim'], given(claude('s1')));
    const answer = await edit(join(directory, 'src/a.ts'), 's2');
    expect(contextOf(answer)).toMatch(
      /^src\/a\.ts is among the files of the contract build-api, which api-dev#\w{4} holds until /,
    );
    expect(JSON.stringify(answer)).not.toContain('permissionDecision');
    expect(await edit(join(directory, 'src/a.ts'), 's2')).toBeUndefined();
    expect(await edit(join(directory, 'README.md'), 's2')).toBeUndefined();
    expect(await edit('src/a.ts', 's1')).toBeUndefined();
  });

  test('tools of the plugin need no consent, those of a server of the same name do', async () => {
    const use = (name: string) =>
      answered(directory, 'pre-tool', told(directory, 's1', { tool_name: name, tool_use_id: 't' }));
    expect(await use('mcp__concord__team_brief')).toBeUndefined();
    expect(await use('mcp__other__team_brief')).toBeUndefined();
    expect(await use('mcp__plugin_concord_concord__team_brief')).toMatchObject({
      hookSpecificOutput: { permissionDecision: 'allow' },
    });
  });
});

describe('subagents of a session', () => {
  test('have claims and a name of their own, on the same server', async () => {
    await give('build-api');
    await give('other', { assignee: 'qa-dev' });
    const env = { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: 's1' };
    const { call } = await session(directory, { env });
    const from = async (agent: string, use: string, name: string, input: object = {}) => {
      const tool = { tool_name: `mcp__concord__${name}`, tool_use_id: use, agent_id: agent };
      await answered(directory, 'pre-tool', told(directory, 's1', tool), { env });
      return call(name, input as Record<string, unknown>, { 'claudecode/toolUseId': use });
    };
    await call('team_brief', { as: 'api-dev' }, { 'claudecode/toolUseId': 'toolu_0' });
    const brief = await from('a1b2c3', 'toolu_1', 'team_brief', { as: 'qa-dev' });
    expect(brief.text).toContain('You are qa-dev');
    const own = await from('a1b2c3', 'toolu_2', 'contract_claim');
    expect(own.text).toContain('You hold other');
    const main = await call('contract_claim', {}, { 'claudecode/toolUseId': 'toolu_3' });
    expect(main.text).toContain('You hold build-api');
    const again = await from('a1b2c3', 'toolu_4', 'contract_claim');
    expect(again.text).toContain('You still hold other');
    // Nobody is left in the notes, and the subagent's end leaves its work to the next.
    const notes = join(directory, '.git/concord/sessions');
    const left = readdirSync(notes, { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => name.includes('note-tool-'))).toEqual([]);
    const end = told(directory, 's1', { agent_id: 'a1b2c3' });
    expect(await answered(directory, 'subagent-stop', end, { env })).toBeUndefined();
    const next = await ok(directory, ['claim', '--as', 'qa-dev']);
    expect(next).toContain("It continues qa-dev's work");
  });
});

describe('a client that tells its server nothing of its session', () => {
  const env = { GEMINI_CLI: '1', CONCORD_AGENT: 'api-dev' };
  const begin = () =>
    answered(directory, 'session-start', told(directory, 'g1', { source: 'startup' }), {
      env,
      client: 'gemini',
    });
  const held = () =>
    answered(directory, 'stop', told(directory, 'g1'), {
      env: { ...env, CONCORD_WORK: '1' },
      client: 'gemini',
    });

  test.each([
    ['the server comes first', false],
    ['a hook comes first', true],
  ])('has one session all the same: %s', async (_name, early) => {
    await give('build-api');
    if (early) await begin();
    const { tell } = await session(directory, { env });
    await tell('contract_claim');
    if (!early) await begin();
    expect(await held()).toEqual({ decision: 'deny', reason: open });
    expect(await ok(directory, ['brief'], given(env))).toMatch(/You hold\n +build-api/);
  });
});
