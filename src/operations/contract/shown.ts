import { blockedBy } from '../../model/contract/claimable.ts';
import { outputsOf } from '../../model/contract/contract.ts';
import type { Contract } from '../../model/contract/contract.ts';
import type { Conditions } from '../../model/condition.ts';
import type { AttemptSpent } from '../../model/budget/spending.ts';
import { limitOf } from '../../model/budget/gate.ts';
import type { View } from '../../model/view.ts';
import { standingOf } from '../budget/report.ts';
import type { Standing } from '../budget/report.ts';
import type { Facts } from '../../store/index/facts.ts';

/** What work on it has cost, of what it may cost. */
export type Cost = Standing & { readonly attempts: readonly AttemptSpent[] };

type Step = {
  readonly event: string;
  readonly by: string;
  readonly time: string;
  readonly commit: string;
  readonly reason?: string;
  readonly cause?: string;
};

/** A contract as it is shown: what it is, how far, and why it waits. The token is nobody's business. */
export type ContractShown = Omit<
  Contract,
  | 'claim'
  | 'outputs'
  | 'round'
  | 'created'
  | 'title'
  | 'assignee'
  | 'inputs'
  | 'expectedOutputs'
  | 'dependencies'
  | 'budget'
> & {
  readonly title: string | null;
  readonly assignee: string | null;
  readonly inputs: NonNullable<Contract['inputs']>;
  readonly expectedOutputs: NonNullable<Contract['expectedOutputs']>;
  readonly dependencies: NonNullable<Contract['dependencies']>;
  readonly budget: Contract['budget'] | null;
  /** Where it was asked for. */
  readonly cost?: Cost;
  readonly blockedBy: readonly string[];
  readonly claim: {
    readonly agent: string;
    readonly session: string;
    readonly since: string;
    readonly expires: string | null;
    readonly inputs: readonly string[];
  } | null;
  /** Those of this round. */
  readonly outputs: readonly string[];
  /** Those of them that do not count, and why. */
  readonly refused: readonly { readonly ref: string; readonly why: string }[];
  readonly history: readonly Step[];
  /** How much has happened before what `history` shows. */
  readonly earlier: number;
};

export type Looking = {
  readonly view: View;
  readonly facts: Facts;
  readonly line: string;
  readonly conditions: Conditions;
  readonly now: string;
  /** Up to where the history is told: all of it, where it is not said. */
  readonly position?: number;
};

const shownSteps = 20;

export const contractShown = (contract: Contract, looking: Looking): ContractShown => {
  const { claim, round: _round, created: _created, ...rest } = contract;
  const { view, facts, line, conditions, now, position } = looking;
  const moves = facts.contracts.moves(line, contract.id, undefined, position);
  const steps = moves.filter(({ event }) => event !== 'contract-renewed');
  const outputs = outputsOf(contract);
  return {
    ...rest,
    title: contract.title ?? null,
    assignee: contract.assignee ?? null,
    inputs: contract.inputs ?? {},
    expectedOutputs: contract.expectedOutputs ?? [],
    dependencies: contract.dependencies ?? [],
    budget: contract.budget ?? null,
    blockedBy: waits(contract) ? blockedBy(view, contract, conditions, now) : [],
    claim:
      contract.status === 'in_progress' && claim
        ? {
            agent: claim.agent,
            session: claim.session,
            since: claim.since,
            expires: claim.expires ?? null,
            inputs: (claim.inputs ?? []).map(({ ref }) => ref),
          }
        : null,
    outputs: outputs.map(({ ref }) => ref),
    refused: outputs.flatMap(({ ref, refused }) =>
      refused === undefined ? [] : [{ ref, why: refused }],
    ),
    history: steps.slice(-shownSteps).map(({ status: _status, ...step }) => step),
    earlier: Math.max(0, steps.length - shownSteps),
  };
};

export const costOf = (contract: Contract, { view }: Pick<Looking, 'view'>): Cost => ({
  ...standingOf(view.spending().contract(contract.id), limitOf(view, contract)),
  attempts: view.spending().attempts(contract.id),
});

const waits = ({ status }: Contract): boolean => status === 'pending' || status === 'ready';

/** A contract in a list. */
export type ContractLine = {
  readonly id: string;
  readonly status: Contract['status'];
  readonly title?: string;
  readonly assigner: string;
  readonly assignee?: string;
  readonly holder?: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly blockedBy: readonly string[];
};

export const contractLine = (contract: Contract, looking: Looking): ContractLine => {
  const { id, status, title, assigner, assignee, attempt, maxAttempts, claim } = contract;
  const { view, conditions, now } = looking;
  return {
    id,
    status,
    ...(title !== undefined && { title }),
    assigner,
    ...(assignee !== undefined && { assignee }),
    ...(status === 'in_progress' && claim && { holder: claim.agent }),
    attempt,
    maxAttempts,
    blockedBy: waits(contract) ? blockedBy(view, contract, conditions, now) : [],
  };
};
