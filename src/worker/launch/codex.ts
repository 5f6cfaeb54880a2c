import type { Line, Prepared } from './types.ts';
import { promptLimit } from './limit.ts';
import { serverEntry } from './server.ts';

/** Codex, once, without a person. */
export const codexLaunch = (prepared: Prepared): Line => {
  const { agent, settings, prompt, extra } = prepared;
  const { command, args, env } = serverEntry(prepared);
  const isShort = Buffer.byteLength(prompt) <= promptLimit;
  const { workTree } = settings;
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
      // Nobody is there to be asked.
      ...set('mcp_servers.concord.default_tools_approval_mode', text('approve')),
      // The first answer is asked for when the server has started: without its tools a session knows no work.
      ...set('mcp_servers.concord.required', 'true'),
      // A busy machine needs longer than the usual seconds to start a server, and waiting for work is a long call.
      ...set('mcp_servers.concord.startup_timeout_sec', '60'),
      ...set('mcp_servers.concord.tool_timeout_sec', '3600'),
      // The sandbox keeps git's own directories from being written, also where a work tree shares them.
      ...(workTree === undefined
        ? []
        : set('sandbox_workspace_write.writable_roots', list(workTree.writable))),
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
