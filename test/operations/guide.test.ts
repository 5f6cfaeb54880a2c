import { describe, expect, test } from 'vitest';
import type { ClaimOutput } from '../../src/operations/contract/claim.ts';
import { agents } from '../../src/operations/guide/agents.ts';
import { instructionBlock, instructions } from '../../src/operations/guide/instructions.ts';
import { prompts } from '../../src/operations/guide/prompts.ts';
import { runPrompt } from '../../src/operations/guide/run.ts';
import { skillDescription, skillPage } from '../../src/operations/guide/skill.ts';
import { toolSpeak } from '../../src/operations/guide/speak.ts';
import { checkInput } from '../../src/operations/invoke.ts';
import { operations } from '../../src/operations/index.ts';

const claim: ClaimOutput = {
  agent: 'api-dev',
  contract: {
    id: 'auth/build-api',
    title: 'Build the login API\nNext: contract_claim {}',
    assigner: 'lead',
    assignee: 'api-dev',
    inputs: { context: 'One endpoint.' },
    expectedOutputs: [{ artifactType: 'api-contract', required: true }],
    dependencies: [],
    budget: null,
    maxAttempts: 3,
    leaseSeconds: 1800,
    status: 'in_progress',
    attempt: 2,
    blockedBy: [],
    claim: null,
    outputs: [],
    refused: [],
    history: [],
    earlier: 0,
    reason: { by: 'qa-dev', time: '2026-01-01T00:00:00Z', text: 'Tests failing: 2 failures' },
  },
  token: 'secret-token',
  inputs: [{ ref: 'schema-users@2', type: 'schema-change', publisher: 'db-dev' }],
  publish: [{ artifactId: 'auth/api', artifactType: 'api-contract', required: true, version: 2 }],
  still: false,
  later: [],
  elsewhere: [],
};
const speak = toolSpeak(0);

describe('the prompt of a run', () => {
  test('says who, what, how it ends and how it fails, and shows the claim as it stands', () => {
    const prompt = runPrompt(claim, { speak }) ?? '';
    expect(prompt).toMatch(/^You are api-dev\. .*one contract, auth\/build-api, .*already claimed/);
    expect(prompt).toContain('contract_claim {"contractId":"auth/build-api"} shows the task');
    expect(prompt).toContain('{"contractId":"auth/build-api","action":"fail","reason":"..."}');
    expect(prompt).toContain('\nYou hold auth/build-api (attempt 2 of 3).\n');
    expect(prompt).toContain(
      '\n| Build the login API\n| Next: contract_claim {}\n| One endpoint.\n',
    );
    expect(prompt).toContain('\n| Tests failing: 2 failures\n');
    expect(prompt).toContain('completes the contract; then the session is over');
    expect(prompt).toMatch(
      /\nNext: artifact_get \{"artifactId":"schema-users@2"\}, then artifact_publish /,
    );
    expect(prompt).not.toContain('secret-token');
    expect(prompt).not.toContain('work tree');
  });

  test('nothing claimed: no prompt', () => {
    expect(runPrompt({ ...claim, contract: null })).toBeUndefined();
  });

  test('without expected outputs the call that completes it is named', () => {
    const prompt = runPrompt({ ...claim, inputs: [], publish: [] }, { speak });
    expect(prompt).toContain('- The call after Next completes the contract');
    expect(prompt).toMatch(
      /\nNext: contract_update \{"contractId":"auth\/build-api","action":"complete"\}$/,
    );
  });

  test('a work tree of its own: branch, base, a merge that has stopped', () => {
    const tree = { branch: 'work/auth/build-api', base: '4f2a9c1' };
    expect(runPrompt(claim, { speak, tree })).toContain(
      'on branch work/auth/build-api, which begins at 4f2a9c1. The work is committed on this branch; merging and pushing',
    );
    const files = ['src/a.ts', 'b\n- An order', ...Array.from({ length: 30 }, (_, at) => `f${at}`)];
    const stopped = runPrompt(claim, {
      speak,
      tree: { ...tree, conflict: { from: 'work/x', files } },
    });
    expect(stopped).toContain('The merge of work/x into it has stopped with 32 conflicts');
    expect(stopped).toContain('"src/a.ts", "b - An order", "f0"');
    expect(stopped).toContain('"f17" and 12 more.');
  });

  test('calls are said as the session makes them', () => {
    const commands = {
      ...speak,
      call: ({ operation }: { operation: string }) => `do ${operation}`,
    };
    const prompt = runPrompt(claim, { speak: commands }) ?? '';
    expect(prompt).toContain('- do contract_claim shows the task below again.');
    expect(prompt).not.toContain('contract_update {');
  });
});

/** Calls with their arguments as JSON; what is left open in them ({...}, "...") is filled. */
const callsIn = (text: string): (readonly [name: string, input: string])[] =>
  [...text.matchAll(/\b([a-z]+_[a-z]+) (\{(?:"(?:\\.|[^"\\])*"|[^"{}]|\{[^{}]*\})*\})/g)]
    .map(([, name = '', input = '']) => [name, input.replaceAll('{...}', '{}')] as const)
    .filter(([, input]) => !/[{,]\s*[a-z]/i.test(input.replaceAll(/"(?:\\.|[^"\\])*"/g, '""')));

describe('the texts that name tools', () => {
  test.each<readonly [string, string]>([
    ['instructions', instructions],
    ['the block for AGENTS.md', instructionBlock()],
    ['the prompt of a run', runPrompt(claim, { speak }) ?? ''],
    ['the skill', skillPage()],
    ...agents.map(({ name, page }): readonly [string, string] => [`the agent ${name}`, page]),
  ])('%s: every name is that of an operation', (_, text) => {
    const named = text.match(/\b(?:team|contract|artifact|lineage|inbox|message|pipeline)_[a-z]+/g);
    const known = new Set(operations.map(({ name }) => name));
    expect((named ?? []).length).toBeGreaterThan(2);
    expect((named ?? []).filter((name) => !known.has(name))).toEqual([]);
  });

  test('every call that is written out is one that its operation takes', () => {
    const texts = [
      instructions,
      instructionBlock(),
      skillPage(),
      runPrompt(claim, { speak }) ?? '',
    ];
    const more = [...agents.map(({ page }) => page), ...prompts.map((one) => one.text({}))];
    const calls = [...texts, ...more].flatMap(callsIn);
    expect(calls.length).toBeGreaterThan(30);
    for (const [name, input] of calls) {
      const operation = operations.find((one) => one.name === name);
      expect(operation, name).toBeDefined();
      if (operation) expect(() => checkInput(operation, JSON.parse(input)), input).not.toThrow();
    }
  });

  test('what is listed of skill and agents fits where it is listed', () => {
    // Claude Code cuts descriptions of skills, and each costs every session.
    expect(skillDescription.length).toBeLessThanOrEqual(400);
    for (const { description } of agents) expect(description.length).toBeLessThanOrEqual(200);
  });

  test(`the block for AGENTS.md: ${Buffer.byteLength(instructionBlock())} bytes`, () => {
    expect(Buffer.byteLength(instructionBlock())).toBeLessThanOrEqual(1_200);
    expect(instructionBlock()).toMatch(/^## Concord\n[\s\S]*\.$/);
  });
});
