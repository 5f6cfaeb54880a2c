/** One thing that a scripted model says or does. */
export type Step =
  | { readonly say: string }
  | { readonly use: string; readonly input?: Readonly<Record<string, unknown>> };

export type ToolResult = {
  /** The tool's name, without the server that it belongs to. */
  readonly name: string;
  readonly text: string;
  readonly isError: boolean;
};

/** A conversation as a model was shown it with one request, whatever client it came from. */
export type Conversation = {
  readonly client: 'claude' | 'codex' | 'gemini';
  readonly session: string;
  /** The subagent whose conversation it is; undefined for the session's own. */
  readonly subagent: string | undefined;
  /** The tools that it may use at once, by their full names. */
  readonly tools: readonly string[];
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

/** An answer as a client reads it. */
export type Answer = {
  readonly type: 'application/json' | 'text/event-stream';
  readonly text: string;
};

/** How one client talks with its model. */
export type Dialect<Body> = {
  readonly isAsked: (url: string) => boolean;
  /** Undefined for what is no part of the conversation: titles and the like. */
  readonly read: (
    headers: Readonly<Record<string, unknown>>,
    body: Body,
  ) => Conversation | undefined;
  readonly answer: (url: string, body: Body, id: string, steps: readonly Step[]) => Answer;
};

/** What each answer is said to have used: it decides what a session costs. */
export const usedTokens = { input: 1000, output: 1000 };

/** Server-sent events. */
export const events = (list: readonly Readonly<Record<string, unknown>>[]): Answer => ({
  type: 'text/event-stream',
  text: list
    .map(
      (data) =>
        `${typeof data['type'] === 'string' ? `event: ${data['type']}\n` : ''}data: ${JSON.stringify(data)}\n\n`,
    )
    .join(''),
});

/** A tool's own name: clients put the server before it, each in its own way. */
export const ownName = (name: string): string => name.replace(/^mcp_+(?:[a-z]+_+)?concord_+/, '');

const reminder = /<system-reminder>\n?([\s\S]*?)\n?<\/system-reminder>/g;
export const remindersIn = (text: string): string[] =>
  [...text.matchAll(reminder)].map(([, inner = '']) => inner);
export const withoutReminders = (text: string): string => text.replaceAll(reminder, '').trim();
