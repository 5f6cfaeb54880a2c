import { describe, expect, test } from 'vitest';
import { json, login, ok, storeRepository } from '../helpers/cli.ts';
import { inTurn, use } from '../helpers/claude/minds.ts';
import { usedTokens } from '../helpers/claude/conversation.ts';
import { startModel } from '../helpers/claude/model.ts';
import { claude, claudeHome, concordOnly, headless } from '../helpers/claude/session.ts';
import { fsck, timeline } from '../helpers/store.ts';

const loaded = ['artifact_publish', 'contract_claim', 'team_brief'];
const core = [
  ...loaded,
  'artifact_get',
  'artifact_list',
  'contract_create',
  'contract_get',
  'contract_update',
  'inbox_read',
  'lineage_trace',
].sort();

const ours = (names: readonly string[]): string[] =>
  names
    .filter((name) => name.startsWith('mcp__concord__'))
    .map((name) => name.slice('mcp__concord__'.length))
    .sort();

const withWork = async (): Promise<string> => {
  const directory = await storeRepository();
  const create = ['contract', 'create', 'build-api', '--assignee', 'api-dev'];
  const task = ['--expects', 'api-contract', '--context', 'One endpoint that answers with a token'];
  await ok(directory, [...create, ...task]);
  return directory;
};

describe.skipIf(claude === undefined)('the tools in a real session', { timeout: 120_000 }, () => {
  test.each([
    ['as it comes', undefined],
    ['with every tool loaded', 'false'],
  ])('a session briefs itself, claims, is corrected and publishes: %s', async (_, search) => {
    const directory = await withWork();
    const model = await startModel(
      inTurn(
        use('team_brief', { as: 'api-dev' }),
        use('contract_claim'),
        use('artifact_publish', { data: {} }),
        use('artifact_publish', { data: login, summary: 'Login' }),
      ),
    );
    const home = claudeHome(model, search === undefined ? {} : { ENABLE_TOOL_SEARCH: search });
    const { code, result, lines } = await headless(
      home,
      directory,
      'Do the work that is there.',
      concordOnly(home),
    );
    expect({ code, said: result.result, denied: result.permission_denials }).toEqual({
      code: 0,
      said: 'Done.',
      denied: [],
    });
    const [init] = lines;
    expect(init?.['mcp_servers']).toMatchObject([{ name: 'concord', status: 'connected' }]);
    expect(init?.['claude_code_version']).toBe('2.1.330');

    const seen = model.last();
    expect(ours(seen.tools)).toEqual(search === undefined ? loaded : core);
    // Whatever is not loaded is named, so that the model can ask for it.
    for (const name of core) expect(seen.shown + ours(seen.tools).join()).toContain(name);
    expect(seen.reminders.join('\n')).toContain('Concord gives a team of agents its work');

    expect(seen.results.map(({ name, isError }) => [name, isError])).toEqual([
      ['team_brief', false],
      ['contract_claim', false],
      ['artifact_publish', true],
      ['artifact_publish', false],
    ]);
    const [brief, claim, refusal, published] = seen.results.map(({ text }) => text);
    expect(brief).toMatch(/^You are api-dev on main\.\n[\s\S]*build-api/);
    expect(claim).toMatch(
      /^You hold build-api until .*\n[\s\S]*One endpoint that answers with a token/,
    );
    expect(refusal).toMatch(/^Refused \(INVALID\): [\s\S]*data\.endpoints: must be given/);
    expect(published).toMatch(/^Published build-api\/api-contract@1; build-api is completed\.\n/);
    // Text as it was written, not an object with the text somewhere in it.
    for (const { text } of seen.results) expect(text).not.toMatch(/^[{[]/);

    expect(
      timeline(directory)
        .slice(2)
        .map(({ author, subject }) => `${author}: ${subject}`),
    ).toEqual([
      'api-dev: api-dev claims build-api',
      'api-dev: api-dev publishes build-api/api-contract@1',
    ]);
    expect(fsck(directory)).toBe('');
    const shown = await json<{ status: string }>(directory, ['contract', 'show', 'build-api']);
    expect(shown.status).toBe('completed');
    expect(result.total_cost_usd).toBeGreaterThan(0);
    expect(result['usage']).toMatchObject({ output_tokens: usedTokens.output * 5 });
  });
});
