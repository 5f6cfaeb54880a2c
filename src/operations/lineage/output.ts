import type { Direction, Trace } from '../../model/lineage.ts';
import type { Stale } from '../../model/stale.ts';

export type TraceOutput = {
  readonly root: string;
  readonly direction: Direction;
  readonly nodes: readonly {
    readonly ref: string;
    readonly type: string;
    readonly publisher: string;
    readonly contract: string | null;
    readonly commit: string;
    readonly latest: boolean;
  }[];
  readonly edges: Trace['edges'];
  /** There is more than `limit` allowed. */
  readonly omitted: boolean;
};

export type StaleOutput = {
  readonly stale: readonly Stale[];
  readonly total: number;
  /** How many of all are out of date by an input of their own. */
  readonly direct: number;
};
