import type { Agent, RegisteredType, Settings } from './entity.ts';

/** What the rules need to know of an artifact's latest version on a line. */
export type Latest = { readonly version: number; readonly type: string; readonly content: string };

/**
 * What a decision may ask of one line's state, synchronously. The store answers it from the derived index, a transaction from what
 * it has done so far, a test from a plain object.
 */
export interface View {
  settings(): Settings | undefined;
  agent(name: string): Agent | undefined;
  /** The team's latest registration of a type. */
  registeredType(name: string): RegisteredType | undefined;
  latest(id: string): Latest | undefined;
  /** The highest version ever given to this id, on any line; 0 for none. */
  highest(id: string): number;
  /** Whether this version stands in the line's own history. */
  has(id: string, version: number): boolean;
  /** The type this id has had on any line. */
  typeOf(id: string): string | undefined;
}
