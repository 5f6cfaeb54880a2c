import { join } from 'node:path';
import { hooksFor } from '../../operations/client/hooks.ts';
import { concordWords } from './program.ts';
import type { Line, Prepared } from './types.ts';
import { promptLimit } from './limit.ts';
import { serverEntry } from './server.ts';

/**
 * Claude Code, once, without a person. Hooks and the server are named, since a work tree lacks settings that are not committed; a hook that
 * stands in other settings as well runs only once, and the user's other servers stay. Options that take several values would take the
 * words after them, too, so they stand before other options, and "--" before the prompt.
 */
export const claudeLaunch = (prepared: Prepared): Line => {
  const { agent, directory, settings, prompt, usd, extra } = prepared;
  const servers = join(directory, 'mcp.json');
  const hooks = join(directory, 'settings.json');
  const { permissionMode = 'default', model, tools = [] } = agent;
  // Without exponents or long tails, which a sum of dollars may have.
  const rest = Math.round((usd ?? 0) * 1e4) / 1e4;
  const isShort = Buffer.byteLength(prompt) <= promptLimit;
  return {
    words: [
      'claude',
      '-p',
      '--mcp-config',
      servers,
      '--settings',
      hooks,
      '--allowedTools',
      'mcp__concord',
      ...tools,
      '--output-format',
      'stream-json',
      '--verbose',
      ...(permissionMode === 'default' ? [] : ['--permission-mode', permissionMode]),
      ...(model === undefined ? [] : ['--model', model]),
      ...(settings.maxTurns === undefined ? [] : ['--max-turns', String(settings.maxTurns)]),
      ...(rest > 0 ? ['--max-budget-usd', String(rest)] : []),
      ...extra,
      ...(isShort ? ['--', prompt] : []),
    ],
    ...(!isShort && { stdin: prompt }),
    files: [
      {
        path: servers,
        text: json({ mcpServers: { concord: { type: 'stdio', ...serverEntry(prepared) } } }),
      },
      {
        path: hooks,
        text: json({ hooks: hooksFor('claude', concordWords(settings.program), { once: true }) }),
      },
    ],
  };
};

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
