import { eventTypes } from '../../model/event.ts';
import { ConcordError, invalid } from '../../model/error.ts';
import { checkId, parseRef } from '../../model/names.ts';
import { nearest, shown } from '../../model/text.ts';
import type { Facts } from '../../store/index/facts.ts';
import { findVersion } from '../artifact/find.ts';
import { positionAt, positionSince } from '../at.ts';
import { defineOperation } from '../operation.ts';
import type { Context } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { entriesOf } from './entry.ts';
import type { LogEntry } from './entry.ts';
import { find } from './find.ts';
import type { Wanted } from './find.ts';
import { findOnLines } from './lines.ts';
import { renderEntries, renderLog } from './render.ts';

const schema = {
  type: 'object',
  properties: {
    agent: { type: 'string', description: 'Only by this agent.' },
    contract: { type: 'string', description: 'Only about this contract.' },
    artifact: { type: 'string', description: 'Only publishes of this: id or id@version.' },
    event: { type: 'string', description: 'Only with this event, such as contract-reopened.' },
    since: {
      type: 'string',
      description: 'Only after this commit or snapshot, or from this time on.',
    },
    at: { type: 'string', description: 'Only up to this commit, snapshot or time.' },
    limit: { type: 'integer', minimum: 1, maximum: 1000, description: 'At most so many (30).' },
    cursor: { type: 'string', description: 'From the page before.' },
    reverse: { type: 'boolean', description: 'Oldest first, from the beginning or since.' },
    all: { type: 'boolean', description: 'Renewals of claims and registrations of agents, too.' },
    graph: {
      type: 'boolean',
      description: 'Draw the lines beside their transactions; on main with those of replays.',
    },
    line,
  },
  additionalProperties: false,
} as const;

export type LogInput = Input<typeof schema>;

export type LogOutput = {
  readonly line: string;
  readonly entries: readonly LogEntry[];
  /** All transactions of the time asked for, whether they match or not. */
  readonly total: number;
  /** Those of them behind the cursor; none without one. */
  readonly left: number;
  /** Passed over because they only renew a claim or register an agent. */
  readonly hidden: number;
  readonly cursor?: string;
  /** Up to here the reply has looked: what comes after it is new. */
  readonly seen: string;
  /** Nothing has happened yet but that the store was made. */
  readonly fresh?: true;
  /** The agent that was perhaps meant, where none of the name is known. */
  readonly near?: string;
  readonly warning?: string;
};

const run = async (input: LogInput, context: Context): Promise<LogOutput> => {
  checkGraph(input);
  const store = await context.store();
  const name = context.line;
  const until = await positionAt(store, name, input.at);
  const since = input.since === undefined ? 0 : await positionSince(store, name, input.since);
  const event = input.event === undefined ? undefined : checkEvent(input.event);
  const known = await store.read(name, (facts) => {
    const upTo = Math.min(until, facts.head(name)?.position ?? 0);
    const begin = facts.entries(name, { after: 0, limit: 1 })[0]?.position ?? 1;
    const after = Math.max(since, begin - 1);
    const wanted = { ...page(facts, input, { line: name, after, upTo }), event };
    const found = isOnLines(input) ? findOnLines(facts, wanted, input.cursor) : find(facts, wanted);
    const last = found.cursor !== undefined && input.reverse ? Number(found.cursor) : upTo;
    return {
      found,
      total: 'total' in found ? found.total : Math.max(0, upTo - after),
      seen: facts.entry(name, last)?.oid ?? '',
      illegal: facts.head(name)?.illegal,
      near: strangerNear(facts, name, input.agent),
      fresh: facts.latestCount(name) === 0 && upTo <= 1,
    };
  });
  const { found, total, seen, illegal, fresh, near } = known;
  return {
    line: name,
    entries: await entriesOf(store, found.entries),
    total,
    left: found.left,
    hidden: found.hidden,
    ...(found.cursor !== undefined && { cursor: String(found.cursor) }),
    seen,
    ...(fresh && { fresh }),
    ...(near !== undefined && found.entries.length === 0 && { near }),
    ...(illegal && {
      warning: `The newest commits break the rules and are not applied: ${illegal.why}.`,
    }),
  };
};

/** A part of a line is drawn alone. */
const isOnLines = ({ graph, since, at }: LogInput): boolean =>
  graph === true && since === undefined && at === undefined;

/** What the input asks for, once its names are known to mean something. */
const page = (
  facts: Facts,
  input: LogInput,
  { line: name, after, upTo }: Pick<Wanted, 'line' | 'after' | 'upTo'>,
): Wanted => {
  const one = isOnLines(input) ? undefined : input.cursor;
  const cursor = one === undefined ? undefined : checkCursor(one);
  const oldestFirst = input.reverse ?? false;
  const artifact = input.artifact === undefined ? undefined : parseRef(input.artifact, 'artifact');
  if (artifact)
    findVersion(facts, name, Infinity, { artifactId: artifact.id, version: artifact.version });
  if (input.contract !== undefined) checkContract(facts, name, input.contract);
  return {
    line: name,
    after: oldestFirst ? Math.max(after, cursor ?? 0) : after,
    upTo: oldestFirst ? upTo : Math.min(upTo, (cursor ?? Infinity) - 1),
    oldestFirst,
    limit: input.limit ?? 30,
    agent: input.agent,
    contract: input.contract,
    artifact,
    all: input.all ?? false,
  };
};

const checkCursor = (text: string): number => {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw invalid('cursor', 'the number that the page before named', shown(text));
};

const checkEvent = (text: string): string => {
  const event = text.replaceAll('_', '-');
  if (eventTypes.includes(event)) return event;
  const near = nearest(event, eventTypes) ?? nearest(`contract-${event}`, eventTypes);
  throw invalid('event', 'a known event', shown(text), {
    hint: `${near === undefined ? '' : `Did you mean ${near}? `}Events: ${eventTypes.join(', ')}.`,
  });
};

const checkContract = (facts: Facts, name: string, text: string): void => {
  const id = checkId(text, 'contract');
  // One that a line had once is known by its moves.
  if (facts.contracts.get(name, id) ?? facts.contracts.lastStatus(name, id)) return;
  throw new ConcordError('NOT_FOUND', `There is no contract ${shown(id)} on this line.`, {
    next: { operation: 'contract_get', input: {} },
  });
};

const strangerNear = (facts: Facts, name: string, agent: string | undefined): string | undefined =>
  agent === undefined || facts.entity(name, 'agent', agent)
    ? undefined
    : nearest(
        agent,
        facts.entities(name, 'agent').map((one) => one.name),
      );

/** What does not go together is said, not passed over. */
const checkGraph = ({ graph, reverse }: LogInput): void => {
  if (graph && reverse)
    throw invalid('graph', 'left out with reverse: it is drawn from the newest down', 'both');
};

/** First a page of what was, then all that comes after it. */
const nextOf = (input: LogInput, last?: LogOutput): LogInput => {
  const wrong = (['at', 'cursor', 'reverse', 'graph'] as const).find(
    (key) => input[key] !== undefined,
  );
  if (wrong !== undefined)
    throw invalid(wrong, 'left out when what is new is followed', shown(input[wrong]));
  if (!last) return { ...input, limit: input.limit ?? 10 };
  return { ...input, since: last.seen, reverse: true, limit: 200 };
};

/** As they happened, whatever way round they were asked for. */
const inOrder = (output: LogOutput): LogOutput => ({
  ...output,
  entries: output.entries.toSorted((a, b) => a.position - b.position),
});

export const logShow = defineOperation({
  name: 'log_show',
  summary: 'Show what happened on a line: a transaction a line, and what followed from it.',
  input: schema,
  readOnly: true,
  profile: 'cli',
  commands: [
    {
      path: 'log',
      paged: true,
      examples: [
        'concord log --agent qa-dev --limit 5',
        'concord log --contract build-api --all',
        'concord log --event contract-reopened --since 2026-11-22',
        'concord log --follow',
      ],
    },
  ],
  run,
  render: renderLog,
  following: {
    next: nextOf,
    // A first page leaves out what is older; later ones leave out what is newer still.
    more: ({ cursor }) => cursor !== undefined,
    items: (output) => inOrder(output).entries,
    render: (output, speak, input) => renderEntries(inOrder(output), speak, input).join('\n'),
  },
});
