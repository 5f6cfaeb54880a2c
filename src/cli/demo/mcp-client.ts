import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { expectIn } from './stage.ts';
import type { Stage } from './stage.ts';

/** A session of one agent with its tool server, as a coding agent's client keeps it. */
export type Session = {
  readonly pid: number;
  call(tool: string, input: object): Promise<Reply>;
  /** Hangs up, and waits until the server has ended by itself. */
  leave(): Promise<void>;
};

export type Reply = { readonly text: string; readonly refused: boolean };

type Message = {
  readonly id?: number;
  readonly error?: { readonly message: string };
  readonly result?: Readonly<Record<string, unknown>>;
};
type Waiting = { resolve(message: Message): void; reject(error: Error): void };

const patience = 60_000;

export const connect = async (stage: Stage, agent: string): Promise<Session> => {
  const { child, send, ask, ended } = speakTo(stage.start('mcp', '--as', agent), agent);
  const hello = await ask('initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'concord-demo', version: '1' },
  });
  expectIn('initialize', JSON.stringify(hello.result), ['"name":"concord"']);
  send({ method: 'notifications/initialized' });
  return {
    pid: child.pid ?? 0,
    call: async (tool, input) => replyOf(await ask('tools/call', { name: tool, arguments: input })),
    leave: async () => {
      child.stdin.end();
      const code = await ended;
      if (code !== 0) throw new Error(`"concord mcp --as ${agent}" ended with ${code}.`);
    },
  };
};

/** The Model Context Protocol in small: one line of JSON-RPC for each message. */
const speakTo = (child: ChildProcessWithoutNullStreams, agent: string) => {
  const waiting = new Map<number, Waiting>();
  let said = '';
  let rest = '';
  let lastId = 0;
  const lost = (reason: string): void => {
    const error = new Error(`"concord mcp --as ${agent}" ${reason}.\n${said}`);
    for (const one of waiting.values()) one.reject(error);
  };
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  void ended.then((code) => lost(`ended too early, with ${code}`));
  child.once('error', (error) => lost(`could not be started (${error.message})`));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const message of lines.map((line) => JSON.parse(line) as Message)) {
      waiting.get(message.id ?? 0)?.resolve(message);
    }
  });
  const send = (message: object): void => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  };
  const ask = (method: string, params: object): Promise<Message> => {
    const id = ++lastId;
    const timer = setTimeout(() => lost(`did not answer ${method}`), patience);
    const answer = new Promise<Message>((resolve, reject) => waiting.set(id, { resolve, reject }));
    send({ id, method, params });
    return answer.finally(() => {
      waiting.delete(id);
      clearTimeout(timer);
    });
  };
  return { child, send, ask, ended };
};

const replyOf = ({ error, result }: Message): Reply => {
  if (error || !result) throw new Error(error?.message ?? 'An answer without a result.');
  const content = result['content'] as readonly { readonly text: string }[];
  return {
    text: content.map(({ text }) => text).join('\n'),
    refused: result['isError'] === true,
  };
};
