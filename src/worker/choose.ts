import { claimable, hasRunOut, nextChance, workerOf } from '../model/contract/claimable.ts';
import type { Contract } from '../model/contract/contract.ts';
import { idOfPlace, lists } from '../model/contract/keys.ts';
import type { Agent, Time } from '../model/entity.ts';
import type { View } from '../model/view.ts';

/** Work that an agent may be started for. */
export type Candidate = { readonly agent: Agent; readonly contract: Contract };

export type Board = {
  /** Best first: each contract once. */
  readonly candidates: readonly Candidate[];
  /** When time alone may bring something. */
  readonly next: Time | undefined;
  /** Somebody else works on something, under a claim that runs out if nothing comes of it. */
  readonly elsewhere: boolean;
};

/** What the supervisor knows beside the store: what runs, by contract and agent, and what was refused a moment ago. */
export type Busy = {
  readonly contracts: ReadonlySet<string>;
  readonly agents: readonly string[];
  readonly wanted: number;
};

const before = (one: Contract, other: Contract): number =>
  (other.priority ?? 0) - (one.priority ?? 0) ||
  (one.created < other.created ? -1 : one.created > other.created ? 1 : 0) ||
  (one.id < other.id ? -1 : 1);

/** Who has least to do comes first where a contract is for any of several. */
const byLoad = (agents: readonly Agent[], busy: readonly string[]): readonly Agent[] => {
  const load = (name: string): number => busy.filter((one) => one === name).length;
  return [...agents].sort((a, b) => load(a.name) - load(b.name));
};

export const board = (view: View, agents: readonly Agent[], busy: Busy, now: Time): Board => {
  const found = new Map<string, Candidate>();
  const times: Time[] = [];
  for (const agent of byLoad(agents, busy.agents)) {
    const worker = workerOf(view, agent.name);
    let own = 0;
    for (const contract of claimable(view, worker, now)) {
      if (busy.contracts.has(contract.id)) continue;
      if (!found.has(contract.id)) found.set(contract.id, { agent, contract });
      own += 1;
      if (own >= busy.wanted) break;
    }
    const next = nextChance(view, worker, now);
    if (next !== undefined) times.push(next);
  }
  const candidates = [...found.values()].sort((a, b) => before(a.contract, b.contract));
  return { candidates, next: times.sort()[0], elsewhere: hasLiveClaim(view, now) };
};

const hasLiveClaim = (view: View, now: Time): boolean => {
  for (const place of view.places(lists.lease)) {
    const contract = view.contract(idOfPlace(place));
    if (contract && !hasRunOut(contract, now)) return true;
  }
  return false;
};
