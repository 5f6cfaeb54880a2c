import { budgetId } from '../budget/budget.ts';
import type { Budget } from '../budget/budget.ts';
import type { Spending } from '../budget/spending.ts';
import type { Contract } from '../contract/contract.ts';
import { Overlay } from '../overlay.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { Latest, View } from '../view.ts';

/** How everything stood at an earlier point of a line that has been touched since; undefined for what was not there. */
export type Past = {
  readonly contracts: ReadonlyMap<string, Contract | undefined>;
  readonly artifacts: ReadonlyMap<string, Latest | undefined>;
  readonly pipelines: ReadonlyMap<string, Pipeline | undefined>;
  /** The budget, if another one has been set since. */
  readonly budget?: { readonly was: Budget | undefined };
  /** What had been spent until then. */
  readonly spending: Spending;
};

/** The state then, made of the state now and of what has been touched since. Agents, types and settings are those of now. */
export const stateThen = (now: View, past: Past): View => {
  const { contracts, artifacts, pipelines, budget, spending } = past;
  const then = new Overlay(now, spending);
  const other = budget && (budget.was ?? now.budget());
  if (other)
    then.put({
      kind: 'budget',
      id: budgetId,
      value: other,
      ...(!budget.was && { removed: true }),
    });
  for (const [id, value] of contracts) {
    const here = value ?? now.contract(id);
    if (here) then.put({ kind: 'contract', id, value: here, ...(!value && { removed: true }) });
  }
  for (const [id, restored] of artifacts) then.put({ kind: 'artifact', id, restored });
  for (const [id, value] of pipelines) {
    const here = value ?? now.pipeline(id);
    if (here) then.put({ kind: 'pipeline', id, value: here, ...(!value && { removed: true }) });
  }
  return then;
};

/** Nobody works on it any more: claims do not outlive a change of the line they were made on. */
export const withoutClaim = (contract: Contract): Contract => {
  if (contract.status !== 'in_progress') return contract;
  const { claim: _claim, ...rest } = contract;
  return { ...rest, status: 'ready' };
};
