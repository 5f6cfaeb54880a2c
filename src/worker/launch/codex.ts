import type { Line, Prepared } from './types.ts';
import { promptLimit } from './limit.ts';
import { serverEntry } from './server.ts';

/** Codex, once, without a person. */
export const codexLaunch = (prepared: Prepared): Line => {
  const { agent, settings, prompt, extra } = prepared;
  const { command, args, env } = serverEntry(prepared);
  const isShort = Buffer.byteLength(prompt) <= promptLimit;
  const { gitDirectory } = settings;
  return {
    words: [
      'codex',
      'exec',
      '--json',
      '--sandbox',
      sandboxes[agent.permissionMode ?? 'default'],
      ...set('mcp_servers.concord.command', text(command)),
      ...set('mcp_servers.concord.args', list(args)),
      ...set('mcp_servers.concord.env', table(env)),
      // Without it the tools of a server are refused where nobody can be asked.
      ...set('mcp_servers.concord.default_tools_approval_mode', text('approve')),
      // A worktree's commits are written into the git directory that it shares.
      ...(gitDirectory === undefined
        ? []
        : set('sandbox_workspace_write.writable_roots', list([gitDirectory]))),
      ...(agent.model === undefined ? [] : ['--model', agent.model]),
      ...extra,
      '--',
      isShort ? prompt : '-',
    ],
    ...(!isShort && { stdin: prompt }),
  };
};

const sandboxes = {
  default: 'workspace-write',
  acceptEdits: 'workspace-write',
  auto: 'workspace-write',
  dontAsk: 'workspace-write',
  bypassPermissions: 'danger-full-access',
  plan: 'read-only',
} as const;

const set = (key: string, value: string): readonly string[] => ['-c', `${key}=${value}`];

/** TOML reads a text in quotes as JSON does, but for one character that it wants escaped. */
const text = (value: string): string => JSON.stringify(value).replaceAll('\u007f', '\\u007f');
const list = (values: readonly string[]): string => `[${values.map(text).join(', ')}]`;
const table = (values: Readonly<Record<string, string>>): string =>
  `{${Object.entries(values)
    .map(([name, value]) => `${name} = ${text(value)}`)
    .join(', ')}}`;
