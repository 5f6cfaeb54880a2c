import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, onTestFinished } from 'vitest';
import { bin } from './cli.ts';
import { gitEnv } from './repository.ts';

export type Reply = { readonly text: string; readonly isError: boolean };

export type Session = {
  readonly client: Client;
  readonly transport: StdioClientTransport;
  /** The process of the server. */
  readonly pid: number;
  /** The text of a tool's reply, whatever it says. */
  readonly call: (
    name: string,
    input?: Record<string, unknown>,
    meta?: Record<string, unknown>,
  ) => Promise<Reply>;
  /** The text of a reply that must not be a refusal. */
  readonly tell: (name: string, input?: Record<string, unknown>) => Promise<string>;
};

export type Options = {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** What the client calls itself. */
  readonly name?: string;
};

/** The environment of a server: what a client gives it, and nothing of the machine's own. */
export const serverEnv = (env: Record<string, string> = {}): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(gitEnv).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  ),
  ...env,
});

/** A coding agent's session: a real client and a server process of its own. */
export const session = async (
  directory: string,
  { args = [], env = {}, name = 'test-client' }: Options = {},
): Promise<Session> => {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [bin, 'mcp', ...args],
    cwd: directory,
    env: serverEnv(env),
    stderr: 'ignore',
  });
  const client = new Client({ name, version: '1.0.0' });
  onTestFinished(() => client.close());
  await client.connect(transport);
  const call: Session['call'] = async (tool, input = {}, meta) => {
    const result = await client.callTool({
      name: tool,
      arguments: input,
      ...(meta && { _meta: meta }),
    });
    const content = result.content as { type: string; text: string }[];
    // Text alone: some clients hide it when structured content stands beside it.
    expect(result['structuredContent']).toBeUndefined();
    expect(content.map(({ type }) => type)).toEqual(['text']);
    const { text } = content[0] ?? { text: '' };
    expect(text.length).toBeLessThanOrEqual(10_000);
    expect(text.length).toBeGreaterThan(0);
    return { text, isError: result.isError === true };
  };
  const tell: Session['tell'] = async (tool, input) => {
    const { text, isError } = await call(tool, input);
    expect({ isError, text }).toEqual({ isError: false, text });
    return text;
  };
  return { client, transport, pid: transport.pid ?? 0, call, tell };
};
