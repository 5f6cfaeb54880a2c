import type { Contract, Healing, Reason } from '../contract/contract.ts';
import { isOpen, outputsOf } from '../contract/contract.ts';
import { nextRound, noted } from '../contract/reactions.ts';
import { move } from '../contract/status.ts';
import type { ContractEvent } from '../contract/status.ts';
import { splitRef } from '../names.ts';
import type { Circumstances } from '../react.ts';
import { oneLine } from '../text.ts';
import type { View } from '../view.ts';

export type Reopening = {
  readonly contractId: string;
  readonly text: string;
  /** The version that led to it. */
  readonly cause: string | undefined;
  readonly pipeline: string;
  readonly owner: string;
  /** Because of staleness: no attempt is used. */
  readonly stale: boolean;
};

/**
 * A pipeline's reopening: the next attempt, or the end of it when all are used up or when nothing has changed since the last one. What is
 * open is told only; so is the assigner of what has failed.
 */
export const reopenByPipeline = (
  view: View,
  contract: Contract,
  { text, cause, pipeline, owner, stale }: Reopening,
  circumstances: Circumstances,
): ContractEvent => {
  const { time } = circumstances;
  if (isOpen(contract) || contract.status === 'failed')
    return noted(contract, text, { agent: owner, time }, cause);
  const reason: Reason = { by: owner, time, text, ...(cause !== undefined && { cause }), pipeline };
  const said = { reason: text, ...(cause !== undefined && { cause }) };
  const stuck = !stale && cause !== undefined && isWithoutProgress(view, contract, cause);
  const attempt = stale ? contract.attempt : contract.attempt + 1;
  if (!stuck && attempt <= contract.maxAttempts)
    return move(
      contract,
      'contract-reopened',
      {
        ...nextRound(contract),
        attempt,
        reason,
        notBefore: undefined,
        ...(!stale && cause !== undefined && { healing: healingOf(contract, pipeline, cause) }),
      },
      said,
    );
  const why = stuck
    ? `no progress: ${cause} says the same as the version before, and so do the outputs of ${contract.id}`
    : `all ${contract.maxAttempts} attempts are used up`;
  // Both ids that `why` names may be long.
  const end = `${text.length > 400 ? oneLine(text, 400) : text} (${why})`;
  return move(
    contract,
    'contract-failed',
    { ...nextRound(contract), reason: { ...reason, text: end } },
    { ...said, reason: end },
  );
};

const healingOf = (contract: Contract, pipeline: string, cause: string): Healing => {
  const outputs = outputsOf(contract).map(({ ref }) => ref);
  return { pipeline, cause, ...(outputs.length > 0 && { outputs }) };
};

/** Two reopenings running by consecutive versions with the same content, while the contract's own outputs and their code stayed the same. */
const isWithoutProgress = (view: View, contract: Contract, cause: string): boolean => {
  const { healing } = contract;
  if (!healing) return false;
  const [last, now] = [splitRef(healing.cause), splitRef(cause)];
  if (last.id !== now.id || view.before(now.id, now.version) !== last.version) return false;
  const same = view.content(last.id, last.version) === view.content(now.id, now.version);
  const outputs = fingerprint(
    view,
    outputsOf(contract).map(({ ref }) => ref),
  );
  return same && outputs !== '' && outputs === fingerprint(view, healing.outputs ?? []);
};

/** What was produced: content and code commit of the newest version of each output. */
const fingerprint = (view: View, refs: readonly string[]): string => {
  const byId = new Map<string, string>();
  for (const ref of refs) {
    const { id, version } = splitRef(ref);
    const commit = view.artifact(id, version)?.code?.commit ?? '';
    byId.set(id, `${id} ${view.content(id, version)} ${commit}`);
  }
  return [...byId.values()].sort().join('\n');
};
