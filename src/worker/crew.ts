import type { ClaimOutput } from '../operations/contract/claim.ts';
import type { Agent } from '../model/entity.ts';
import type { Context } from '../operations/operation.ts';
import type { RunTree } from '../operations/guide/run.ts';
import type { Launch } from './launch/types.ts';
import type { RunRecord, Runs } from './records.ts';
import type { WorkerEvent } from './state.ts';

/** Where a run works, and what its prompt and its sandbox have to know of it. */
export type Place = {
  readonly cwd: string;
  readonly tree?: RunTree;
  /** What git writes outside of it. */
  readonly writable?: readonly string[];
};

/** What a supervisor needs of the rest of the program. */
export type Crew = {
  /** Of the supervisor itself: it opens the store, and all runs share it. */
  readonly base: Context;
  readonly line: string;
  readonly runs: Runs;
  /** How many runs at once. */
  readonly parallel: number;
  /** Seconds that a run may take. */
  readonly limit: number;
  /** End when nothing is left to do. */
  readonly untilIdle: boolean;
  /** Whom it starts commands for, as the store and the user say it now. */
  readonly agents: () => Promise<readonly Agent[]>;
  /** The context in which the run's own session calls. */
  readonly contextFor: (record: Pick<RunRecord, 'id' | 'agent' | 'line'>, cwd?: string) => Context;
  /** Makes the directory that a run works in. */
  readonly place: (agent: string, claim: ClaimOutput) => Promise<Place>;
  /** Takes away of that directory what holds nothing of its own, once its contract is done. */
  readonly leave: (contract: string) => Promise<void>;
  /** From the claim to the command; pure. */
  readonly plan: (
    agent: Agent,
    record: RunRecord,
    claim: ClaimOutput,
    place: Place,
  ) => Promise<Launch>;
  readonly report: (event: WorkerEvent) => void;
};
