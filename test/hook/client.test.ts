import { describe, expect, test } from 'vitest';
import { claude } from '../../src/hook/client/claude.ts';
import { codex } from '../../src/hook/client/codex.ts';
import { cursor } from '../../src/hook/client/cursor.ts';
import { gemini } from '../../src/hook/client/gemini.ts';

describe('what a client tells', () => {
  test('a tool call of a subagent', () => {
    const given = {
      session_id: 's1',
      cwd: '/d',
      hook_event_name: 'PreToolUse',
      agent_id: 'a1',
      agent_type: 'worker',
      tool_name: 'Edit',
      tool_input: { file_path: '/d/a' },
      tool_use_id: 'toolu_1',
    };
    expect(claude.parse('pre-tool', given)).toEqual({
      event: 'pre-tool',
      session: 's1',
      cwd: '/d',
      subagent: 'a1',
      tool: { name: 'Edit', input: { file_path: '/d/a' }, use: 'toolu_1' },
    });
  });

  test('the end and the begin of a session', () => {
    const given = { session_id: 's1', cwd: '/d', source: 'clear', reason: 'other' };
    expect(codex.parse('session-start', given)).toMatchObject({ source: 'clear', reason: 'other' });
    expect(gemini.parse('stop', { ...given, stop_hook_active: true })).toMatchObject({
      stopActive: true,
    });
    expect(
      cursor.parse('stop', { conversation_id: 'c1', workspace_roots: ['/d', '/e'] }),
    ).toMatchObject({ session: 'c1', cwd: '/d' });
  });

  test('what has another form is left out', () => {
    const given = { session_id: 7, cwd: null, tool_name: 'Edit', tool_input: 'x', agent_id: [] };
    expect(claude.parse('pre-tool', given)).toEqual({
      event: 'pre-tool',
      session: '',
      cwd: process.cwd(),
      tool: { name: 'Edit', input: {} },
    });
    expect(cursor.parse('stop', { workspace_roots: [1] })).toMatchObject({ session: '' });
  });
});

describe('what a client is told', () => {
  const all = [claude, codex, gemini, cursor];

  test('context', () => {
    expect(all.map((one) => one.print('prompt', { context: 'news' }))).toEqual([
      { hookSpecificOutput: { hookEventName: 'UserPromptSubmit', additionalContext: 'news' } },
      { hookSpecificOutput: { hookEventName: 'UserPromptSubmit', additionalContext: 'news' } },
      { hookSpecificOutput: { hookEventName: 'BeforeAgent', additionalContext: 'news' } },
      { additional_context: 'news' },
    ]);
  });

  test('that it goes on, and why', () => {
    expect(all.map((one) => one.print('stop', { block: 'why' }))).toEqual([
      { decision: 'block', reason: 'why' },
      { decision: 'block', reason: 'why' },
      { decision: 'deny', reason: 'why' },
      { followup_message: 'why' },
    ]);
  });

  test('a line for the person, and nothing that it has no form for', () => {
    expect(all.map((one) => one.print('stop', { remark: 'still held' }))).toEqual([
      { systemMessage: 'still held' },
      { systemMessage: 'still held' },
      { systemMessage: 'still held' },
      undefined,
    ]);
    expect(all.map((one) => one.print('stop', { context: 'x' }))).toEqual([
      undefined,
      undefined,
      undefined,
      { additional_context: 'x' },
    ]);
    expect(gemini.print('session-start', { title: 'a', allow: true })).toBeUndefined();
  });
});
