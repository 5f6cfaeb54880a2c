import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ClaimOutput } from '../../src/operations/contract/claim.ts';
import { agents } from '../../src/operations/guide/agents.ts';
import { instructions } from '../../src/operations/guide/instructions.ts';
import { runPrompt } from '../../src/operations/guide/run.ts';
import { skillDescription } from '../../src/operations/guide/skill.ts';
import { json, login, ok, storeRepository, users } from '../helpers/cli.ts';
import { session } from '../helpers/mcp.ts';

/** A token is taken for four bytes: near enough for English and JSON, and the same for every model. */
const tokens = (bytes: number): number => Math.ceil(bytes / 4);
const limit = 3_000;
const guide = readFileSync(new URL('../../docs/guide.md', import.meta.url), 'utf8');

type Part = readonly [name: string, text: string];

/** Prints what each part and all of them cost, and gives the sum in tokens. */
const measured = (title: string, parts: readonly Part[]): number => {
  const sizes = parts.map(([name, text]) => [name, Buffer.byteLength(text)] as const);
  expect(sizes.filter(([, bytes]) => bytes === 0)).toEqual([]);
  const bytes = sizes.reduce((sum, [, one]) => sum + one, 0);
  const rows = [...sizes, ['all', bytes] as const].map(
    ([name, one]) =>
      `  ${name.padEnd(20)}${String(one).padStart(6)} bytes ${String(tokens(one)).padStart(6)} tokens`,
  );
  console.info([`${title} (tokens: bytes / 4)`, ...rows].join('\n'));
  return tokens(bytes);
};

test('what a session carries before it has done anything: at most 3,000 tokens', async () => {
  const { client } = await session(await storeRepository());
  const { tools } = await client.listTools();
  const said = client.getInstructions() ?? '';
  expect(said).toBe(instructions);
  // What a model is shown of a tool; hints are for its client.
  const shown = tools.map(({ name, description, inputSchema }) => ({
    name,
    description,
    inputSchema,
  }));
  const all = measured('What a session carries', [
    [`${tools.length} tools (core)`, shown.map((tool) => JSON.stringify(tool)).join('')],
    // With the plugin; without it they are shorter.
    ['their prefix', tools.map(() => 'mcp__plugin_concord_concord__').join('')],
    ['instructions', said],
    ['skill, in a list', `concord:concord: ${skillDescription}`],
    [
      'agents, in a list',
      agents.map(({ name, description }) => `concord:${name}: ${description}`).join('\n'),
    ],
  ]);
  expect(tools.length).toBeGreaterThan(0);
  expect(all).toBeLessThanOrEqual(limit);
  // The guide tells people the same, give or take a tenth.
  const [, told = ''] = /\| all \| [\d,]+ \| ([\d,]+) \|/.exec(guide) ?? [];
  expect(Math.abs(Number(told.replace(',', '')) / all - 1)).toBeLessThan(0.1);
});

test('what one contract costs, in the middle of a chain', async () => {
  const directory = await storeRepository();
  await ok(directory, ['apply', 'templates/linear-chain.yaml', '--set', 'goal=Login']);
  const db = await session(directory, { args: ['--as', 'db-dev'] });
  await db.tell('contract_claim', {});
  await db.tell('artifact_publish', { data: users, summary: 'Users, by email' });
  const { tell } = await session(directory, { args: ['--as', 'api-dev'] });
  const brief = await tell('team_brief', {});
  const claim = await tell('contract_claim', {});
  const input = await tell('artifact_get', { artifactId: 'schema@1' });
  const published = await tell('artifact_publish', { data: login, summary: 'Login' });
  const all = measured('What one contract costs beside the work itself: replies', [
    ['team_brief', brief],
    ['contract_claim', claim],
    ['artifact_get', input],
    ['artifact_publish', published],
  ]);
  expect(all).toBeLessThanOrEqual(800);
  const started = await json<ClaimOutput>(directory, ['claim', '--as', 'qa-dev']);
  const prompt = runPrompt(started, { tree: { branch: 'work/write-tests', base: '4f2a9c1' } });
  expect(measured('What a started session is told', [['prompt', prompt ?? '']])).toBeLessThan(800);
});
