import { join } from 'node:path';
import { instructionBlock } from '../guide/instructions.ts';
import { block, value } from './entry.ts';
import type { ClientPlan } from './entry.ts';
import { hookEntries, onPath, serverObject } from './servers.ts';

/** Gemini CLI keeps the server and the hooks in one file, and hands on the environment. */
export const gemini: ClientPlan = {
  title: 'Gemini CLI',
  programs: ['gemini'],
  signs: ['.gemini', 'GEMINI.md'],
  files: (target) => {
    const { scope, root, homes } = target;
    const directory = scope === 'user' ? homes.gemini : join(root, '.gemini');
    return [
      {
        path: join(directory, 'settings.json'),
        format: 'json',
        entries: [
          value(['mcpServers', 'concord'], serverObject(target), 'MCP server concord'),
          ...hookEntries('gemini', target),
        ],
      },
      ...(scope === 'shared'
        ? [
            {
              path: join(root, 'GEMINI.md'),
              format: 'markdown' as const,
              entries: [block(instructionBlock(), 'instructions')],
            },
          ]
        : []),
    ];
  },
  todo: (scope) => [
    'Start gemini anew and trust the folder: in one that is not trusted it starts no server.',
    ...onPath(scope),
  ],
};
