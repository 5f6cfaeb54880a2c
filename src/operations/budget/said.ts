import { parseAmount } from '../../model/budget/amount-text.ts';
import type { Amount } from '../../model/budget/amount.ts';
import type { Split } from '../../model/budget/set.ts';
import { invalid } from '../../model/error.ts';
import { isObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { shown } from '../../model/text.ts';

const fields = ['total', 'contracts', 'monitoring', 'reserve'];

/** The `budget` of a file: amounts in any form, the parts of contracts under their ids or as the stored list has them. */
export const splitSaid = (said: JsonObject): Omit<Split, 'person'> => {
  const unknown = Object.keys(said).find((name) => !fields.includes(name));
  if (unknown !== undefined)
    throw invalid(`budget.${unknown}`, `one of ${fields.join(', ')}`, 'an unknown name');
  const { total, contracts, monitoring, reserve } = said;
  return {
    total: parseAmount(total, 'budget.total'),
    contracts: partsSaid(contracts),
    ...(monitoring !== undefined && { monitoring: parseAmount(monitoring, 'budget.monitoring') }),
    ...(reserve !== undefined && { reserve: parseAmount(reserve, 'budget.reserve') }),
  };
};

const partsSaid = (contracts: Json | undefined): (readonly [string, Amount])[] => {
  if (contracts === undefined) return [];
  if (Array.isArray(contracts)) return contracts.map((one: Json) => partSaid(one));
  if (!isObject(contracts))
    throw invalid('budget.contracts', 'parts by contract, such as build-api: 4', shown(contracts));
  return Object.entries(contracts).map(([id, part]) => [
    id,
    parseAmount(part, `budget.contracts.${id}`),
  ]);
};

const partSaid = (one: Json): readonly [string, Amount] => {
  const { contractId, ...part } = isObject(one) ? (one as JsonObject) : {};
  if (typeof contractId === 'string')
    return [contractId, parseAmount(part, `budget.contracts ${contractId}`)];
  throw invalid('budget.contracts', 'given a contractId each', shown(one));
};
