import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Conversation, Dialect, Step } from './conversation.ts';
import { generate } from './generate.ts';
import { messages } from './messages.ts';
import { responses } from './responses.ts';

/** A scripted model: what it answers in a conversation. */
export type Mind = (seen: Conversation) => Step | readonly Step[] | Promise<Step | readonly Step[]>;

export type Model = {
  readonly url: string;
  /** What the model was shown with each request, in order. */
  readonly seen: readonly Conversation[];
  /** The sessions that have asked, in order of their first request. */
  readonly sessions: () => string[];
  /** What a session's own conversation, not that of a subagent, was at its last request. */
  readonly last: (session?: string) => Conversation;
};

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const handler = (mind: Mind, seen: Conversation[]): Handle => {
  let count = 0;
  const say = async <Body>(
    dialect: Dialect<Body>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const body = JSON.parse(await textOf(request)) as Body;
    count += 1;
    const id = String(count);
    const conversation = dialect.read(request.headers, body);
    if (conversation) seen.push(conversation);
    const said = conversation ? await mind(conversation) : { say: 'A title' };
    const steps = 'length' in said ? said : [said];
    const { type, text } = dialect.answer(request.url ?? '', body, id, steps);
    response.writeHead(200, { 'content-type': type }).end(text);
  };
  return async (request, response) => {
    const url = request.method === 'POST' ? (request.url ?? '') : '';
    if (messages.isAsked(url)) await say(messages, request, response);
    else if (responses.isAsked(url)) await say(responses, request, response);
    else if (generate.isAsked(url)) await say(generate, request, response);
    else response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
  };
};

/** The models' services on loopback, answered by one script; gone after the test. */
export const startModel = async (mind: Mind): Promise<Model> => {
  const seen: Conversation[] = [];
  const handle = handler(mind, seen);
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A status that clients do not try again: the test sees the reason at once.
      const said = { type: 'invalid_request_error', message: String(error) };
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ type: 'error', error: said }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    sessions: () => [...new Set(seen.map(({ session }) => session))],
    last: (session) => {
      const found = seen.findLast(
        (one) => one.subagent === undefined && (session === undefined || one.session === session),
      );
      if (!found) throw new Error('the model was not asked');
      return found;
    },
  };
};
