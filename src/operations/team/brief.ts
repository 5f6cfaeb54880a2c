import { heldBy } from '../../model/contract/claim.ts';
import { lists } from '../../model/contract/keys.ts';
import { ConcordError } from '../../model/error.ts';
import { checkSlug } from '../../model/names.ts';
import { contractLine } from '../contract/shown.ts';
import type { ContractLine } from '../contract/shown.ts';
import { holderOf } from '../holder.ts';
import { itemOf } from '../inbox/item.ts';
import type { InboxItem } from '../inbox/item.ts';
import { placeOf, toldAfter } from '../inbox/unread.ts';
import { defineOperation } from '../operation.ts';
import type { Context } from '../operation.ts';
import { line } from '../schema.ts';
import { renderBrief } from './brief-text.ts';
import { staleRefs } from './stale.ts';
import { contractsOf, first, readyFor, waitingFor } from './state.ts';
import type { Contracts } from './state.ts';

export type BriefOutput = {
  readonly agent: string;
  readonly role: string | null;
  readonly line: string;
  /** What this session holds. */
  readonly holds: readonly ContractLine[];
  /** What sessions of the same name hold, this one not being theirs. */
  readonly elsewhere: readonly ContractLine[];
  readonly ready: readonly ContractLine[];
  /** Given to it, and not ready yet. */
  readonly later: readonly ContractLine[];
  readonly inbox: readonly InboxItem[];
  readonly unread: number;
  readonly team: Contracts;
  readonly stale: number;
  readonly recent: readonly { readonly time: string; readonly subject: string }[];
  /** Names that work is ready for, told to a session that has none of its own. */
  readonly unserved: readonly string[];
};

const few = 5;

/** The name that the session wants, unless it was given one that cannot be changed here. */
const rename = async (context: Context, as: string): Promise<void> => {
  const name = checkSlug(as, 'as');
  context.session().rename(name);
  const agent = await context.agent();
  if (agent === name) return;
  throw new ConcordError(
    'NOT_ALLOWED',
    `This session signs as ${agent}: the name was given where it was started, and "as" does not change it.`,
    { next: { operation: 'team_brief', input: {} } },
  );
};

/** For whom work is ready. */
const namesOf = ({ ready }: Contracts): readonly string[] => [
  ...new Set(ready.flatMap(({ assignee }) => assignee ?? [])),
];

export const teamBrief = defineOperation({
  name: 'team_brief',
  summary: 'Start here: who you are, what you hold, what is ready for you, what is new.',
  input: {
    type: 'object',
    properties: {
      as: { type: 'string', description: 'Take this name for the session, such as api-dev.' },
      line,
    },
    additionalProperties: false,
  },
  unlisted: ['line'],
  profile: 'core',
  alwaysLoad: true,
  commands: [
    { path: 'brief', without: ['as'] },
    {
      path: 'as',
      summary: 'Take a name for this shell session; every call signs with it.',
      positional: ['as'],
      needs: ['as'],
      examples: ['concord as api-dev'],
    },
  ],
  run: async ({ as }, context): Promise<BriefOutput> => {
    if (as !== undefined) await rename(context, as);
    const [store, agent] = await Promise.all([context.store(), context.agent()]);
    const name = context.line;
    const holder = await holderOf(context);
    const cursor = (await store.cursor(name, agent))?.cursor;
    return store.look(name, (view, facts) => {
      const looking = { view, facts, line: name, conditions: store.conditions, now: store.now() };
      const holds = heldBy(view, holder);
      const own = new Set(holds.map(({ id }) => id));
      const others = first(view, lists.held(agent), few).filter(({ id }) => !own.has(id));
      const unread = toldAfter(facts, view, name, agent, { after: placeOf(facts, name, cursor) });
      const team = contractsOf(looking, few);
      const later = waitingFor(view, agent, few);
      const known = view.agent(agent) !== undefined || later.length > 0;
      return {
        agent,
        role: view.agent(agent)?.role ?? null,
        line: name,
        holds: holds.slice(0, few).map((one) => contractLine(one, looking)),
        elsewhere: others.map((one) => contractLine(one, looking)),
        ready: readyFor(looking, agent, few, context.session().mark).map((one) =>
          contractLine(one, looking),
        ),
        later: later.map((one) => contractLine(one, looking)),
        inbox: unread.slice(0, few).map((one) => itemOf(one, view)),
        unread: unread.length,
        team,
        stale: staleRefs(store, facts, name).length,
        recent: facts.entries(name, { limit: few }).map(({ time, subject }) => ({ time, subject })),
        unserved: known ? [] : namesOf(team).filter((other) => other !== agent),
      };
    });
  },
  render: renderBrief,
});
