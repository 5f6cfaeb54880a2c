import type { Amount } from '../budget/amount.ts';
import type { Contract } from '../contract/contract.ts';
import type { Artifact, Kind, Time } from '../entity.ts';

/** What work has used up. */
export type Spent = Amount;

/** One step in a contract's life. */
export type Step = { readonly event: string; readonly time: Time };

export type ContractSide = {
  readonly contract: Contract;
  /** Oldest first. */
  readonly steps: readonly Step[];
  readonly spent?: Spent;
};

export type ArtifactSide = {
  readonly artifact: Artifact;
  /** For each attachment a text that is equal for equal contents. */
  readonly attachments: Readonly<Record<string, string>>;
};

/** What an agent did since both sides parted. */
export type Activity = {
  readonly transactions: number;
  readonly published: number;
  readonly claimed: number;
  readonly completed: number;
};

/** Of each kind the ids, each with a text that is equal for equal files. */
export type Listing = { readonly [K in Kind]: ReadonlyMap<string, string> };

/** One of two states that are compared: all that there is by name, and what of it was read. */
export type Side = {
  readonly listing: Listing;
  readonly contracts: ReadonlyMap<string, ContractSide>;
  readonly artifacts: ReadonlyMap<string, ArtifactSide>;
  readonly activity: ReadonlyMap<string, Activity>;
  /** All that work on this line has used up until then. */
  readonly spent?: Spent;
};

/** Something of both sides; null where a side has none. */
export type Both<T> = { readonly left: T | null; readonly right: T | null };

/** Where something stands: on one side only, on both as it is, or on both and not the same. */
export type Change = 'left' | 'right' | 'same' | 'changed';

/** The names of both sides in order, each with what either has of it. */
export const paired = <T>(
  left: ReadonlyMap<string, T>,
  right: ReadonlyMap<string, T>,
): (Both<T> & { readonly id: string })[] =>
  [...new Set([...left.keys(), ...right.keys()])]
    .sort()
    .map((id) => ({ id, left: left.get(id) ?? null, right: right.get(id) ?? null }));

/** How the files of one name stand to each other. */
export const changeOf = ({ left, right }: Both<string>): Change => {
  if (left === null) return 'right';
  if (right === null) return 'left';
  return left === right ? 'same' : 'changed';
};
