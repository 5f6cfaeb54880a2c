import type { Types } from '../artifact.ts';
import { registration } from '../agent.ts';
import { ConcordError, invalid } from '../error.ts';
import type { Event } from '../event.ts';
import { checkSlug } from '../names.ts';
import type { Circumstances } from '../react.ts';
import { nearest, shown } from '../text.ts';
import type { View } from '../view.ts';
import { checkAgreement } from './agreement.ts';
import type { Contract } from './contract.ts';
import { defaults } from './create.ts';
import { contractOf } from './find.ts';
import { checkCycles, checkReferences } from './references.ts';
import { checkOwner } from './rights.ts';
import { move, statusWord } from './status.ts';

const always = [
  'title',
  'description',
  'assignee',
  'priority',
  'maxAttempts',
  'leaseSeconds',
  'budget',
] as const satisfies readonly (keyof Contract)[];
const notInProgress = [
  'inputs',
  'dependencies',
  'expectedOutputs',
  'accept',
] as const satisfies readonly (keyof Contract)[];

export type Amendment = {
  readonly [K in (typeof always)[number] | (typeof notInProgress)[number]]?:
    | Contract[K]
    | undefined;
};

/** Changes what was agreed: by the assigner or the lead; the task itself only while nobody works on it. */
export const amend = (
  view: View,
  { contractId, set }: { readonly contractId: string; readonly set: Amendment },
  types: Types,
  { agent, time, conditions }: Circumstances,
): readonly Event[] => {
  const contract = contractOf(view, contractId);
  const names = Object.keys(set);
  checkNames(names, contract);
  checkOwner(view, contract, agent, 'amended');
  if (set.assignee !== undefined) checkSlug(set.assignee, 'set.assignee');
  const event = move(contract, 'contract-amended', withDefaults(set), {
    reason: `changes ${names.join(', ')}`,
  });
  checkAgreement(event.contract, conditions);
  const made = new Map([[contract.id, event.contract]]);
  checkReferences(view, event.contract, made, types);
  checkCycles(view, made);
  return [...registration(view, agent, time), event];
};

/** A field that cannot be left out goes back to its default. */
const withDefaults = (set: Amendment): Amendment => ({
  ...set,
  ...('maxAttempts' in set && { maxAttempts: set.maxAttempts ?? defaults.maxAttempts }),
  ...('leaseSeconds' in set && { leaseSeconds: set.leaseSeconds ?? defaults.leaseSeconds }),
});

const settled: readonly Contract['status'][] = ['in_progress', 'completed'];

const checkNames = (names: readonly string[], { id, status }: Contract): void => {
  const allowed: readonly string[] = [...always, ...notInProgress];
  if (names.length === 0) throw invalid('set', `some of ${allowed.join(', ')}`, 'nothing');
  for (const name of names) {
    if (!allowed.includes(name)) {
      const near = nearest(name, allowed);
      throw invalid(
        `set.${name}`,
        near ? `another name; did you mean ${near}?` : `one of ${allowed.join(', ')}`,
        shown(name),
      );
    }
    if (settled.includes(status) && (notInProgress as readonly string[]).includes(name))
      throw new ConcordError(
        'NOT_ALLOWED',
        `${id} is ${statusWord(status)}: its ${name} cannot be changed now; nothing was changed.`,
        {
          hint: `What can be changed now: ${always.join(', ')}.`,
          next: { operation: 'contract_get', input: { contractId: id } },
        },
      );
  }
};
