import type { Types } from '../artifact.ts';
import { ConcordError } from '../error.ts';
import type { Event } from '../event.ts';
import { canonical } from '../json.ts';
import type { Json } from '../json.ts';
import type { Circumstances } from '../react.ts';
import type { View } from '../view.ts';
import { checkAgreement } from './agreement.ts';
import type { Contract } from './contract.ts';
import { create, defaults } from './create.ts';
import type { Agreement } from './create.ts';
import { checkCycles, checkReferences } from './references.ts';
import { checkOwner } from './rights.ts';
import { move, statusWord } from './status.ts';

/** What is agreed in a contract: what a plan says of it. */
const terms = [
  'title',
  'description',
  'assignee',
  'priority',
  'inputs',
  'expectedOutputs',
  'dependencies',
  'accept',
  'maxAttempts',
  'leaseSeconds',
  'budget',
] as const satisfies readonly (keyof Agreement)[];

/**
 * Brings contracts to what a plan says: missing ones are made, those that nobody has begun are changed, the same again changes nothing.
 * A plan that wants to change what has begun is refused as a whole.
 */
export const applyPlan = (
  view: View,
  plan: readonly Agreement[],
  types: Pick<Types, 'shipped'>,
  circumstances: Circumstances,
): readonly Event[] => {
  const there = (id: string): Contract | undefined => {
    const contract = view.contract(id);
    return contract?.status === 'cancelled' ? undefined : contract;
  };
  const missing = plan.filter(({ id }) => !there(id));
  const changed = plan.flatMap((agreement) => {
    const contract = there(agreement.id);
    return contract && differs(contract, agreement) ? [{ contract, agreement }] : [];
  });
  const begun = changed.filter(({ contract }) => hasBegun(contract));
  if (begun.length > 0) throw tooLate(begun.map(({ contract }) => contract));
  const created = missing.length > 0 ? create(view, missing, types, circumstances) : [];
  const amended = changed.map(({ contract, agreement }) => {
    checkOwner(view, contract, circumstances.agent, 'changed');
    return move(contract, 'contract-amended', termsIn(agreement), { reason: 'changed by a plan' });
  });
  const made = new Map(amended.map(({ contract }) => [contract.id, contract]));
  for (const { contract } of amended) checkAgreement(contract, circumstances.conditions);
  const known = new Map([
    ...created.flatMap((event) =>
      event.type === 'contract-created' ? [[event.contract.id, event.contract] as const] : [],
    ),
    ...made,
  ]);
  for (const { contract } of amended) checkReferences(view, contract, known, types);
  checkCycles(view, known);
  return [...created, ...amended];
};

/** What the plan does not say is as it was when the contract was made without saying it. */
const termsIn = (agreement: Agreement): Pick<Agreement, (typeof terms)[number]> =>
  Object.fromEntries(
    terms.map((name) => [name, agreement[name] ?? (defaults as Partial<Agreement>)[name]]),
  );

const differs = (contract: Contract, agreement: Agreement): boolean => {
  const said = termsIn(agreement);
  return terms.some((name) => {
    const [is, wanted] = [contract[name], said[name]] as (Json | undefined)[];
    return canonical(is ?? null) !== canonical(isEmpty(wanted) ? null : (wanted ?? null));
  });
};

const isEmpty = (value: Json | undefined): boolean => Array.isArray(value) && value.length === 0;

const hasBegun = ({ status, round }: Contract): boolean =>
  (status !== 'pending' && status !== 'ready') || round > 1;

const tooLate = (contracts: readonly Contract[]): ConcordError => {
  const [first] = contracts;
  return new ConcordError(
    'NOT_ALLOWED',
    `The plan would change what has begun: ${contracts
      .slice(0, 10)
      .map(({ id, status }) => `${id} (${statusWord(status)})`)
      .join(
        ', ',
      )}${contracts.length > 10 ? ` and ${contracts.length - 10} more` : ''}; nothing was changed.`,
    {
      hint: 'Leave these as they are in the plan, or give the new work other ids (--prefix).',
      next: { operation: 'contract_get', input: { contractId: first?.id } },
    },
  );
};
