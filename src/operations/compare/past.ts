import type { Activity, Step } from '../../model/compare/side.ts';
import type { Facts } from '../../store/index/facts.ts';
import { readFork } from '../../store/lines.ts';
import type { Store } from '../../store/store.ts';
import type { Point } from '../point.ts';

/** A line up to a position. */
type Stretch = { readonly line: string; readonly until: number };

/** What led to a point, the nearest first: a line that began from another one has a stretch of that, too. */
const stretchesOf = ({ line, position }: Point): readonly Stretch[] => [{ line, until: position }];

/** What happened to a contract, as the nearest stretch tells that says anything of it: work that began anew is told from there on. */
export const stepsOf = (facts: Facts, point: Point, contractId: string): readonly Step[] => {
  for (const { line, until } of stretchesOf(point)) {
    const moves = facts.contracts
      .moves(line, contractId)
      .filter(({ commit }) => (facts.place(commit)?.position ?? Infinity) <= until);
    if (moves.length > 0) return moves;
  }
  return [];
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
  for (const { line, until } of stretchesOf(point)) {
    const range = { before: until + 1, limit: Math.max(0, until - after) };
    for (const { agent, events, position, refused } of facts.entries(line, range)) {
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
  }
  return agents;
};
