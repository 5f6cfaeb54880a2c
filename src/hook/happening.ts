import type { JsonObject } from '../model/json.ts';

export const events = [
  'session-start',
  'prompt',
  'pre-tool',
  'post-tool',
  'stop',
  'subagent-stop',
  'pre-compact',
  'session-end',
  'wait',
] as const;
export type HookEvent = (typeof events)[number];

/** What has happened in a client's session, as far as its client told. */
export type Happening = {
  readonly event: HookEvent;
  /** The client's id of the session; empty where it says none. */
  readonly session: string;
  readonly cwd: string;
  /** A tool that is called, with the client's id of the call. */
  readonly tool?: { readonly name: string; readonly input: JsonObject; readonly use?: string };
  /** The subagent in which it happened. */
  readonly subagent?: string;
  /** The session was held at its stop already. */
  readonly stopActive?: boolean;
  /** What a session begins with: startup, resume, clear, compact. */
  readonly source?: string;
  /** Why it ends. */
  readonly reason?: string;
};

/** What is said to the client. */
export type Answer = {
  /** Facts for the model. */
  readonly context?: string;
  /** What the session is called from now on. */
  readonly title?: string;
  /** The session goes on: why. */
  readonly block?: string;
  /** One line for the person in front of it. */
  readonly remark?: string;
  /** The tool call needs nobody's consent. */
  readonly allow?: true;
};

/** One kind of client: how it tells what has happened, and how it is answered. */
export type Client = {
  readonly name: string;
  /** What its sessions are called by where it sets no variables of its own: the sign of its commands, and its session. */
  readonly environment: (session: string) => Readonly<Record<string, string>>;
  readonly parse: (event: HookEvent, given: JsonObject) => Happening;
  /** Undefined where the client has no way to be told that. */
  readonly print: (event: HookEvent, answer: Answer) => JsonObject | undefined;
};
