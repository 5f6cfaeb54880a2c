import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { nearest } from '../model/text.ts';
import { instructions } from '../operations/guide/instructions.ts';
import { toolSpeak } from '../operations/guide/speak.ts';
import { invoke } from '../operations/invoke.ts';
import type { Context, Operation } from '../operations/operation.ts';
import { failureText } from './failure.ts';
import { servePrompts } from './prompts.ts';
import { fitted } from './speak.ts';
import { isTool, listedTools } from './tools.ts';
import type { Profile } from './tools.ts';

export type ServerOptions = {
  readonly operations: readonly Operation[];
  readonly context: Context;
  readonly version: string;
  readonly profile: Profile;
};

type Reply = {
  readonly content: { readonly type: 'text'; readonly text: string }[];
  readonly isError?: true;
};

/** A server for one connection, and when the calls it was given are answered. */
export type Serving = { readonly server: Server; readonly idle: () => Promise<void> };

/** Replies are text; a refusal is a reply too, so that the model can act on it. */
export const makeServer = ({ operations, context, version, profile }: ServerOptions): Serving => {
  const server = new Server(
    { name: 'concord', title: 'Concord', version },
    { capabilities: { tools: {}, prompts: {} }, instructions },
  );
  const tools = listedTools(operations, profile);
  const running = new Set<Promise<Reply>>();
  servePrompts(server);
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    const operation = operations.find(
      (candidate) => candidate.name === params.name && isTool(candidate),
    );
    if (!operation) return { ...unknownTool(params.name, operations) };
    const reply = call(operation, params.arguments ?? {}, {
      context,
      operations,
      meta: params._meta,
    });
    running.add(reply);
    return { ...(await reply.finally(() => running.delete(reply))) };
  });
  const idle = async (): Promise<void> => {
    // What was read last is handed on in the next turn of the event loop, and answers are written in the one after.
    for (let turns = 0; turns < 3 || running.size > 0; turns += 1) {
      await Promise.allSettled(running);
      await new Promise((next) => setImmediate(next));
    }
  };
  return { server, idle };
};

type Call = {
  readonly context: Context;
  readonly operations: readonly Operation[];
  readonly meta: unknown;
};

const call = async (
  operation: Operation,
  given: Readonly<Record<string, unknown>>,
  { context, operations, meta }: Call,
): Promise<Reply> => {
  try {
    const input = { ...keyOf(operation, meta), ...given };
    const output = await invoke(operation, input, context);
    return {
      content: [
        {
          type: 'text',
          text: fitted(operation.render(output, toolSpeak(Date.now()), input as never), operation),
        },
      ],
    };
  } catch (error) {
    return {
      content: [{ type: 'text', text: fitted(failureText(error, operations), operation) }],
      isError: true,
    };
  }
};

/** A client that names its call lets us answer a repetition of it with the first result. */
const keyOf = (operation: Operation, meta: unknown): { idempotencyKey?: string } => {
  if (!Object.hasOwn(operation.input.properties, 'idempotencyKey')) return {};
  const id =
    typeof meta === 'object' && meta !== null
      ? (meta as Record<string, unknown>)['claudecode/toolUseId']
      : undefined;
  return typeof id === 'string' ? { idempotencyKey: id } : {};
};

const unknownTool = (name: string, operations: readonly Operation[]): Reply => {
  const names = operations.filter(isTool).map((operation) => operation.name);
  const near = nearest(name, names);
  const text = `Refused (NOT_FOUND): there is no tool ${JSON.stringify(name)}.${near ? ` Did you mean ${near}?` : ''}\nTools: ${names.join(', ')}.`;
  return { content: [{ type: 'text', text }], isError: true };
};
