import { events, ownName, remindersIn, usedTokens, withoutReminders } from './conversation.ts';
import type { Answer, Conversation, Dialect, Step, ToolResult } from './conversation.ts';

type Block = {
  readonly type: string;
  readonly text?: string;
  readonly id?: string;
  readonly name?: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly tool_use_id?: string;
  readonly content?: string | readonly Block[];
  readonly is_error?: boolean;
};
type Message = { readonly role: string; readonly content: string | readonly Block[] };
type Body = {
  readonly model: string;
  readonly stream?: boolean;
  readonly system?: string | readonly Block[];
  readonly messages: readonly Message[];
  readonly tools?: readonly { readonly name: string; readonly defer_loading?: boolean }[];
};

const blocksOf = ({ content }: Message): readonly Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;

const textOf = (content: string | readonly Block[] | undefined): string =>
  typeof content === 'string'
    ? content
    : (content ?? []).map((block) => block.text ?? textOf(block.content)).join('\n');

const resultsIn = (messages: readonly Message[]): ToolResult[] => {
  const blocks = messages.flatMap(blocksOf);
  const names = new Map(
    blocks.flatMap(({ id, name }) =>
      id !== undefined && name !== undefined ? [[id, name] as const] : [],
    ),
  );
  return blocks
    .filter(({ type }) => type === 'tool_result')
    .map(({ tool_use_id: id = '', content, is_error: isError = false }) => ({
      name: ownName(names.get(id) ?? ''),
      text: textOf(content),
      isError,
    }));
};

const promptsIn = (messages: readonly Message[]): string[] =>
  messages
    .filter(({ role }) => role === 'user')
    .flatMap(blocksOf)
    .filter(({ type }) => type === 'text')
    .map(({ text = '' }) => withoutReminders(text))
    .filter((text) => text !== '');

const read = (
  headers: Readonly<Record<string, unknown>>,
  { messages, tools = [], system: given }: Body,
): Conversation | undefined => {
  if (tools.length === 0) return undefined;
  const system = textOf(given);
  const texts = messages.map(({ content }) => textOf(content));
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  const subagent = headers['x-claude-code-agent-id'];
  return {
    client: 'claude',
    session: String(headers['x-claude-code-session-id']),
    subagent: typeof subagent === 'string' ? subagent : undefined,
    tools: tools.filter((tool) => tool.defer_loading !== true).map(({ name }) => name),
    answers: messages.filter(({ role }) => role === 'assistant').length,
    system,
    results: resultsIn(messages),
    reminders: texts.flatMap(remindersIn),
    prompts: promptsIn(messages),
    shown: [system, ...texts].join('\n'),
    news: texts.slice(last + 1).join('\n'),
  };
};

const blockOf = (step: Step, id: string): Block =>
  'say' in step
    ? { type: 'text', text: step.say }
    : { type: 'tool_use', id, name: step.use, input: step.input ?? {} };

/** A block begins empty, and all of it comes in one piece. */
const eventsOf = (block: Block, index: number): Readonly<Record<string, unknown>>[] => {
  const isText = block.type === 'text';
  const start = isText ? { type: 'text', text: '' } : { ...block, input: {} };
  const delta = isText
    ? { type: 'text_delta', text: block.text }
    : { type: 'input_json_delta', partial_json: JSON.stringify(block.input) };
  return [
    { type: 'content_block_start', index, content_block: start },
    { type: 'content_block_delta', index, delta },
    { type: 'content_block_stop', index },
  ];
};

const usage = {
  input_tokens: usedTokens.input,
  output_tokens: usedTokens.output,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
};

const answer = (url: string, body: Body, id: string, steps: readonly Step[]): Answer => {
  const json = (data: unknown): Answer => ({
    type: 'application/json',
    text: JSON.stringify(data),
  });
  if (url.includes('count_tokens')) return json({ input_tokens: usedTokens.input });
  const blocks = steps.map((step, at) => blockOf(step, `toolu_${id}_${at}`));
  const uses = blocks.some(({ type }) => type === 'tool_use');
  const head = { id: `msg_${id}`, type: 'message', role: 'assistant', model: body.model, usage };
  const end = { stop_reason: uses ? 'tool_use' : 'end_turn', stop_sequence: null };
  if (body.stream !== true) return json({ ...head, ...end, content: blocks });
  const message = { ...head, content: [], stop_reason: null, stop_sequence: null };
  return events([
    { type: 'message_start', message },
    ...blocks.flatMap(eventsOf),
    { type: 'message_delta', delta: end, usage: { output_tokens: usedTokens.output } },
    { type: 'message_stop' },
  ]);
};

/** The Messages API, as Claude Code uses it. */
export const messages: Dialect<Body> = {
  isAsked: (url) => url.startsWith('/v1/messages'),
  read,
  answer,
};
