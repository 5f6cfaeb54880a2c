import { nextChance, workerOf } from '../../model/contract/claimable.ts';
import { count, oneLine, shown } from '../../model/text.ts';
import type { Store } from '../../store/store.ts';
import { age } from '../age.ts';
import { positionAt } from '../at.ts';
import { defineOperation } from '../operation.ts';
import type { Context, Speak } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { wait, waitFor } from '../waiting.ts';
import { readyFor } from '../team/state.ts';
import { itemOf } from './item.ts';
import type { InboxItem } from './item.ts';
import { countLimit, isReady, placeOf, toldAfter } from './unread.ts';

const schema = {
  type: 'object',
  properties: {
    wait,
    for: {
      type: 'string',
      enum: ['any', 'inbox', 'ready'],
      description: 'What to wait for: something unread, work that is ready, or any of both.',
    },
    all: { type: 'boolean', description: 'The last items again, read or not.' },
    since: {
      type: 'string',
      description: 'All after this commit, snapshot or time again, read or not.',
    },
    limit: { type: 'integer', minimum: 1, maximum: 100, description: 'At most so many (20).' },
    line,
  },
  additionalProperties: false,
} as const;

export type InboxOutput = {
  readonly agent: string;
  readonly items: readonly InboxItem[];
  readonly unread: number;
  readonly total: number;
  /** There are more than were counted. */
  readonly more: boolean;
  /** The best contract that is ready for this agent, if any. */
  readonly ready: { readonly id: string; readonly title?: string } | null;
  /** The time was up before anything came. */
  readonly timedOut: boolean;
  /** Another wait of the same session took over. */
  readonly replaced: boolean;
};

type Seen = Omit<InboxOutput, 'timedOut' | 'replaced'> & {
  readonly last: { readonly commit: string; readonly item: number } | undefined;
  readonly next: string | undefined;
  /** Something that is still so: what was ready and is not any more wakes nobody. */
  readonly news: boolean;
};

const look = async (
  store: Store,
  context: Context,
  agent: string,
  { all, since, limit = 20 }: Input<typeof schema>,
): Promise<Seen> => {
  const name = context.line;
  const again = all === true || since !== undefined;
  const from = since === undefined ? undefined : await positionAt(store, name, since);
  const stands = await store.cursor(name, agent);
  // What the last reply showed has arrived, even where the cursor could not be moved.
  const cursor =
    context
      .session()
      .delivered()
      .find((one) => one.agent === agent && one.line === name) ?? stands?.cursor;
  return store.look(name, (view, facts) => {
    const place = placeOf(facts, name, cursor);
    const unread = toldAfter(facts, view, name, agent, { after: place });
    const told = again
      ? from === undefined
        ? toldAfter(facts, view, name, agent, { newest: limit }).slice(-limit)
        : toldAfter(facts, view, name, agent, { after: { position: from, item: 99_999 } }).slice(
            0,
            limit,
          )
      : unread.slice(0, limit);
    const worker = workerOf(view, agent);
    const now = store.now();
    const [best] = readyFor({ view, now }, agent, 1, context.session().mark);
    const last = told.at(-1);
    return {
      agent,
      items: told.map((one) => itemOf(one, view)),
      news: unread.some(
        ({ kind, subject }) => kind !== 'contract-ready' || isReady(facts, name, subject),
      ),
      unread: Math.min(unread.length, countLimit),
      total: again ? told.length : Math.min(unread.length, countLimit),
      more: unread.length > countLimit,
      ready: best ? { id: best.id, ...(best.title !== undefined && { title: best.title }) } : null,
      last: again || !last ? undefined : { commit: last.commit, item: last.item + 1 },
      next: best ? undefined : nextChance(view, worker, now),
    };
  });
};

const run = async (input: Input<typeof schema>, context: Context): Promise<InboxOutput> => {
  const [store, agent] = await Promise.all([context.store(), context.agent()]);
  const wanted = input.for ?? 'any';
  let seen: Seen | undefined;
  const { found, replaced } = await waitFor(context, input.wait ?? 0, async () => {
    seen = await look(store, context, agent, input);
    const something =
      (wanted !== 'ready' && (input.for === undefined ? seen.items.length > 0 : seen.news)) ||
      (wanted !== 'inbox' && seen.ready !== null);
    return { found: something ? seen : undefined, next: seen.next };
  });
  const {
    last,
    next: _next,
    news: _news,
    ...output
  } = found ?? seen ?? (await look(store, context, agent, input));
  // Who only waits reads nothing.
  if (last && input.for === undefined)
    context.session().deliver({ line: context.line, agent, ...last });
  return { ...output, timedOut: input.wait !== undefined && !found && !replaced, replaced };
};

const render = (output: InboxOutput, speak: Speak): string => {
  const { agent, items, unread, more, ready, total } = output;
  const amount = `${more ? 'more than ' : ''}${unread}`;
  const heading =
    items.length > unread
      ? `${agent}: the last ${count(items.length, 'item')}, read or not`
      : items.length === 0
        ? `Nothing unread for ${agent}.`
        : `${agent}: ${amount} unread${items.length < total ? `, the first ${items.length}` : ''}`;
  const waiting = output.replaced
    ? ['Another wait of this session took over.']
    : output.timedOut
      ? ['Nothing came in that time.']
      : [];
  return [
    speak.strong(heading),
    ...waiting,
    ...items.flatMap((item) => lines(item, speak)),
    ...(ready
      ? [`Ready: ${ready.id}${ready.title === undefined ? '' : `  ${shown(ready.title, 100)}`}`]
      : []),
    '',
    `Next: ${next(output, speak)}`,
  ].join('\n');
};

const lines = (item: InboxItem, speak: Speak): string[] => [
  `  ${age(item.time, speak.now)}  ${item.from}: ${item.text}${item.copy ? ' (for information)' : ''}`,
  ...(item.quote === undefined
    ? []
    : [speak.quote(oneLine(item.quote, item.message ? 4000 : 300))]),
  ...(item.message === undefined || item.kind === 'reply'
    ? []
    : [
        `  answer: ${speak.call({ operation: 'message_send', input: { replyTo: item.message, text: '...' } })}`,
      ]),
];

const next = ({ unread, items, ready }: InboxOutput, speak: Speak): string => {
  if (unread > items.length && items.length > 0)
    return `${speak.call({ operation: 'inbox_read', input: {} })}   # ${count(unread - items.length, 'more item')}`;
  return ready
    ? speak.call({ operation: 'contract_claim', input: {} })
    : speak.call({ operation: 'inbox_read', input: { wait: 60 } });
};

export const inboxRead = defineOperation({
  name: 'inbox_read',
  summary: 'Read what is new for you: work that is ready, what became of yours, messages.',
  input: schema,
  unlisted: ['line', 'for', 'since'],
  plain: ['limit'],
  readOnly: true,
  profile: 'core',
  commands: [
    {
      path: 'inbox',
      without: ['wait', 'for'],
    },
    {
      path: 'wait',
      summary: 'Wait until there is work or something to read.',
      preset: { wait: 600, for: 'any', limit: 3 },
      words: { wait: 'At most so many seconds (600).' },
      without: ['all', 'since'],
      examples: ['concord wait --as qa-dev', 'concord wait --for ready --timeout 60'],
    },
  ],
  flags: { wait: 'timeout' },
  run,
  render,
  failed: ({ timedOut, replaced }) => (timedOut || replaced ? 'TIMEOUT' : undefined),
});
