import { heldBy } from '../../model/contract/claim.ts';
import type { Holder } from '../../model/contract/claim.ts';
import type { Contract } from '../../model/contract/contract.ts';
import { lists } from '../../model/contract/keys.ts';
import { decisionOf, newestOfType, noted } from '../continuity/journal.ts';
import type { Decision, Noted } from '../continuity/journal.ts';
import { newsSince } from '../continuity/news.ts';
import { contractLine } from '../contract/shown.ts';
import type { ContractLine, Looking } from '../contract/shown.ts';
import { holderOf } from '../session/holder.ts';
import { itemOf } from '../inbox/item.ts';
import { placeOf, toldAfter } from '../inbox/unread.ts';
import type { Context } from '../operation.ts';
import type { BriefOutput } from './brief-output.ts';
import { staleRefs } from './stale.ts';
import { contractsOf, first, readyFor, waitingFor } from './state.ts';
import type { Contracts } from './state.ts';

const few = 5;

/** Decisions that are looked at for whether they still hold: the newest. */
const remembered = 20;

type Work = Pick<BriefOutput, 'holds' | 'elsewhere' | 'ready' | 'later'>;

type Seen = Omit<BriefOutput, 'gone' | 'code' | 'stood' | 'since'> & {
  readonly decisions: readonly Decision[];
  /** The line's head. */
  readonly head: string;
};

/** One look at the line for an agent; `position` is how far it was told before. */
export const lookFor = async (
  context: Context,
  agent: string,
  position: number | undefined,
): Promise<Seen> => {
  const store = await context.store();
  const name = context.line;
  const holder = await holderOf(context);
  const cursor = (await store.cursor(name, agent))?.cursor;
  return store.look(name, (view, facts) => {
    const looking = { view, facts, line: name, conditions: store.conditions, now: store.now() };
    const work = workOf(looking, agent, holder);
    const team = contractsOf(looking, few);
    const unread = toldAfter(facts, view, name, agent, { after: placeOf(facts, name, cursor) });
    const known = view.agent(agent) !== undefined || work.later.length > 0;
    return {
      agent,
      role: view.agent(agent)?.role ?? null,
      line: name,
      ...work,
      inbox: unread.slice(0, few).map((one) => itemOf(one, view)),
      unread: unread.length,
      team,
      stale: staleRefs(store, facts, name).length,
      recent: facts.entries(name, { limit: few }).map(({ time, subject }) => ({ time, subject })),
      unserved: known ? [] : unserved(team, agent),
      ...toldOf(looking, agent, position, work),
      decisions: newestOfType(facts, name, 'decision', remembered).map((fact) =>
        decisionOf(view, fact),
      ),
      head: facts.head(name)?.oid ?? '',
    };
  });
};

/** Names that work is ready for. */
const unserved = ({ ready }: Contracts, agent: string): string[] =>
  [...new Set(ready.flatMap(({ assignee }) => assignee ?? []))].filter((name) => name !== agent);

const workOf = (looking: Looking, agent: string, holder: Holder): Work => {
  const { view } = looking;
  const line = (one: Contract): ContractLine => contractLine(one, looking);
  const holds = heldBy(view, holder);
  const own = new Set(holds.map(({ id }) => id));
  const others = first(view, lists.held(agent), few).filter(({ id }) => !own.has(id));
  return {
    holds: holds.slice(0, few).map(line),
    elsewhere: others.map(line),
    ready: readyFor(looking, agent, few, holder.session).map(line),
    later: waitingFor(view, agent, few).map(line),
  };
};

/** News for who was told before, the newest of the journal for who never was. What stands under its own work is no news. */
const toldOf = (
  { view, facts, line }: Looking,
  agent: string,
  position: number | undefined,
  work: Work,
): Pick<BriefOutput, 'news' | 'journal'> => {
  if (position === undefined) {
    const newest = (type: string): Noted[] =>
      newestOfType(facts, line, type, few).map((fact) => noted(view, fact));
    return { news: null, journal: { decisions: newest('decision'), patterns: newest('pattern') } };
  }
  const known = new Set(
    Object.values(work)
      .flat()
      .map(({ id }) => id),
  );
  const news = newsSince({ view, facts, line, agent, known }, position);
  return { news, journal: { decisions: [], patterns: [] } };
};
