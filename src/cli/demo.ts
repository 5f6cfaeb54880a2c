import type { Operation } from '../operations/operation.ts';

export const demo = async (_: {
  readonly keep: boolean;
  readonly operations: readonly Operation[];
}): Promise<number> => 0;
