import { cancel } from '../contract/cancel.ts';
import { create } from '../contract/create.ts';
import type { Agreement } from '../contract/create.ts';
import { isOpen } from '../contract/contract.ts';
import { contractDependencies } from '../contract/dependency.ts';
import { contractOf } from '../contract/find.ts';
import { checkOwner } from '../contract/rights.ts';
import { move } from '../contract/status.ts';
import { ConcordError, invalid } from '../error.ts';
import type { Event } from '../event.ts';
import type { JsonObject } from '../json.ts';
import { checkSnapshotName, freeName, longestLabel, takeSnapshot } from '../line/snapshot.ts';
import { checkSlug, isId } from '../names.ts';
import { everyone } from '../notice.ts';
import type { Circumstances } from '../react.ts';
import { oneLine } from '../text.ts';
import type { View } from '../view.ts';
import { reopenByPipeline } from './heal.ts';
import { agreementOf } from '../contract/terms.ts';
import type { Said } from '../contract/terms.ts';
import type { Action, Pipeline } from './pipeline.ts';
import type { Happening } from './seen.ts';
import { nothing, renderAll } from './template.ts';

/** An action that a rule wants, with its texts filled in. */
export type Wanted = {
  readonly pipeline: Pipeline;
  readonly rule: number;
  readonly action: Action;
  readonly happening: Happening;
  readonly stale: boolean;
};

/** So many generations of contracts may make each other. */
const generations = 16;

/** What its values make longer is cut: a contract's file takes no longer reason, and what caused it is not to be refused for that. */
const longest: Readonly<Record<string, number>> = {
  reason: 1000,
  message: 1000,
  label: longestLabel,
};

export const filled = (
  action: Action,
  values: JsonObject,
): { readonly action: Action; readonly missing: readonly string[] } => {
  const { value, missing } = renderAll(action as unknown as JsonObject, values);
  const short = Object.entries(value as JsonObject).map(([name, text]) => {
    const most = longest[name] ?? Infinity;
    return [name, typeof text === 'string' && text.length > most ? oneLine(text, most) : text];
  });
  return { action: Object.fromEntries(short) as unknown as Action, missing };
};

/** Reopenings first, upstream before downstream: what stands on another reopened contract is reset by that, not reopened. */
export const inOrder = (view: View, wanted: readonly Wanted[]): readonly Wanted[] => {
  const isReopening = ({ action }: Wanted): boolean => action.type === 'reopen_contract';
  const targets = new Set(
    wanted.flatMap(({ action }) =>
      action.type === 'reopen_contract' && view.contract(action.contractId)?.status === 'completed'
        ? [action.contractId]
        : [],
    ),
  );
  const reopenings = wanted.filter(isReopening).filter(({ action }) => {
    const id = 'contractId' in action ? action.contractId : '';
    return !targets.has(id) || !standsOn(view, id, targets);
  });
  return [...reopenings, ...wanted.filter((one) => !isReopening(one))];
};

/** Whether something that a contract depends on, at any distance, is among these. */
const standsOn = (view: View, id: string, targets: ReadonlySet<string>): boolean => {
  const seen = new Set([id]);
  for (const one of seen) {
    const contract = view.contract(one);
    for (const other of contract ? contractDependencies(contract) : []) {
      if (targets.has(other) && other !== id) return true;
      seen.add(other);
    }
  }
  return false;
};

/** What an action does, with the rights of the pipeline's owner; throws ConcordError where it cannot. */
export const act = (view: View, wanted: Wanted, circumstances: Circumstances): readonly Event[] => {
  const { pipeline, action, happening, stale } = wanted;
  const as: Circumstances = { ...circumstances, agent: pipeline.owner };
  switch (action.type) {
    case 'notify_session':
      return [
        {
          type: 'session-notified',
          pipeline,
          target: targetOf(view, action.target),
          reason: action.message,
        },
      ];
    case 'reopen_contract': {
      const { contractId, reason: text } = action;
      const contract = contractOf(view, contractId);
      if (contract.status === 'cancelled')
        throw invalid('contractId', 'a contract that is not cancelled', contractId);
      const { cause } = happening;
      const { id, owner } = pipeline;
      return [
        reopenByPipeline(
          view,
          contract,
          { contractId, text, cause, pipeline: id, owner, stale },
          circumstances,
        ),
      ];
    }
    case 'fail_contract':
      return failed(view, action, pipeline, circumstances);
    case 'cancel_contract':
      return cancel(view, { contractId: action.contractId, reason: action.reason }, as);
    case 'create_contract':
      return created(view, wanted, action.contract, as);
    case 'snapshot': {
      const { name, label } = action;
      return takeSnapshot(view, { name: freeName(view, checkSnapshotName(name)), label }, as);
    }
  }
};

/** An agent, a role, everyone, or whoever holds a contract. A name that nobody has yet may be taken later. */
const targetOf = (view: View, target: string): string => {
  if (target === everyone) return target;
  if (target.includes(nothing)) throw invalid('target', 'an agent, a role or a contract', target);
  const contract = isId(target) && !view.agent(target) ? view.contract(target) : undefined;
  if (!contract) return checkSlug(target, 'target');
  return contract.claim?.agent ?? contract.assignee ?? contract.assigner;
};

const failed = (
  view: View,
  { contractId, reason: text }: Extract<Action, { type: 'fail_contract' }>,
  { id: pipeline, owner }: Pipeline,
  { time }: Circumstances,
): readonly Event[] => {
  const contract = contractOf(view, contractId);
  checkOwner(view, contract, owner, 'failed');
  if (!isOpen(contract))
    throw invalid('contractId', 'a contract that is open', `${contract.id}, ${contract.status}`);
  const reason = { by: owner, time, text, pipeline };
  return [move(contract, 'contract-failed', { claim: undefined, reason }, { reason: text })];
};

/** A contract made by a rule, in the owner's name. An id that is taken gets a number. */
const created = (
  view: View,
  { happening }: Wanted,
  contract: JsonObject,
  as: Circumstances,
): readonly Event[] => {
  const generation = (happening.contract?.generation ?? 0) + 1;
  if (generation > generations)
    throw new ConcordError(
      'NOT_ALLOWED',
      `contracts have made each other ${generations} times running; no further one is made.`,
    );
  const { title, ...agreement } = agreementOf(contract as Said);
  const id = freeId(view, agreement.id);
  const made: Agreement = {
    ...agreement,
    // A value may be as long as a title may be.
    ...(title !== undefined && { title: oneLine(title, 200) }),
    id,
    assigner: as.agent,
    generation,
  };
  return create(view, [made], as.types, as);
};

const freeId = (view: View, id: string): string => {
  const isTaken = (one: string): boolean => {
    const there = view.contract(one);
    return there !== undefined && there.status !== 'cancelled';
  };
  if (!isTaken(id)) return id;
  for (let number = 2; ; number += 1) if (!isTaken(`${id}-${number}`)) return `${id}-${number}`;
};
