import type { JsonObject } from '../../model/json.ts';
import { shellLine } from './shell-line.ts';

/** The coding agents that Concord knows how to set up. */
export const clients = ['claude', 'codex', 'gemini', 'opencode', 'cursor'] as const;
export type Client = (typeof clients)[number];

/** What `concord hook <event>` can be told of. */
export type HookEvent =
  | 'session-start'
  | 'prompt'
  | 'pre-tool'
  | 'post-tool'
  | 'stop'
  | 'subagent-stop'
  | 'pre-compact'
  | 'session-end'
  | 'wait';

/** One hook of a client: at which of its events, for what, and how long it may take. */
export type Hook = {
  readonly at: string;
  readonly event: HookEvent;
  readonly matcher?: string;
  /** Seconds. */
  readonly timeout: number;
  /** The client does not wait for it. */
  readonly aside?: true;
  /** The client does not wait for it, and goes on with a new turn when it ends with 2. */
  readonly wakes?: true;
};

/** Our own tools, also as those of a plugin are named, and what changes files. */
const guarded = 'mcp__(plugin_concord_)?concord__.*|Edit|Write|NotebookEdit|MultiEdit';
const begins = 'startup|resume|clear|compact';

const claude: readonly Hook[] = [
  { at: 'SessionStart', event: 'session-start', matcher: begins, timeout: 10 },
  { at: 'UserPromptSubmit', event: 'prompt', timeout: 5 },
  { at: 'PreToolUse', event: 'pre-tool', matcher: guarded, timeout: 5 },
  // After every tool, since any of them shows that the session is at work; nobody waits for it.
  { at: 'PostToolUse', event: 'post-tool', timeout: 10, aside: true },
  { at: 'Stop', event: 'stop', timeout: 10 },
  { at: 'Stop', event: 'wait', timeout: 3600, wakes: true },
  { at: 'SubagentStop', event: 'subagent-stop', timeout: 10 },
  { at: 'PreCompact', event: 'pre-compact', timeout: 10 },
  { at: 'SessionEnd', event: 'session-end', timeout: 10 },
];

const codex: readonly Hook[] = [
  { at: 'SessionStart', event: 'session-start', timeout: 10 },
  { at: 'UserPromptSubmit', event: 'prompt', timeout: 5 },
  { at: 'PostToolUse', event: 'post-tool', timeout: 10 },
  { at: 'Stop', event: 'stop', timeout: 10 },
  { at: 'PreCompact', event: 'pre-compact', timeout: 10 },
];

const gemini: readonly Hook[] = [
  { at: 'SessionStart', event: 'session-start', timeout: 10 },
  { at: 'BeforeAgent', event: 'prompt', timeout: 5 },
  { at: 'AfterTool', event: 'post-tool', timeout: 10 },
  { at: 'AfterAgent', event: 'stop', timeout: 10 },
  { at: 'SessionEnd', event: 'session-end', timeout: 10 },
];

const cursor: readonly Hook[] = [
  { at: 'sessionStart', event: 'session-start', timeout: 10 },
  { at: 'stop', event: 'stop', timeout: 10 },
  { at: 'sessionEnd', event: 'session-end', timeout: 10 },
];

/** Hooks of opencode are programs of its own language: it gets none. */
export const hookList: Readonly<Record<Client, readonly Hook[]>> = {
  claude,
  codex,
  gemini,
  opencode: [],
  cursor,
};

/** The words of a command, the program first. */
export type Words = readonly [string, ...string[]];

const wordsOf = (words: Words, client: Client, { event }: Hook): Words => [
  ...words,
  'hook',
  event,
  '--client',
  client,
];

/** Claude Code starts the program itself, without a shell. */
const claudeEntry = (words: Words, hook: Hook): JsonObject => {
  const [command, ...args] = wordsOf(words, 'claude', hook);
  return {
    type: 'command',
    command,
    args,
    ...(hook.aside && { async: true }),
    ...(hook.wakes && { asyncRewake: true }),
    timeout: hook.timeout,
  };
};

const entries: Readonly<Record<Client, (words: Words, hook: Hook) => JsonObject>> = {
  claude: claudeEntry,
  codex: (words, hook) => ({
    type: 'command',
    command: shellLine(wordsOf(words, 'codex', hook)),
    timeout: hook.timeout,
  }),
  gemini: (words, hook) => ({
    name: `concord-${hook.event}`,
    type: 'command',
    command: shellLine(wordsOf(words, 'gemini', hook)),
    timeout: hook.timeout * 1000,
  }),
  opencode: () => ({}),
  cursor: (words, hook) => ({
    command: shellLine(wordsOf(words, 'cursor', hook)),
    timeout: hook.timeout,
  }),
};

/** One element of the list that a client keeps for an event. */
const elementOf = (client: Client, words: Words, hook: Hook): JsonObject => {
  const entry = entries[client](words, hook);
  if (client === 'cursor') return entry;
  return { ...(hook.matcher && { matcher: hook.matcher }), hooks: [entry] };
};

/**
 * What stands below "hooks" in the client's own file, with the words that start Concord: each event and its elements. A session that is
 * started for one piece of work is never woken: it would not end while something waits to do so.
 */
export const hooksFor = (
  client: Client,
  words: Words,
  { once = false }: { readonly once?: boolean } = {},
): Readonly<Record<string, readonly JsonObject[]>> => {
  const found: Record<string, JsonObject[]> = {};
  for (const hook of hookList[client].filter(({ wakes }) => !(once && wakes)))
    (found[hook.at] ??= []).push(elementOf(client, words, hook));
  return found;
};
