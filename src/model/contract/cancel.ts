import { registration } from '../agent.ts';
import { ConcordError } from '../error.ts';
import type { Event } from '../event.ts';
import type { Circumstances } from '../react.ts';
import type { View } from '../view.ts';
import type { Contract } from './contract.ts';
import { isOpen } from './contract.ts';
import { contractOf } from './find.ts';
import { idOfPlace, lists } from './keys.ts';
import { checkOwner } from './rights.ts';
import { move } from './status.ts';

export type CancelRequest = {
  readonly contractId: string;
  readonly reason?: string | undefined;
  /** What becomes of open contracts that depend on it: without an answer they stand in the way. */
  readonly dependents?: 'cancel' | 'release' | undefined;
};

export const cancel = (
  view: View,
  { contractId, reason, dependents }: CancelRequest,
  { agent, time }: Circumstances,
): readonly Event[] => {
  const contract = contractOf(view, contractId);
  checkOwner(view, contract, agent, 'cancelled');
  const open = openDependents(view, contract);
  const text = reason?.trim().slice(0, 1000);
  const cancelled = (one: Contract, why: string | undefined): Event =>
    move(
      one,
      'contract-cancelled',
      { claim: undefined, ...(why !== undefined && { reason: { by: agent, time, text: why } }) },
      why === undefined ? {} : { reason: why },
    );
  const own = cancelled(contract, text);
  const [first] = open;
  const known = registration(view, agent, time);
  if (!first) return [...known, own];
  if (dependents === undefined) throw standInTheWay(contract, open);
  if (dependents === 'cancel') {
    const all = allOpenDependents(view, contract);
    for (const one of all) checkOwner(view, one, agent, 'cancelled');
    return [...known, own, ...all.map((one) => cancelled(one, `${contract.id} was cancelled`))];
  }
  return [...known, own, ...open.map((one) => withoutDependency(one, contract.id))];
};

const openDependents = (view: View, { id }: Contract): Contract[] => {
  const found: Contract[] = [];
  for (const place of view.places(lists.needsContract(id))) {
    const dependent = view.contract(idOfPlace(place));
    if (dependent && isOpen(dependent)) found.push(dependent);
  }
  return found;
};

const allOpenDependents = (view: View, contract: Contract): Contract[] => {
  const all = new Map<string, Contract>();
  const rest = openDependents(view, contract);
  for (let one = rest.shift(); one; one = rest.shift()) {
    if (all.has(one.id)) continue;
    all.set(one.id, one);
    rest.push(...openDependents(view, one));
  }
  return [...all.values()];
};

const withoutDependency = (contract: Contract, id: string): Event =>
  move(
    contract,
    'contract-amended',
    {
      dependencies: (contract.dependencies ?? []).filter(
        (one) => one.type !== 'contract' || one.contractId !== id,
      ),
    },
    { reason: `${id} was cancelled: it is waited for no more` },
  );

const standInTheWay = ({ id }: Contract, open: readonly Contract[]): ConcordError =>
  new ConcordError(
    'NOT_ALLOWED',
    `${id} is waited for by ${open
      .slice(0, 8)
      .map((one) => one.id)
      .join(', ')}${open.length > 8 ? ` and ${open.length - 8} more` : ''}; nothing was changed.`,
    {
      hint: 'dependents says what becomes of them: "cancel" cancels them too, "release" lets them go on without it.',
      next: { operation: 'contract_get', input: { contractId: id } },
    },
  );
