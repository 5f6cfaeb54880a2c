import { expect, test } from 'vitest';
import { agentName } from '../../src/operations/session/identity.ts';
import { chain, concord, json, login, ok, storeRepository, text } from '../helpers/cli.ts';
import { git, tempRepository } from '../helpers/repository.ts';

const publisher = async (
  directory: string,
  env: NodeJS.ProcessEnv,
  ...more: readonly string[]
): Promise<string> => {
  const data = ['--data', JSON.stringify(text(JSON.stringify([env, more])))];
  const { ref } = await json<{ ref: string }>(
    directory,
    ['publish', 'x', '--type', 'document', ...data, ...more],
    { env },
  );
  return (await json<{ publisher: string }>(directory, ['get', ref])).publisher;
};

test('--as, then CONCORD_AGENT, then git config concord.agent, then the git user', async () => {
  const directory = await storeRepository();
  expect(await publisher(directory, {})).toBe('ann-lee');
  git(directory, 'config', 'concord.agent', 'configured');
  expect(await publisher(directory, {})).toBe('configured');
  const env = { CONCORD_AGENT: 'from-env', CLAUDECODE: '1' };
  expect(await publisher(directory, env)).toBe('from-env');
  expect(await publisher(directory, env, '--as', 'said')).toBe('said');
});

test('the process of a coding agent is never the person', async () => {
  const directory = await storeRepository();
  const claude = { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: '7C2E91d0-aaaa' };
  expect(await publisher(directory, claude)).toBe('claude-7c2e');
  const named = await Promise.all([
    publisher(directory, { CLAUDECODE: '1' }),
    publisher(directory, { GEMINI_CLI: '1' }),
    publisher(directory, { OPENCODE: '1' }),
    publisher(directory, { CODEX_SANDBOX: 'seatbelt' }),
  ]);
  expect(named).toEqual([
    expect.stringMatching(/^claude-[a-z0-9]{4}$/),
    expect.stringMatching(/^gemini-[a-z0-9]{4}$/),
    expect.stringMatching(/^opencode-[a-z0-9]{4}$/),
    expect.stringMatching(/^codex-[a-z0-9]{4}$/),
  ]);
});

test('a server without a name is called after its client, then "agent"', () => {
  const caller = { as: undefined, environment: {}, session: 'ab12cd', server: true };
  const config = new Map([['user.name', 'Ann Lee']]);
  const called = (name: string | undefined) => agentName({ ...caller, client: () => name }, config);
  expect(['codex-mcp-client', 'claude-code', 'Cursor IDE', '???', undefined].map(called)).toEqual([
    // As their commands and hooks are called.
    'codex-ab12',
    'claude-ab12',
    'cursor-ide-ab12',
    'agent-ab12',
    'agent-ab12',
  ]);
  expect(agentName({ ...caller, as: 'qa-dev' }, config)).toBe('qa-dev');
});

test('a name that is none is refused, and so is nobody', async () => {
  const directory = await storeRepository();
  const publish = ['publish', 'x', '--type', 'document', '--data', JSON.stringify(text('b'))];
  const said = await concord(directory, [...publish, '--as', 'Ann Lee']);
  expect(said.code).toBe(5);
  expect(said.err).toContain('--as must be one lower-case word');
  const set = await concord(directory, publish, { env: { CONCORD_AGENT: '../x' } });
  expect(set.code).toBe(5);
  expect(set.err).toContain('CONCORD_AGENT must be one lower-case word');
  const nameless = tempRepository();
  git(nameless, 'config', '--unset', 'user.name');
  const nobody = await concord(nameless, ['init']);
  expect(nobody.code).toBe(5);
  expect(nobody.err).toContain('Nobody said who calls.\n\nNext: concord --as NAME');
  expect(git(nameless, 'for-each-ref', 'refs/concord')).toBe('');
});

test('what a named agent of one session has read is an edge of its next publish, once', async () => {
  const directory = await storeRepository();
  await chain(directory);
  const env = { CONCORD_SESSION: 's1', CONCORD_AGENT: 'api-dev' };
  const publish = ['publish', 'api-login', '--data', JSON.stringify(login)];
  const trailers = () =>
    git(
      directory,
      'log',
      '-1',
      '--format=%(trailers:key=Concord-Derived-From,valueonly)',
      'concord/main',
    );
  await ok(directory, ['get', 'schema-users'], { env });
  await ok(directory, ['get', 'test-results-login@1'], { env });
  await ok(directory, ['artifact', 'list'], { env });
  await ok(directory, ['get', 'api-login'], { env: { ...env, CONCORD_SESSION: 's2' } });
  await ok(directory, [...publish, '--derived-from', 'schema-users@1'], { env });
  expect(trailers().trim().split('\n').sort()).toEqual([
    'schema-users@1 (older)',
    'schema-users@2 (read)',
    'test-results-login@1 (read)',
  ]);
  await ok(directory, publish, { env });
  expect(trailers().trim()).toBe('');
});
