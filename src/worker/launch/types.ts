import type { Agent } from '../../model/entity.ts';
import type { Words } from '../../operations/client/hooks.ts';
import type { UsageKind } from './client.ts';
import type { Identity } from './environment.ts';
import type { Program } from './program.ts';

/** A file that has to stand before the program starts. */
export type LaunchFile = {
  readonly path: string;
  readonly text: string;
  readonly executable?: true;
  /** Left alone where it is there already. */
  readonly unlessThere?: true;
};

/** How one session of an agent is started: everything, so that starting it is only doing it. */
export type Launch = {
  /** Program and arguments, without any shell of ours. */
  readonly words: Words;
  /** The whole environment: nothing else is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Undefined: standard input is empty. */
  readonly stdin: string | undefined;
  readonly files: readonly LaunchFile[];
  /** In which words its output tells what it used. */
  readonly usage: UsageKind;
};

export type LaunchSettings = {
  readonly program: Program;
  /** The environment of the supervisor. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** Where `cwd` is a work tree of the supervisor's own: what git writes outside of it when it commits there. */
  readonly workTree?: { readonly writable: readonly string[] };
  readonly maxTurns?: number;
};

export type LaunchRequest = {
  readonly agent: Agent;
  readonly contract: string;
  readonly attempt: number;
  /** What is left of the contract's budget. */
  readonly usd?: number;
  readonly prompt: string;
  /** Id of the run, which is the session's too. */
  readonly run: string;
  readonly line: string;
  /** Absolute path of a store of its own. */
  readonly store?: string;
  /** The run's own directory, for what the program has to read. */
  readonly directory: string;
  readonly cwd: string;
  readonly settings: LaunchSettings;
};

/** What the kinds of command make their lines of. */
export type Prepared = Omit<LaunchRequest, 'settings'> & {
  readonly settings: LaunchSettings;
  /** Names the run, its agent and its contract, for programs that hand their environment to nobody. */
  readonly identity: Identity;
  /** What the user wrote after the client's name. */
  readonly extra: readonly string[];
};

/** The part that differs from one kind of command to the next. */
export type Line = {
  readonly words: Words;
  readonly stdin?: string;
  readonly files?: readonly LaunchFile[];
  readonly environment?: Readonly<Record<string, string>>;
};
