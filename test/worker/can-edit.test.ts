import { describe, expect, test } from 'vitest';
import { ordered } from '../../src/model/contract/contract.ts';
import type { Contract } from '../../src/model/contract/contract.ts';
import type { Agent } from '../../src/model/entity.ts';
import { cannotEdit } from '../../src/worker/launch/can-edit.ts';

const contract = (id: string, assignee: string | undefined, artifactType: string): Contract =>
  ordered({
    id,
    assigner: 'ann',
    assignee,
    created: '2026-11-22T20:56:06Z',
    expectedOutputs: [{ artifactType, required: true }],
    maxAttempts: 3,
    leaseSeconds: 1800,
    status: 'ready',
    attempt: 1,
    round: 1,
  });

const agent = (more: Partial<Agent>): Agent => ({
  name: 'api-dev',
  registered: '2026-11-22T17:43:22Z',
  command: ['claude'],
  ...more,
});

const code = contract('build-api', 'api-dev', 'code-change');

describe('an agent that is to give code', () => {
  test('is refused when it may not edit, with what to do', () => {
    const refusal = cannotEdit(agent({}), [code, contract('more', 'api-dev', 'code-change')]);
    expect(refusal).toMatchObject({ code: 'NOT_ALLOWED' });
    expect(refusal?.message).toContain('build-api (and 1 more) is to give a code-change');
    expect(refusal?.hint).toContain('permissionMode: acceptEdits');
  });

  test('through its role, too', () => {
    const roled = contract('build-api', 'builder', 'code-change');
    expect(cannotEdit(agent({ role: 'builder' }), [roled])).toBeDefined();
  });

  test.each<[string, Partial<Agent>]>([
    ['plan mode, whatever its tools', { permissionMode: 'plan', tools: ['Edit'] }],
    ['dontAsk without a tool', { permissionMode: 'dontAsk' }],
    ['tools that only read', { tools: ['Read', 'EditorConfig', 'Bash(git log:*)'] }],
    ['gemini, by default', { command: ['gemini'] }],
    ['codex that only plans', { command: ['codex'], permissionMode: 'plan' }],
  ])('is refused: %s', (_, more) => {
    expect(cannotEdit(agent(more), [code])).toBeDefined();
  });

  test.each<[string, Partial<Agent>]>([
    ['acceptEdits', { permissionMode: 'acceptEdits' }],
    ['a tool that edits', { tools: ['Write'] }],
    ['a tool that edits some files', { tools: ['Edit(src/**)'] }],
    ['codex, in its sandbox', { command: ['codex'] }],
    ['an option of its own', { command: ['claude', '--permission-mode=acceptEdits'] }],
    ['any other program', { command: ['sh', '-c', './work.sh'] }],
  ])('is not refused: %s', (_, more) => {
    expect(cannotEdit(agent(more), [code])).toBeUndefined();
  });

  test("is not refused for others' contracts, nor for documents", () => {
    const others = [
      contract('build-web', 'web-dev', 'code-change'),
      contract('anyone', undefined, 'code-change'),
      contract('doc', 'api-dev', 'document'),
    ];
    expect(cannotEdit(agent({}), others)).toBeUndefined();
  });
});
