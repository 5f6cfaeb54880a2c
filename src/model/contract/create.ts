import { registration } from '../agent.ts';
import type { Types } from '../artifact.ts';
import { ConcordError } from '../error.ts';
import type { Event } from '../event.ts';
import { checkId, checkSlug } from '../names.ts';
import type { Circumstances } from '../react.ts';
import type { View } from '../view.ts';
import { checkAgreement } from './agreement.ts';
import { ordered } from './contract.ts';
import type { Contract } from './contract.ts';
import { checkCycles, checkReferences } from './references.ts';
import { statusWord } from './status.ts';
import type { ContractEvent } from './status.ts';

/** What is agreed when a contract is made; the store adds how far it is. */
export type Agreement = Partial<
  Pick<
    Contract,
    | 'title'
    | 'description'
    | 'assigner'
    | 'assignee'
    | 'priority'
    | 'inputs'
    | 'expectedOutputs'
    | 'dependencies'
    | 'accept'
    | 'maxAttempts'
    | 'leaseSeconds'
    | 'budget'
    | 'generation'
  >
> & { readonly id: string };

export const defaults = { maxAttempts: 3, leaseSeconds: 1800 } as const;

/** Makes contracts, all of them or none: references may lead from one to the other, in any order. */
export const create = (
  view: View,
  agreements: readonly Agreement[],
  types: Pick<Types, 'shipped'>,
  { agent, time, conditions }: Circumstances,
): readonly Event[] => {
  const made = new Map<string, Contract>();
  for (const agreement of agreements) {
    const id = checkId(agreement.id, 'contractId');
    if (made.has(id)) throw twice(id);
    checkFree(view.contract(id), id);
    const contract = ordered({
      assigner: agent,
      ...defaults,
      ...agreement,
      id,
      created: time,
      status: 'pending',
      attempt: 1,
      round: 1,
    });
    checkSlug(contract.assigner, 'assigner');
    if (contract.assignee !== undefined) checkSlug(contract.assignee, 'assignee');
    checkAgreement(contract, conditions);
    made.set(id, contract);
  }
  for (const contract of made.values()) checkReferences(view, contract, made, types);
  checkCycles(view, made);
  const events = [...made.values()].map((contract): ContractEvent => {
    const before = view.contract(contract.id);
    return { type: 'contract-created', contract, ...(before && { before }) };
  });
  return [...registration(view, agent, time), ...events];
};

const twice = (id: string): ConcordError =>
  new ConcordError('INVALID', `${id} stands twice in this plan; nothing was created.`);

/** The id of a cancelled contract may be used again. */
const checkFree = (contract: Contract | undefined, id: string): void => {
  if (!contract || contract.status === 'cancelled') return;
  throw new ConcordError(
    'CONFLICT',
    `There is a contract ${id} already (${statusWord(contract.status)}, given by ${contract.assigner}); nothing was created.`,
    {
      hint: 'Take another id, or amend the one there is.',
      next: { operation: 'contract_get', input: { contractId: id } },
    },
  );
};
