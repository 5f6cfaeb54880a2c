import { join } from 'node:path';
import { instructionBlock } from '../guide/instructions.ts';
import { block, value } from './entry.ts';
import type { ClientPlan, Wanted } from './entry.ts';
import { onPath, serverWords } from './servers.ts';

/** opencode takes no hooks that are not programs of its own language: instructions say what hooks would. */
export const opencode: ClientPlan = {
  title: 'opencode',
  programs: ['opencode'],
  signs: ['opencode.json', '.opencode'],
  files: (target) => {
    const { scope, root, homes } = target;
    const server = { type: 'local', command: [...serverWords(target)], enabled: true };
    const config: Wanted = {
      path: join(scope === 'user' ? homes.opencode : root, 'opencode.json'),
      format: 'json',
      entries: [value(['mcp', 'concord'], server, 'MCP server concord')],
    };
    if (scope === 'user') return [config];
    return [
      config,
      {
        path: join(root, 'AGENTS.md'),
        format: 'markdown',
        entries: [block(instructionBlock(), 'instructions')],
      },
    ];
  },
  todo: (scope) => ['Start opencode anew.', ...onPath(scope)],
};
