import { gateOf, overBudget } from '../budget/gate.ts';
import type { Conditions } from '../condition.ts';
import type { Time } from '../entity.ts';
import { clock } from '../time.ts';
import type { View } from '../view.ts';
import type { Contract } from './contract.ts';
import { missing } from './dependency.ts';
import { idOfPlace, lists } from './keys.ts';
import { statusWord } from './status.ts';

/** An agent that asks for work, and the role it has. */
export type Worker = { readonly name: string; readonly role?: string | undefined };

export const workerOf = (view: View, name: string): Worker => ({
  name,
  role: view.agent(name)?.role,
});

export const isFor = ({ assignee }: Contract, { name, role }: Worker): boolean =>
  assignee === undefined || assignee === name || assignee === role;

/** Times of one form: they compare as text. */
export const hasRunOut = ({ status, claim }: Contract, now: Time): boolean =>
  status === 'in_progress' && claim?.expires !== undefined && claim.expires <= now;

/** A claim has run out that was the last attempt: nobody can take it any more. */
export const isSpent = (contract: Contract, now: Time): boolean =>
  isLost(contract, now) && contract.attempt >= contract.maxAttempts;

/** Nobody knows what became of its holder: that was an attempt. One that was parked goes on as it is. */
export const isLost = (contract: Contract, now: Time): boolean =>
  hasRunOut(contract, now) && contract.claim?.parked === undefined;

/** Whether this agent may take it now: ready and not held back, or held by a claim that has run out; and the budget pays for it. */
export const isClaimable = (
  view: View,
  contract: Contract,
  worker: Worker,
  now: Time,
  gate = gateOf(view),
): boolean => {
  const open =
    contract.status === 'ready'
      ? contract.notBefore === undefined || contract.notBefore <= now
      : hasRunOut(contract, now);
  // What was the last attempt is not given out, but ends as failed: that costs nothing.
  return open && isFor(contract, worker) && (isSpent(contract, now) || gate(contract).length === 0);
};

/** Refuses what nothing but the budget, or time, keeps this agent from. */
export const checkBudget = (view: View, contract: Contract, worker: Worker, now: Time): void => {
  const free = contract.status === 'ready' || hasRunOut(contract, now);
  if (!free || isSpent(contract, now) || !isFor(contract, worker)) return;
  const why = gateOf(view)(contract);
  if (why.length > 0) throw overBudget(contract.id, why);
};

/** Why nobody, or not this agent, can take it now; empty when it can be taken. */
export const blockedBy = (
  view: View,
  contract: Contract,
  conditions: Conditions,
  now: Time,
  worker?: Worker,
): string[] => {
  const reasons: string[] = [];
  const { status, notBefore, claim, assignee } = contract;
  if (status === 'pending') reasons.push(...missing(view, contract, conditions));
  else if (status === 'in_progress' && claim && !hasRunOut(contract, now))
    reasons.push(`held by ${claim.agent}${claim.expires ? ` until ${clock(claim.expires)}` : ''}`);
  else if (status !== 'ready' && status !== 'in_progress') reasons.push(statusWord(status));
  if (status === 'ready' && notBefore !== undefined && notBefore > now)
    reasons.push(`waits until ${clock(notBefore)} after a failed attempt`);
  if (status === 'pending' || status === 'ready' || hasRunOut(contract, now))
    reasons.push(...gateOf(view)(contract));
  if (worker && !isFor(contract, worker)) reasons.push(`it is for ${assignee}`);
  return reasons;
};

/** What this agent may take, best first: for it by name, for its role, for anyone; then what others held too long. */
export function* claimable(view: View, worker: Worker, now: Time): Generator<Contract> {
  const gate = gateOf(view);
  const own = [worker.name, ...(worker.role === undefined ? [] : [worker.role]), '*'];
  for (const assignee of new Set(own)) {
    for (const place of view.places(lists.ready(assignee))) {
      const contract = view.contract(idOfPlace(place));
      if (contract && isClaimable(view, contract, worker, now, gate)) yield contract;
    }
  }
  for (const place of view.places(lists.lease)) {
    const contract = view.contract(idOfPlace(place));
    if (!contract || !hasRunOut(contract, now)) return;
    if (isClaimable(view, contract, worker, now, gate)) yield contract;
  }
}

/** When something may become claimable for this agent by time alone: the end of a back-off or of a lease. */
export const nextChance = (view: View, worker: Worker, now: Time): Time | undefined => {
  const times: Time[] = [];
  const own = [worker.name, ...(worker.role === undefined ? [] : [worker.role]), '*'];
  for (const assignee of own) {
    for (const place of view.places(lists.ready(assignee))) {
      const { notBefore } = view.contract(idOfPlace(place)) ?? {};
      if (notBefore !== undefined && notBefore > now) times.push(notBefore);
    }
  }
  for (const place of view.places(lists.lease)) {
    const contract = view.contract(idOfPlace(place));
    if (!contract?.claim?.expires || !isFor(contract, worker)) continue;
    if (contract.claim.expires > now) {
      times.push(contract.claim.expires);
      break;
    }
  }
  return times.sort()[0];
};
