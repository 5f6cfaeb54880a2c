import { expect, test } from 'vitest';
import { agents } from '../../src/operations/guide/agents.ts';
import { instructions } from '../../src/operations/guide/instructions.ts';
import { skillDescription } from '../../src/operations/guide/skill.ts';
import { storeRepository } from '../helpers/cli.ts';
import { session } from '../helpers/mcp.ts';

/** A token is taken for four bytes: near enough for English and JSON, and the same for every model. */
const tokens = (bytes: number): number => Math.ceil(bytes / 4);
const limit = 3_000;

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
  const parts = [
    [`${tools.length} tools (core)`, shown.map((tool) => JSON.stringify(tool)).join('')],
    // With the plugin; without it they are shorter.
    ['their prefix', tools.map(() => 'mcp__plugin_concord_concord__').join('')],
    ['instructions', said],
    ['skill, in a list', `concord:concord: ${skillDescription}`],
    [
      'agents, in a list',
      agents.map(({ name, description }) => `concord:${name}: ${description}`).join('\n'),
    ],
  ].map(([part = '', text = '']) => ({ part, bytes: Buffer.byteLength(text) }));
  const bytes = parts.reduce((sum, one) => sum + one.bytes, 0);
  console.info(
    [
      'What a session carries (tokens: bytes / 4)',
      ...[...parts, { part: 'all', bytes }].map(
        (one) =>
          `  ${one.part.padEnd(18)}${String(one.bytes).padStart(6)} bytes ${String(tokens(one.bytes)).padStart(6)} tokens`,
      ),
    ].join('\n'),
  );
  expect(tools.length).toBeGreaterThan(0);
  expect(parts.every((one) => one.bytes > 0)).toBe(true);
  expect(tokens(bytes)).toBeLessThanOrEqual(limit);
});
