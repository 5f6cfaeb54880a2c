import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { readConversation } from './conversation.ts';
import type { Block, Body, Conversation } from './conversation.ts';

/** One thing that a scripted model says or does. */
export type Step =
  | { readonly say: string }
  | { readonly use: string; readonly input?: Readonly<Record<string, unknown>> };

/** A scripted model: what it answers in a conversation. */
export type Mind = (seen: Conversation) => Step | readonly Step[] | Promise<Step | readonly Step[]>;

export type Model = {
  readonly url: string;
  /** Each request that offered tools, in order, as the model was shown it. */
  readonly seen: readonly Conversation[];
  /** The sessions that have asked, in order of their first request. */
  readonly sessions: () => string[];
  /** What a session's own conversation, not that of a subagent, was at its last request. */
  readonly last: (session?: string) => Conversation;
  readonly close: () => Promise<void>;
};

/** What each answer is said to have used: it decides what a session costs. */
export const usage = {
  input_tokens: 1000,
  output_tokens: 1000,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
};

const bodyOf = async (request: IncomingMessage): Promise<Body> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Body;
};

const blockOf = (step: Step, id: string): Block =>
  'say' in step
    ? { type: 'text', text: step.say }
    : { type: 'tool_use', id, name: step.use, input: step.input ?? {} };

/** The start and the one delta that a block is sent in. */
const sentAs = (block: Block): readonly [Block, Readonly<Record<string, string>>] =>
  block.type === 'text'
    ? [
        { type: 'text', text: '' },
        { type: 'text_delta', text: block.text ?? '' },
      ]
    : [
        { ...block, input: {} },
        { type: 'input_json_delta', partial_json: JSON.stringify(block.input) },
      ];

const answer = (response: ServerResponse, body: Body, id: string, steps: readonly Step[]): void => {
  const blocks = steps.map((step, at) => blockOf(step, `toolu_${id}_${at}`));
  const uses = blocks.some(({ type }) => type === 'tool_use');
  const head = { id: `msg_${id}`, type: 'message', role: 'assistant', model: body.model, usage };
  const end = { stop_reason: uses ? 'tool_use' : 'end_turn', stop_sequence: null };
  if (body.stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ...head, ...end, content: blocks }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type: string, data: Readonly<Record<string, unknown>>): void =>
    void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  send('message_start', {
    message: { ...head, content: [], stop_reason: null, stop_sequence: null },
  });
  for (const [index, block] of blocks.entries()) {
    const [start, delta] = sentAs(block);
    send('content_block_start', { index, content_block: start });
    send('content_block_delta', { index, delta });
    send('content_block_stop', { index });
  }
  send('message_delta', { delta: end, usage: { output_tokens: usage.output_tokens } });
  send('message_stop', {});
  response.end();
};

const oneOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

/** The Messages API on loopback, answered by a script; it is gone after the test. */
export const startModel = async (mind: Mind): Promise<Model> => {
  const seen: Conversation[] = [];
  let count = 0;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = request.url ?? '';
    if (request.method !== 'POST' || !url.startsWith('/v1/messages')) {
      response.writeHead(404).end();
      return;
    }
    const body = await bodyOf(request);
    if (url.startsWith('/v1/messages/count_tokens')) {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"input_tokens":1000}');
      return;
    }
    const id = String((count += 1));
    // Titles and the like are asked for without tools: no part of the conversation.
    if ((body.tools ?? []).length === 0) {
      answer(response, body, id, [{ say: 'A title' }]);
      return;
    }
    const session = oneOf(request.headers['x-claude-code-session-id']) ?? '';
    const subagent = oneOf(request.headers['x-claude-code-agent-id']);
    const conversation = readConversation(session, subagent, body);
    seen.push(conversation);
    const said = await mind(conversation);
    answer(response, body, id, Array.isArray(said) ? said : [said as Step]);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A status that the client does not try again: the test sees the reason at once.
      response.writeHead(400, { 'content-type': 'application/json' });
      const message = String(error);
      response.end(
        JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message } }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    sessions: () => [...new Set(seen.map(({ session }) => session))],
    last: (session) => {
      const own = seen.filter((one) => one.subagent === undefined);
      const found = own.findLast((one) => session === undefined || one.session === session);
      if (!found) throw new Error('the model was not asked');
      return found;
    },
    close,
  };
};
