import { join } from 'node:path';
import { instructionBlock } from '../guide/instructions.ts';
import { block, element, value } from './entry.ts';
import type { ClientPlan, Target, Wanted } from './entry.ts';
import { hookEntries, onPath, serverObject } from './servers.ts';

const server = (target: Target) =>
  value(
    ['mcpServers', 'concord'],
    {
      type: 'stdio',
      ...serverObject(target),
      // The user's file is not of one session: there the environment is handed on as it is.
      ...(target.scope !== 'user' && { env: { CONCORD_AGENT: '${CONCORD_AGENT:-}' } }),
      alwaysLoad: false,
    },
    'MCP server concord',
  );

const permission = element(['permissions', 'allow'], 'mcp__concord', 'permission mcp__concord');

/** Takes effect once the user has trusted the folder: then the server needs no approval of its own. */
const approval = element(['enabledMcpjsonServers'], 'concord', 'approval of the server');

const settings = (path: string, target: Target): Wanted => ({
  path,
  format: 'json',
  entries: [
    ...hookEntries('claude', target),
    permission,
    ...(target.scope === 'user' ? [] : [approval]),
  ],
});

/**
 * Claude Code. The hooks and the server's own instructions say all that a session must know, so no file of instructions is written for one
 * user; what is committed for a team has a block, for those whose hooks do not run.
 */
export const claude: ClientPlan = {
  title: 'Claude Code',
  programs: ['claude'],
  signs: ['.claude', 'CLAUDE.md', '.mcp.json'],
  files: (target) => {
    const { scope, root, homes } = target;
    if (scope === 'user')
      return [
        { path: homes.claudeServers, format: 'json', entries: [server(target)] },
        settings(join(homes.claude, 'settings.json'), target),
      ];
    const servers: Wanted = {
      path: join(root, '.mcp.json'),
      format: 'json',
      entries: [server(target)],
    };
    if (scope === 'local')
      return [servers, settings(join(root, '.claude/settings.local.json'), target)];
    return [
      servers,
      settings(join(root, '.claude/settings.json'), target),
      {
        path: join(root, 'CLAUDE.md'),
        format: 'markdown',
        entries: [block(instructionBlock(), 'instructions')],
      },
    ];
  },
  todo: (scope) => [
    scope === 'user'
      ? 'Start claude anew; running sessions keep what they began with.'
      : 'Start claude anew and, if it asks, trust this folder and approve the server concord.',
    ...onPath(scope),
  ],
};
