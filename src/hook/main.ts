import { resolve } from 'node:path';
import { isObject } from '../model/json.ts';
import type { JsonObject } from '../model/json.ts';
import { events } from './happening.ts';
import type { Answer, Client, HookEvent } from './happening.ts';
import type { Here } from './here.ts';

type Handler = (here: Here) => Promise<Answer | undefined>;

/** Each is loaded when it happens: most of what they need is needed by one of them. */
const handlers: Readonly<Record<Exclude<HookEvent, 'wait'>, () => Promise<Handler>>> = {
  'session-start': async () => (await import('./event/session-start.ts')).sessionStart,
  prompt: async () => (await import('./event/prompt.ts')).prompt,
  'pre-tool': async () => (await import('./event/pre-tool.ts')).preTool,
  'post-tool': async () => (await import('./event/post-tool.ts')).postTool,
  stop: async () => (await import('./event/stop.ts')).stop,
  'subagent-stop': async () => (await import('./event/stop.ts')).subagentStop,
  'pre-compact': async () => (await import('./event/session-end.ts')).preCompact,
  'session-end': async () => (await import('./event/session-end.ts')).sessionEnd,
};

const clients: Readonly<Record<string, () => Promise<Client>>> = {
  claude: async () => (await import('./client/claude.ts')).claude,
  codex: async () => (await import('./client/codex.ts')).codex,
  gemini: async () => (await import('./client/gemini.ts')).gemini,
  cursor: async () => (await import('./client/cursor.ts')).cursor,
};

/** No client waits longer than its own limits: what is not done by then is left, in ms. */
const patience: Readonly<Partial<Record<HookEvent, number>>> = {
  prompt: 4_000,
  'pre-tool': 4_000,
  'session-end': 1_300,
};
const patient = 9_000;

const largest = 1_000_000;

/** What the client wrote, as an object; nothing where it is too large, no JSON, or nobody writes. */
const readInput = async (): Promise<JsonObject> => {
  if (process.stdin.isTTY) return {};
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    parts.push(part);
    size += part.length;
    if (size > largest) return {};
  }
  const value: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
  return isObject(value) ? value : {};
};

const debug = (error: unknown): void => {
  if (!process.env['CONCORD_DEBUG']) return;
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`concord hook: ${text.replace(/\s+/g, ' ').slice(0, 500)}\n`);
};

type Asked = { readonly event: HookEvent; readonly client: Client; readonly timeout: number };

const defaultTimeout = 3_500;

/** `<event> --client <name> [--timeout <seconds>]`; undefined for what this program does not know: newer clients lose nothing by it. */
const askedFor = async (argv: readonly string[]): Promise<Asked | undefined> => {
  const after = (flag: string): string | undefined => {
    const at = argv.indexOf(flag);
    return at === -1 ? undefined : argv[at + 1];
  };
  const event = events.find((one) => one === argv[0]);
  const name = after('--client') ?? 'claude';
  const client = Object.hasOwn(clients, name) ? await clients[name]?.() : undefined;
  const seconds = Number(after('--timeout') ?? defaultTimeout);
  const timeout = seconds >= 0 && seconds <= 86_400 ? seconds : defaultTimeout;
  return event && client && { event, client, timeout };
};

const handle = async ({ event, client, timeout }: Asked): Promise<number> => {
  const happening = client.parse(event, await readInput());
  const { localOf } = await import('../operations/context.ts');
  const directory = resolve(happening.cwd);
  const local = localOf(directory, process.env);
  const { hereOf, noteSeen } = await import('./here.ts');
  const here = hereOf(client, { ...happening, cwd: directory }, local);
  if (!here) return 0;
  noteSeen(here.local, client, happening);
  if (event === 'wait') return (await import('./event/wait.ts')).wait(here, timeout);
  const answer = await (await handlers[event]())(here);
  const printed = answer && client.print(event, answer);
  if (printed) process.stdout.write(JSON.stringify(printed));
  return 0;
};

/**
 * Answers one hook of a client. It fails open: whatever goes wrong, the client goes on as if there were no Concord. Only a wait ends with
 * another code than 0, which wakes the session.
 */
export const hook = async (argv: readonly string[]): Promise<never> => {
  let code = 0;
  try {
    const asked = await askedFor(argv);
    if (asked && asked.event !== 'wait') {
      const limit = patience[asked.event] ?? patient;
      const give = (): never => {
        debug(new Error(`${asked.event} took longer than ${limit} ms`));
        process.exit(0);
      };
      setTimeout(give, limit).unref();
    }
    if (asked) code = await handle(asked);
  } catch (error) {
    debug(error);
  }
  // Nothing is left to be said: what is written has to be out, all else may end here.
  return new Promise<never>(() => {
    process.stdout.write('', () => process.exit(code));
  });
};
