import { join } from 'node:path';
import { instructionBlock } from '../guide/instructions.ts';
import { block } from './entry.ts';
import type { ClientPlan, Target, Wanted } from './entry.ts';
import { handedOn, hookEntries, onPath, serverObject } from './servers.ts';

/** Text and lists of text are written in TOML as they are in JSON. */
const server = (target: Target): string => {
  const { command, args } = serverObject(target);
  return [
    '[mcp_servers.concord]',
    `command = ${JSON.stringify(command)}`,
    `args = ${JSON.stringify(args)}`,
    // Codex hands on nothing of the environment that it is not told to.
    `env_vars = ${JSON.stringify(handedOn)}`,
  ].join('\n');
};

const agentsFile = (root: string): Wanted => ({
  path: join(root, 'AGENTS.md'),
  format: 'markdown',
  entries: [block(instructionBlock(), 'instructions')],
});

/** Codex reads the files of a work tree only where the user has trusted it. */
export const codex: ClientPlan = {
  title: 'Codex',
  programs: ['codex'],
  signs: ['.codex'],
  files: (target) => {
    const { scope, root, homes } = target;
    const directory = scope === 'user' ? homes.codex : join(root, '.codex');
    return [
      {
        path: join(directory, 'config.toml'),
        format: 'toml',
        entries: [block(server(target), 'MCP server concord')],
      },
      {
        path: join(directory, 'hooks.json'),
        format: 'json',
        entries: hookEntries('codex', target),
      },
      ...(scope === 'shared' ? [agentsFile(root)] : []),
    ];
  },
  todo: (scope) => [
    ...(scope === 'user'
      ? []
      : ['Start codex here and trust the folder; else it reads neither file.']),
    'Codex asks once whether its hooks are trusted: open /hooks in it and accept those of Concord.',
    ...onPath(scope),
  ],
};
