import { outputsOf } from '../../model/contract/contract.ts';
import type { Contract } from '../../model/contract/contract.ts';
import { artifactDependencies, contractDependencies } from '../../model/contract/dependency.ts';
import { idOfPlace, lists } from '../../model/contract/keys.ts';
import type { View } from '../../model/view.ts';
import type { Facts } from '../../store/index/facts.ts';
import type { ContractNode, GraphOutput } from './output.ts';

/** Open ones first, then those that are done with. */
const order = ['in_progress', 'ready', 'pending', 'failed', 'completed', 'cancelled'] as const;

export const countContracts = (facts: Facts, line: string): number =>
  order.reduce((sum, status) => sum + facts.contracts.count(line, lists.status(status)), 0);

/** The first so many, with those that they depend on as far as there is room. */
export const firstContracts = (view: View, limit: number): readonly Contract[] => {
  const found: Contract[] = [];
  for (const status of order)
    for (const place of view.places(lists.status(status))) {
      if (found.length >= limit) return found;
      const contract = view.contract(idOfPlace(place));
      if (contract) found.push(contract);
    }
  return found;
};

/** Those that the roots depend on and those that depend on them, at any distance, nearest first. */
export const contractsAround = (
  view: View,
  roots: readonly string[],
  limit: number,
): { readonly contracts: readonly Contract[]; readonly omitted: boolean } => {
  const found = new Map<string, Contract>();
  let omitted = false;
  const walk = (next: (contract: Contract) => Iterable<string>): void => {
    const queue = [...roots];
    const seen = new Set(queue);
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      const contract = view.contract(id);
      if (!contract) continue;
      if (!found.has(id) && found.size >= limit) {
        omitted = true;
        continue;
      }
      found.set(id, contract);
      for (const other of next(contract)) {
        if (!seen.has(other)) queue.push(other);
        seen.add(other);
        // A contract that thousands wait for does not need all of them listed.
        if (queue.length > limit) break;
      }
    }
  };
  walk(contractDependencies);
  walk(({ id }) => view.places(lists.needsContract(id)));
  return { contracts: [...found.values()], omitted };
};

export const contractPart = (
  contracts: readonly Contract[],
  total: number,
): NonNullable<GraphOutput['contracts']> => {
  const shown = new Set(contracts.map(({ id }) => id));
  return {
    nodes: contracts.map(nodeOf),
    edges: contracts.flatMap((contract) =>
      contractDependencies(contract).flatMap((from) =>
        shown.has(from) ? [{ from, to: contract.id }] : [],
      ),
    ),
    total,
  };
};

const nodeOf = (contract: Contract): ContractNode => {
  const { id, status, title, assignee, claim, attempt, maxAttempts } = contract;
  return {
    id,
    status,
    ...(title !== undefined && { title }),
    assignee: assignee ?? null,
    ...(status === 'in_progress' && claim && { holder: claim.agent }),
    attempt,
    maxAttempts,
    needs: artifactDependencies(contract).map(
      ({ artifactId, artifactType }) => artifactId ?? `any ${artifactType}`,
    ),
    outputs: outputsOf(contract).map(({ ref }) => ref),
  };
};
