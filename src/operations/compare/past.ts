import type { Activity, Step } from '../../model/compare/side.ts';
import type { Facts } from '../../store/index/facts.ts';
import { readFork } from '../../store/ref-names.ts';
import type { Store } from '../../store/store.ts';
import type { Point } from '../point.ts';

/** What happened to a contract up to a point; where a replay has begun it anew, from there on. */
export const stepsOf = (
  facts: Facts,
  { line, position }: Point,
  contractId: string,
): readonly Step[] => {
  const moves = facts.contracts.moves(line, contractId, undefined, position);
  const anew = moves.findLastIndex(({ event }) => event === 'contract-replayed');
  return moves.slice(Math.max(0, anew));
};

/** The position up to which both have the same past. Positions go on over lines, so one number holds for both. */
export const partedAt = async (store: Store, left: Point, right: Point): Promise<number> => {
  if (left.line === right.line) return Math.min(left.position, right.position);
  const fork = await readFork(store.repository, left.commit, right.commit);
  if (fork === undefined) return 0;
  return store.read('main', (facts) => facts.place(fork)?.position ?? 0);
};

const none: Activity = { transactions: 0, published: 0, claimed: 0, completed: 0 };

/** What each agent did after a position. */
export const activityOf = (
  facts: Facts,
  point: Point,
  after: number,
): ReadonlyMap<string, Activity> => {
  const agents = new Map<string, Activity>();
  const range = { before: point.position + 1, limit: Math.max(0, point.position - after) };
  for (const { agent, events, position, refused } of facts.entries(point.line, range)) {
    if (refused || position <= after) continue;
    const before = agents.get(agent) ?? none;
    const happened = (type: string): number =>
      events.filter((event) => event.startsWith(`${type} `)).length;
    agents.set(agent, {
      transactions: before.transactions + 1,
      published: before.published + happened('artifact-published'),
      claimed: before.claimed + happened('contract-claimed'),
      completed: before.completed + happened('contract-completed'),
    });
  }
  return agents;
};
