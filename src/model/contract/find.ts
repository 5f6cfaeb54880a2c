import { ConcordError } from '../error.ts';
import { checkId } from '../names.ts';
import { shown } from '../text.ts';
import type { View } from '../view.ts';
import type { Contract } from './contract.ts';

/** The contract of this id; throws NOT_FOUND. */
export const contractOf = (view: View, text: string): Contract => {
  const id = checkId(text, 'contractId');
  const contract = view.contract(id);
  if (contract) return contract;
  throw new ConcordError('NOT_FOUND', `There is no contract ${shown(id)} on this line.`, {
    next: { operation: 'contract_get', input: {} },
  });
};
