/** What the Messages API is sent, as far as a test looks at it. */
export type Block = {
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
export type Tool = {
  readonly name: string;
  readonly description?: string;
  readonly defer_loading?: boolean;
  readonly input_schema?: Readonly<Record<string, unknown>>;
};
export type Body = {
  readonly model: string;
  readonly stream?: boolean;
  readonly system?: string | readonly Block[];
  readonly messages: readonly Message[];
  readonly tools?: readonly Tool[];
};

export type ToolResult = {
  /** The tool's name without the server it belongs to. */
  readonly name: string;
  readonly text: string;
  readonly isError: boolean;
};

/** A conversation as the model was shown it with one request. */
export type Conversation = {
  readonly session: string;
  /** The subagent whose conversation it is; undefined for the session's own. */
  readonly subagent: string | undefined;
  readonly body: Body;
  readonly tools: readonly Tool[];
  /** How often the model has answered in it. */
  readonly answers: number;
  readonly system: string;
  /** What came back from the tools that the model used, oldest first. */
  readonly results: readonly ToolResult[];
  /** What the client put beside the words of the user: contexts, what hooks say. */
  readonly reminders: readonly string[];
  /** The words of the user, without reminders, oldest first. */
  readonly prompts: readonly string[];
  /** All text but the definitions of the tools. */
  readonly shown: string;
  /** All that came after the model's last answer. */
  readonly news: string;
};

const blocksOf = ({ content }: Message): readonly Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;

const textOf = (content: string | readonly Block[] | undefined): string =>
  typeof content === 'string'
    ? content
    : (content ?? []).map((block) => block.text ?? textOf(block.content)).join('\n');

const reminder = /<system-reminder>\n?([\s\S]*?)\n?<\/system-reminder>/g;
const remindersIn = (text: string): string[] =>
  [...text.matchAll(reminder)].map(([, inner = '']) => inner);

const shortName = (name: string): string => name.replace(/^mcp__.+?__/, '');

const resultsIn = (messages: readonly Message[]): ToolResult[] => {
  const blocks = messages.flatMap(blocksOf);
  const names = new Map(
    blocks.flatMap(({ type, id, name }) =>
      type === 'tool_use' && id !== undefined && name !== undefined ? [[id, name] as const] : [],
    ),
  );
  return blocks
    .filter(({ type }) => type === 'tool_result')
    .map(({ tool_use_id: id = '', content, is_error: isError = false }) => ({
      name: shortName(names.get(id) ?? ''),
      text: textOf(content),
      isError,
    }));
};

const promptsIn = (messages: readonly Message[]): string[] =>
  messages
    .filter(({ role }) => role === 'user')
    .flatMap(blocksOf)
    .filter(({ type }) => type === 'text')
    .map(({ text = '' }) => text.replaceAll(reminder, '').trim())
    .filter((text) => text !== '');

/** Reads a request's body. */
export const readConversation = (
  session: string,
  subagent: string | undefined,
  body: Body,
): Conversation => {
  const { messages, tools = [] } = body;
  const system = textOf(body.system);
  const texts = messages.map(({ content }) => textOf(content));
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  return {
    session,
    subagent,
    body,
    tools,
    answers: messages.filter(({ role }) => role === 'assistant').length,
    system,
    results: resultsIn(messages),
    reminders: texts.flatMap(remindersIn),
    prompts: promptsIn(messages),
    shown: [system, ...texts].join('\n'),
    news: texts.slice(last + 1).join('\n'),
  };
};
