import { join } from 'node:path';
import { instructionBlock } from '../guide/instructions.ts';
import { block, value } from './entry.ts';
import type { ClientPlan } from './entry.ts';
import { hookEntries, onPath, serverObject } from './servers.ts';

/** Cursor: few hooks, so instructions say the rest. */
export const cursor: ClientPlan = {
  title: 'Cursor',
  programs: ['cursor', 'cursor-agent'],
  signs: ['.cursor'],
  files: (target) => {
    const { scope, root, homes } = target;
    const directory = scope === 'user' ? homes.cursor : join(root, '.cursor');
    return [
      {
        path: join(directory, 'mcp.json'),
        format: 'json',
        entries: [value(['mcpServers', 'concord'], serverObject(target), 'MCP server concord')],
      },
      {
        path: join(directory, 'hooks.json'),
        format: 'json',
        entries: [value(['version'], 1, 'version of the file'), ...hookEntries('cursor', target)],
      },
      ...(scope === 'user'
        ? []
        : [
            {
              path: join(root, 'AGENTS.md'),
              format: 'markdown' as const,
              entries: [block(instructionBlock(), 'instructions')],
            },
          ]),
    ];
  },
  todo: (scope) => [
    'Enable the server concord in the settings of Cursor (MCP), if it asks.',
    ...onPath(scope),
  ],
};
