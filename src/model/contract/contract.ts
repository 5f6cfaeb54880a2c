import type { Amount } from '../budget/amount.ts';
import type { Time } from '../entity.ts';
import type { JsonObject } from '../json.ts';

export const statuses = [
  'pending',
  'ready',
  'in_progress',
  'completed',
  'failed',
  'cancelled',
] as const;
export type Status = (typeof statuses)[number];

/** What the holder is to publish. `accept` is a condition over data, artifact and contract. */
export type Expected = {
  readonly artifactType: string;
  readonly artifactId?: string;
  readonly required: boolean;
  readonly accept?: string;
};

/** What has to be there before the work can begin. `where` is a condition over data and artifact. */
export type Dependency =
  | { readonly type: 'contract'; readonly contractId: string }
  | {
      readonly type: 'artifact';
      readonly artifactId?: string;
      readonly artifactType?: string;
      readonly minVersion?: number;
      readonly where?: string;
    };

export type Inputs = {
  readonly context?: string;
  readonly params?: JsonObject;
  /** `x@2`, or `x` for the latest version when the contract is claimed. */
  readonly artifacts?: readonly string[];
};

/** A version that a claim works from. `older` marks one that was not the latest then: it was named on purpose. */
export type Pinned = { readonly ref: string; readonly older?: true };

/** Who works on it. Without `expires` it does not run out. */
export type Claim = {
  readonly agent: string;
  /** Stands for the session that claimed it: two sessions may share a name, a claim has one winner. */
  readonly session: string;
  /** The operation that claimed it: what the holder presents. */
  readonly token: string;
  readonly since: Time;
  readonly renewed: Time;
  readonly expires?: Time;
  readonly inputs?: readonly Pinned[];
  /** Its session came to a clean end and left the work so: whoever goes on with it makes no new attempt. */
  readonly parked?: { readonly text: string };
};

/** A version published for the contract. `refused` says why it does not count. */
export type Output = {
  readonly ref: string;
  readonly type: string;
  readonly round: number;
  readonly refused?: string;
};

/** Why it is open again, or ended as it did. */
export type Reason = {
  readonly by: string;
  readonly time: Time;
  readonly text: string;
  /** The version that led to it. */
  readonly cause?: string;
  /** The pipeline that said so. */
  readonly pipeline?: string;
};

/** The last reopening by a pipeline: its cause, and what had been published for the contract until then. */
export type Healing = {
  readonly pipeline: string;
  readonly cause: string;
  readonly outputs?: readonly string[];
};

/** A task that one agent gives to another, as it stands in its file: what was agreed, then how far it is. */
export type Contract = {
  readonly id: string;
  readonly title?: string;
  readonly description?: string;
  readonly assigner: string;
  /** An agent's name or a role; without one it is for whoever claims it first. */
  readonly assignee?: string;
  readonly created: Time;
  readonly priority?: number;
  readonly inputs?: Inputs;
  readonly expectedOutputs?: readonly Expected[];
  readonly dependencies?: readonly Dependency[];
  /** Condition over contract and outputs, once all required outputs are there. */
  readonly accept?: string;
  readonly maxAttempts: number;
  /** 0: a claim does not run out. */
  readonly leaseSeconds: number;
  /** What it may cost, unless the line's budget has a part for it. */
  readonly budget?: Amount;
  /** How many contracts made by pipelines led to this one. */
  readonly generation?: number;
  readonly status: Status;
  readonly attempt: number;
  /** One more at every reopening, reset and failed attempt; outputs count only in their round. */
  readonly round: number;
  readonly notBefore?: Time;
  /** The claim in force; of a completed contract, the one that completed it. */
  readonly claim?: Claim;
  /** Those of this round and of the one before. */
  readonly outputs?: readonly Output[];
  readonly reason?: Reason;
  readonly healing?: Healing;
  readonly notes?: readonly Reason[];
};

const order = [
  'id',
  'title',
  'description',
  'assigner',
  'assignee',
  'created',
  'priority',
  'inputs',
  'expectedOutputs',
  'dependencies',
  'accept',
  'maxAttempts',
  'leaseSeconds',
  'budget',
  'generation',
  'status',
  'attempt',
  'round',
  'notBefore',
  'claim',
  'outputs',
  'reason',
  'healing',
  'notes',
] as const satisfies readonly (keyof Contract)[];

type Loose = { readonly [K in keyof Contract]?: Contract[K] | undefined };

/** The fields in their order in the file, so that a diff shows what changed; those that are undefined or empty are left out. */
export const ordered = (fields: Loose): Contract => {
  const kept = order.flatMap((key) => {
    const value = fields[key];
    return value === undefined || (Array.isArray(value) && value.length === 0)
      ? []
      : [[key, value] as const];
  });
  return Object.fromEntries(kept) as unknown as Contract;
};

export const isOpen = ({ status }: Contract): boolean =>
  status === 'pending' || status === 'ready' || status === 'in_progress';

/** What was published in the contract's round. */
export const outputsOf = ({ outputs = [], round }: Contract): readonly Output[] =>
  outputs.filter((output) => output.round === round);
