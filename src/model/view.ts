import type { Budget } from './budget/budget.ts';
import type { Spending } from './budget/spending.ts';
import type { Contract, Status } from './contract/contract.ts';
import type { Agent, Artifact, Edge, RegisteredType, Settings, Time } from './entity.ts';
import type { Message } from './message.ts';
import type { Pipeline } from './pipeline/pipeline.ts';

/** What the rules need to know of an artifact's latest version on a line. */
export type Latest = { readonly version: number; readonly type: string; readonly content: string };

export type Tally = {
  readonly contracts: Readonly<Record<Status, number>>;
  readonly artifacts: number;
};

/**
 * What a decision may ask of one line's state, synchronously. The store answers it from the derived index, a transaction from what
 * it has done so far, a test from a plain object.
 */
export interface View {
  settings(): Settings | undefined;
  agent(name: string): Agent | undefined;
  agents(): readonly Agent[];
  /** The team's latest registration of a type. */
  registeredType(name: string): RegisteredType | undefined;
  latest(id: string): Latest | undefined;
  /** Ids whose latest version on this line is of the type. */
  latestOfType(type: string): Iterable<string>;
  /** The highest version ever given to this id, on any line; 0 for none. */
  highest(id: string): number;
  /** Whether this version stands in the line's own history. */
  has(id: string, version: number): boolean;
  /** The version before this one on the line. */
  before(id: string, version: number): number | undefined;
  /** The versions made from this one; `ref` of each edge is the younger side. */
  madeFrom(ref: string): readonly Edge[];
  /** What its content is equal by, see `contentOf`. */
  content(id: string, version: number): string | undefined;
  /** A version with its data. */
  artifact(id: string, version: number): Artifact | undefined;
  /** The contract that a version was published for. */
  madeFor(id: string, version: number): string | undefined;
  /** The type this id has had on any line. */
  typeOf(id: string): string | undefined;
  contract(id: string): Contract | undefined;
  pipeline(id: string): Pipeline | undefined;
  pipelines(): readonly Pipeline[];
  /** How many contracts there are of each status, and how many artifacts. */
  tally(): Tally;
  /** The places in a list of contracts or pipelines, in order; each ends with the id. */
  places(list: string): Iterable<string>;
  /** Whether there is, or was, a snapshot of this name. */
  hasSnapshot(name: string): boolean;
  budget(): Budget | undefined;
  spending(): Spending;
  message(id: string): Message | undefined;
  /** How many messages an exchange has. */
  threadLength(thread: string): number;
  /** When this agent sent its last messages, newest first, at most `limit`. */
  sent(agent: string, limit: number): readonly Time[];
}
