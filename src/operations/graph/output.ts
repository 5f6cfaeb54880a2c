import type { Status } from '../../model/contract/contract.ts';
import type { Trace } from '../../model/lineage.ts';

export type ContractNode = {
  readonly id: string;
  readonly status: Status;
  readonly title?: string;
  readonly assignee: string | null;
  readonly holder?: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Artifacts that it waits for, by id or type. */
  readonly needs: readonly string[];
  /** What was published for it in this round. */
  readonly outputs: readonly string[];
};

export type ArtifactNode = {
  readonly ref: string;
  readonly type: string;
  readonly publisher: string;
  readonly contract: string | null;
  readonly latest: boolean;
};

/** What a graph shows of contracts or of artifacts; there are `total` of them. */
export type Part<Node, Edge> = {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
  readonly total: number;
};

export type GraphOutput = {
  readonly line: string;
  readonly root: string | null;
  /** From what has to be completed first to what waits for it. */
  readonly contracts: Part<ContractNode, { readonly from: string; readonly to: string }> | null;
  /** From the older to the younger version. */
  readonly artifacts: Part<ArtifactNode, Trace['edges'][number]> | null;
  /** There is more around the root, or below the artifacts shown, than the limit allows. */
  readonly omitted: boolean;
};
