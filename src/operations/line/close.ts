import { ConcordError } from '../../model/error.ts';
import type { Event } from '../../model/event.ts';
import { registration } from '../../model/agent.ts';
import { adopt } from '../../model/line/adopt.ts';
import { checkLine } from '../../model/names.ts';
import type { Touched } from '../../model/line/adopt.ts';
import { IndexView } from '../../store/index/index-view.ts';
import type { Facts } from '../../store/index/facts.ts';
import type { Head } from '../../store/index/records.ts';
import { touchedSince } from '../../store/past.ts';
import type { Store } from '../../store/store.ts';
import type { Context } from '../operation.ts';

export type CloseRequest = {
  readonly name: string;
  readonly reason?: string | undefined;
  readonly take?: 'replay' | undefined;
};

export type Closed = {
  readonly kind: 'adopted' | 'dropped';
  readonly line: string;
  readonly commit: string;
  readonly contracts: readonly string[];
  readonly artifacts: readonly string[];
  /** Of a dropped replay: the versions whose numbers are used up. */
  readonly used: readonly string[];
  /** Of an adopted one: the snapshot that leads back to where main was. */
  readonly before?: string;
};

/** Makes a replay part of main. */
export const adoptReplay = async (request: CloseRequest, context: Context): Promise<Closed> => {
  const line = lineOf(request.name);
  const [store, agent] = await Promise.all([context.store(), context.agent()]);
  const tip = await tipOf(store, line, agent);
  const closes = { line, tip, merge: true };
  const { commit = '', result } = await store.write(
    { agent, line: 'main', closes },
    (transaction, facts) => {
      checkTip(facts, line, tip);
      checkParents(facts, line);
      const replay = new IndexView(facts, line, (oid) => store.objects.cached(oid));
      const here = touchedBeside(facts, line);
      const there = touchedThere(facts, line);
      const events = adopt(
        transaction.view,
        { line, tip, head: facts.head('main')?.oid ?? '', replay, here, there, take: request.take },
        transaction.circumstances,
      );
      transaction.change(events);
      return events;
    },
  );
  const ids = (type: string): string[] =>
    (result ?? []).flatMap((event) =>
      event.type === type && 'contract' in event ? [event.contract.id] : [],
    );
  const artifacts = (result ?? []).flatMap((event) =>
    event.type === 'artifact-restored' ? [`${event.id}@${event.latest.version}`] : [],
  );
  return {
    kind: 'adopted',
    line,
    commit,
    contracts: ids('contract-restored'),
    artifacts,
    used: [],
    ...before(result ?? []),
  };
};

const before = (events: readonly Event[]): Pick<Closed, 'before'> => {
  const taken = events.find((event) => event.type === 'snapshot-created');
  return taken ? { before: taken.snapshot.name } : {};
};

/** Ends a replay; what was made on it is gone, but for the numbers it used. */
export const dropReplay = async (request: CloseRequest, context: Context): Promise<Closed> => {
  const line = lineOf(request.name);
  const [store, agent] = await Promise.all([context.store(), context.agent()]);
  const tip = await tipOf(store, line, agent);
  const closes = { line, tip, merge: false };
  const reason = request.reason?.trim();
  const { commit = '', result } = await store.write(
    { agent, line: 'main', closes },
    (transaction, facts) => {
      checkTip(facts, line, tip);
      checkChildren(facts, line);
      const used = versionsOf(facts, line);
      const { time } = transaction.circumstances;
      transaction.change([
        { type: 'replay-dropped', line, tip, used, ...(reason && { reason }) },
        ...registration(transaction.view, agent, time),
      ]);
      return used;
    },
  );
  return { kind: 'dropped', line, commit, contracts: [], artifacts: [], used: result ?? [] };
};

const lineOf = (name: string): string => {
  const line = checkLine(`replay/${name.replace(/^replay\//, '')}`);
  return line;
};

/** The last commit of an open replay; refused where it is not open. What breaks the rules on it is set aside first. */
const tipOf = async (store: Store, line: string, agent: string): Promise<string> => {
  const head = (facts: Facts): Head | undefined => facts.head(line);
  if ((await store.read(line, head))?.illegal) await store.write({ agent, line }, () => undefined);
  return (await store.read(line, head))?.oid ?? '';
};

/** Somebody has worked on it since: what is decided is decided on its end. */
const checkTip = (facts: Facts, line: string, tip: string): void => {
  if (facts.head(line)?.oid === tip) return;
  throw new ConcordError('CONFLICT', `${line} has just moved on; nothing was changed.`, {
    hint: 'Somebody works on it. Try the same call again.',
  });
};

/** What a replay begins on has to be part of main before the replay can be. */
const checkParents = (facts: Facts, line: string): void => {
  const [, ...above] = facts.lines.course(line);
  const open = above.find((stand) => stand.line !== 'main' && !facts.lines.closing(stand.line));
  if (!open) return;
  throw new ConcordError(
    'NOT_ALLOWED',
    `${line} is a replay of ${open.line}, which is not part of main; nothing was changed.`,
    {
      hint: `Adopt ${open.line} first.`,
      next: { operation: 'team_compare', input: { left: 'main', right: open.line } },
    },
  );
};

/** What happened on a replay. That the claims of its beginning do not hold on it is nobody's work, and changes nothing of main. */
const touchedThere = (facts: Facts, line: string): Touched => {
  const fork = facts.lines.fork(line)?.position ?? 0;
  const there = touchedSince(facts, line, fork);
  const later = touchedSince(facts, line, fork + 1);
  const start = facts.entry(line, fork + 1)?.events ?? [];
  const onlyReleased = (id: string): boolean =>
    !later.contracts.has(id) &&
    start.every((event) => {
      const [type = '', subject] = event.split(' ');
      return subject !== id || type === 'contract-released' || type === 'contract-blocked';
    });
  return { ...there, contracts: new Set([...there.contracts].filter((id) => !onlyReleased(id))) };
};

/** What happened on main, or came to it, that is not in the past of a replay. */
const touchedBeside = (facts: Facts, line: string): Touched => {
  const [, ...above] = facts.lines.course(line);
  const taken = new Set(above.map((stand) => `replay-adopted ${stand.line}`));
  const all = above.map((stand) =>
    // What main took over of these lines stands in their own past.
    touchedSince(facts, stand.line, stand.position, ({ events }) => !taken.has(events[0] ?? '')),
  );
  const union = (ids: (touched: Touched) => ReadonlySet<string>): Set<string> =>
    new Set(all.flatMap((touched) => [...ids(touched)]));
  return {
    contracts: union(({ contracts }) => contracts),
    artifacts: union(({ artifacts }) => artifacts),
    pipelines: union(({ pipelines }) => pipelines),
    agents: union(({ agents }) => agents),
    types: union(({ types }) => types),
    budget: all.some(({ budget }) => budget),
  };
};

const checkChildren = (facts: Facts, line: string): void => {
  const open = facts.lines.open()?.names ?? [];
  const child = facts.lines.forks().find((one) => one.line === line && open.includes(one.replay));
  if (!child) return;
  throw new ConcordError(
    'NOT_ALLOWED',
    `${child.replay} is a replay of ${line}; nothing was changed.`,
    {
      hint: `Adopt or drop ${child.replay} first.`,
      next: { operation: 'team_replay', input: { action: 'list' } },
    },
  );
};

/** What was published on a line itself. */
const versionsOf = (facts: Facts, line: string): string[] => {
  const fork = facts.lines.fork(line)?.position ?? 0;
  const artifacts = touchedSince(facts, line, fork).artifacts;
  return [...artifacts].flatMap((id) =>
    facts
      .versions(id)
      .filter((fact) => fact.line === line)
      .map(({ version }) => `${id}@${version}`),
  );
};
