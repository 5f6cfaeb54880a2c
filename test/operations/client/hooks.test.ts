import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { clients, hookList, hooksFor } from '../../../src/operations/client/hooks.ts';
import { shellLine } from '../../../src/operations/client/shell-line.ts';

describe('the hooks of a client', () => {
  test('Claude Code gets words without a shell', () => {
    const hooks = hooksFor('claude', ['/opt/my node', '/opt/concord.js']);
    expect(Object.keys(hooks)).toEqual([
      'SessionStart',
      'UserPromptSubmit',
      'PreToolUse',
      'PostToolUse',
      'Stop',
      'SubagentStop',
      'PreCompact',
      'SessionEnd',
    ]);
    expect(hooks['SessionStart']).toEqual([
      {
        matcher: 'startup|resume|clear|compact',
        hooks: [
          {
            type: 'command',
            command: '/opt/my node',
            args: ['/opt/concord.js', 'hook', 'session-start', '--client', 'claude'],
            timeout: 10,
          },
        ],
      },
    ]);
  });

  test('a stop is judged at once, and waited on aside', () => {
    const stop = hooksFor('claude', ['concord'])['Stop'] ?? [];
    expect(stop).toEqual([
      {
        hooks: [
          {
            type: 'command',
            command: 'concord',
            args: ['hook', 'stop', '--client', 'claude'],
            timeout: 10,
          },
        ],
      },
      {
        hooks: [
          {
            type: 'command',
            command: 'concord',
            args: ['hook', 'wait', '--client', 'claude'],
            asyncRewake: true,
            timeout: 3600,
          },
        ],
      },
    ]);
  });

  test.each(['mcp__concord__team_brief', 'mcp__plugin_concord_concord__team_brief', 'Edit'])(
    '%s is looked at before it runs',
    (tool) => {
      const [first] = hookList.claude.filter(({ event }) => event === 'pre-tool');
      expect(tool).toMatch(new RegExp(`^(${first?.matcher ?? ''})$`));
    },
  );

  test('Gemini counts milliseconds, the others seconds', () => {
    expect(JSON.stringify(hooksFor('gemini', ['concord'])['SessionStart'])).toContain('10000');
    expect(JSON.stringify(hooksFor('codex', ['concord'])['SessionStart'])).toContain('10}');
  });

  test.each(clients)('%s is told the name of its client with each event', (client) => {
    for (const list of Object.values(hooksFor(client, ['concord'])))
      expect(JSON.stringify(list)).toMatch(new RegExp(`--client(",")? ?${client}"`));
  });
});

test('a shell reads the words again', () => {
  const words = ['a b', "it's", '$HOME', '`x`', '"', '\\', '/plain/word.js', ''];
  const line = shellLine(['printf', String.raw`%s\n`, ...words]);
  expect(execFileSync('sh', ['-c', line]).toString().split('\n').slice(0, -1)).toEqual(words);
});
