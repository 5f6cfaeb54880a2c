import type { Artifact, Code } from '../model/entity.ts';
import type { Call, ErrorCode } from '../model/error.ts';
import type { Store } from '../store/store.ts';
import type { Input, InputSchema } from './schema.ts';
import type { Notes } from './session/notes.ts';
import type { HeldClaim, Session } from './session/session.ts';

/** What an operation is run in: who calls, on which line, and what the front end lends it. */
export type Context = {
  /** Who calls; needs the repository's configuration where nobody said it. */
  agent(): Promise<string>;
  readonly line: string;
  /** The directory of the caller; the store is that of its repository, or another one. */
  readonly directory: string;
  /** Opens the store at first use. */
  store(): Promise<Store>;
  /** Where the store is, or is to be made. */
  readonly location: string;
  /** Whether the caller named a place of its own for the store. */
  readonly separate: boolean;
  /** The latest version of an artifact without opening the store; undefined when only the index can tell. */
  peek(line: string, id: string): Promise<Artifact | undefined>;
  /** Reads a file of the caller, as far as the front end allows; one that holds a secret is refused. */
  readFile(path: string): Promise<Buffer>;
  /** A person insists that what looks like a secret is written. */
  secretsAllowed(): Promise<boolean>;
  /** The caller's code, recorded with what is published. */
  code(): Promise<Code | undefined>;
  /** What is remembered of the caller's session. */
  readonly session: () => Session;
  /** What is kept for an agent on this machine, from one session to the next. */
  readonly memory: (agent: string) => Notes;
  /** Whether a person calls, by the name of the git user: a person's claim does not run out. */
  readonly person: () => boolean;
  /** Whether the session works for the team: only then it may be held at its end, or woken. */
  readonly working: () => boolean;
  /** A hook asks, not the session itself. */
  readonly aside?: boolean;
  /** Claims that other sessions of this machine remember for this agent. */
  readonly elsewhere: (agent: string) => readonly (HeldClaim & { readonly used: number })[];
  /** What this caller has read since it last published; undefined when callers cannot be told apart. */
  readonly reads: Reads | undefined;
};

/** Observed reads of one agent in one session: best effort, kept outside the store. */
export type Reads = {
  note(ref: string, older: boolean): void;
  /** `x@2`, or `x@2 older`. */
  list(): readonly string[];
  /** Takes these away, once they are recorded. */
  remove(entries: readonly string[]): void;
};

/** How a front end says things: the operations know no tool names, no commands and no colours. */
export type Speak = {
  /** A call as the reader would make it. */
  call(call: Call): string;
  /** Text written by agents, each line marked, so that it can be taken for nothing else. */
  quote(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
  /** The time now, for ages. */
  readonly now: number;
  /** How many characters a line of the reader's terminal holds; undefined where there is none. */
  readonly width?: number;
};

/** One way to call an operation from the command line. */
export type Command = {
  /** `artifact list`, below `concord`. */
  readonly path: string;
  readonly summary?: string;
  readonly positional?: readonly string[];
  /** Arguments that this command must be given, though the operation can do without. */
  readonly needs?: readonly string[];
  /** Input that this command fixes. */
  readonly preset?: Readonly<Record<string, unknown>>;
  /** Input that it fixes when the whole output is asked for as JSON. */
  readonly json?: Readonly<Record<string, unknown>>;
  readonly examples?: readonly string[];
  /** What arguments mean to this command, where that is not what they mean to the operation. */
  readonly words?: Readonly<Record<string, string>>;
  /** Arguments that are no options of this command. */
  readonly without?: readonly string[];
  /** What it says may be long: on a terminal it is shown through a pager. */
  readonly paged?: true;
};

/** How an operation goes on after its reply with what is new, for front ends that can show it as it happens. */
export type Following<In, Out> = {
  /** The input of the first call, and of the one that shows what came after a reply. */
  next(input: In, last?: Out): In;
  /** Whether there is more already. */
  more(output: Out): boolean;
  /** What came, in the order in which it happened. */
  items(output: Out): readonly unknown[];
  /** The same as text; empty where nothing came. */
  render(output: Out, speak: Speak, input: In): string;
};

/** A verb, declared once: its tool, its commands, their help and the reference are made of this. */
export type Operation<S extends InputSchema = InputSchema, Out = unknown> = {
  /** noun_verb: the name of the tool. */
  readonly name: string;
  /** Imperative, one line. */
  readonly summary: string;
  /** What a tool's reader must know beyond the summary. */
  readonly details?: string;
  readonly input: S;
  /** Other names that arguments are known by. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** What arguments are called on the command line, where it is not their own name. */
  readonly flags?: Readonly<Record<string, string>>;
  /** What an option means that is given without a value; others must have one. */
  readonly bare?: Readonly<Record<string, string>>;
  /** Arguments that work but are not taught to agents. */
  readonly unlisted?: readonly string[];
  /** Arguments whose names say enough to an agent: its tool lists them without a description. */
  readonly plain?: readonly string[];
  readonly readOnly?: boolean;
  /** Whether the tool is listed in the core profile, the full one, or is a person's command. */
  readonly profile: 'core' | 'full' | 'cli';
  /** Worth having its whole definition in every session. */
  readonly alwaysLoad?: boolean;
  readonly commands: readonly Command[];
  run(input: Input<S>, context: Context): Promise<Out>;
  render(output: Out, speak: Speak, input: Input<S>): string;
  /** What the command ends with where this output, though complete, means that something is not as wished. */
  failed?(output: Out): ErrorCode | undefined;
  readonly following?: Following<Input<S>, Out>;
  /** Bytes that go to standard output as they are, instead of the text. */
  bytes?(output: Out): Uint8Array | undefined;
};

/** An operation in the general type, with the exact input and output for programs that call it. */
export type Typed<In, Out> = Operation & {
  readonly types?: { readonly input: In; readonly output: Out };
};

/** Checks the exact types inside the file, and gives out the general one. */
export const defineOperation = <const S extends InputSchema, Out>(
  operation: Operation<S, Out>,
): Typed<Input<S>, Out> => operation as unknown as Typed<Input<S>, Out>;
