import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { adopt } from '../../src/model/line/adopt.ts';
import type { Touched } from '../../src/model/line/adopt.ts';
import type { Overrides } from '../../src/model/line/overrides.ts';
import { planReplay } from '../../src/model/line/replay.ts';
import type { ReplayPlan } from '../../src/model/line/replay.ts';
import { rollBack } from '../../src/model/line/rollback.ts';
import { takeSnapshot } from '../../src/model/line/snapshot.ts';
import { publish } from '../../src/model/artifact.ts';
import type { PublishRequest, Types } from '../../src/model/artifact.ts';
import { nothingSpent } from '../../src/model/budget/spending.ts';
import { amend } from '../../src/model/contract/amend.ts';
import type { Amendment } from '../../src/model/contract/amend.ts';
import { cancel } from '../../src/model/contract/cancel.ts';
import { claim } from '../../src/model/contract/claim.ts';
import type { ClaimRequest, Holder } from '../../src/model/contract/claim.ts';
import type { Contract, Dependency, Expected, Status } from '../../src/model/contract/contract.ts';
import { create } from '../../src/model/contract/create.ts';
import type { Agreement } from '../../src/model/contract/create.ts';
import { deliver } from '../../src/model/contract/deliver.ts';
import type { Delivery } from '../../src/model/contract/deliver.ts';
import { complete, fail, park, release, renew, reopen } from '../../src/model/contract/update.ts';
import type { Update } from '../../src/model/contract/update.ts';
import type { Conditions } from '../../src/model/condition.ts';
import type { Artifact } from '../../src/model/entity.ts';
import { ConcordError } from '../../src/model/error.ts';
import type { ErrorCode } from '../../src/model/error.ts';
import { eventLine, isContractEvent, isPipelineEvent } from '../../src/model/event.ts';
import type { Event } from '../../src/model/event.ts';
import { pipelineOf, setPipeline, switchPipeline } from '../../src/model/pipeline/create.ts';
import type { Switch } from '../../src/model/pipeline/create.ts';
import type { Pipeline, Rule } from '../../src/model/pipeline/pipeline.ts';
import { tryPipeline } from '../../src/model/pipeline/try.ts';
import type { Trial } from '../../src/model/pipeline/try.ts';
import type { Circumstances } from '../../src/model/react.ts';
import { send } from '../../src/model/send.ts';
import type { SendRequest } from '../../src/model/send.ts';
import { addSeconds } from '../../src/model/time.ts';
import { Transaction } from '../../src/model/transaction.ts';
import type { Json } from '../../src/model/json.ts';
import type { View } from '../../src/model/view.ts';

export const time = '2026-11-22T14:34:00Z';

/** A line on which nothing has happened. */
export const emptyView: View = {
  settings: () => undefined,
  agent: () => undefined,
  agents: () => [],
  registeredType: () => undefined,
  latest: () => undefined,
  latestOfType: () => [],
  highest: () => 0,
  has: () => false,
  before: () => undefined,
  madeFrom: () => [],
  content: () => undefined,
  artifact: () => undefined,
  madeFor: () => undefined,
  typeOf: () => undefined,
  contract: () => undefined,
  pipeline: () => undefined,
  pipelines: () => [],
  tally: () => ({
    contracts: { pending: 0, ready: 0, in_progress: 0, completed: 0, failed: 0, cancelled: 0 },
    artifacts: 0,
  }),
  places: () => [],
  hasSnapshot: () => false,
  budget: () => undefined,
  spending: () => nothingSpent,
  message: () => undefined,
  threadLength: () => 0,
  sent: () => [],
};

type Values = Parameters<Conditions['holds']>[1];

const numberAt = (value: unknown, key: string): unknown =>
  (value as Record<string, unknown> | undefined)?.[key];

/** A language of conditions that has just these; `broken` cannot be evaluated, `wrong` is none. */
const known: Readonly<Record<string, (values: Values) => boolean>> = {
  'failed == 0': ({ data }) => numberAt(data, 'failed') === 0,
  'failed > 0': ({ data }) => Number(numberAt(data, 'failed')) > 0,
  'version >= 2': ({ artifact }) => Number(numberAt(artifact, 'version')) >= 2,
  'attempt >= 2': ({ contract }) => Number(numberAt(contract, 'attempt')) >= 2,
  'previous failed': ({ previous }) => Number(numberAt(numberAt(previous, 'data'), 'failed')) > 0,
  'status completed': ({ contract }) => numberAt(contract, 'status') === 'completed',
  'status ready': ({ contract }) => numberAt(contract, 'status') === 'ready',
  'for x': ({ event }) => String(numberAt(event, 'subject')).startsWith('x'),
  never: () => false,
  'both agree': ({ outputs }) =>
    numberAt(numberAt(numberAt(outputs, 'left'), 'data'), 'n') ===
    numberAt(numberAt(numberAt(outputs, 'right'), 'data'), 'n'),
};

export const conditions: Conditions = {
  problem: (text) => (text === 'wrong' ? 'It is no condition.' : undefined),
  holds: (text, values) => {
    if (text === 'broken') return { holds: false, why: 'no such key: missing' };
    const condition = known[text] ?? expect.fail(`the tests have no condition ${text}`);
    return condition(values) ? { holds: true } : { holds: false };
  },
};

/** Two types that take any data but `{ bad: ... }`, each bad word a violation of its own. */
export const types: Types = {
  shipped: ['document', 'test-results', 'api-contract', 'schema-change'],
  check: (_type, _view, data) => {
    const bad = (data as { bad?: readonly string[] }).bad ?? [];
    return bad.map((word) => ({ path: `data.${word}`, expected: 'none', got: 'some' }));
  },
  example: (type) => (type === 'document' ? { title: 'An example' } : undefined),
};

/** Ann, at the time of the tests. */
export const circumstances = (parts: Partial<Circumstances> = {}): Circumstances => ({
  agent: 'ann',
  time,
  op: 'op',
  conditions,
  types,
  digest: (text) => createHash('sha256').update(text).digest('hex').slice(0, 12),
  ...parts,
});

/** A publish by ann of a document whose content is its data, changed where the test says so. */
export const request = (parts: Partial<PublishRequest> = {}): PublishRequest => ({
  id: 'x',
  data: { title: 'x' },
  agent: 'ann',
  time,
  content: (type) => `${type} ${JSON.stringify(parts.data ?? { title: 'x' })}`,
  ...parts,
});

/** The events of these publishes, one after the other; the type is `document` unless said. */
export const published = (...requests: readonly Partial<PublishRequest>[]): readonly Event[] => {
  let view: View = emptyView;
  return requests.flatMap((parts) => {
    const events = publish(view, request({ type: 'document', ...parts }), types);
    view = after(view, events);
    return events;
  });
};

/** The state after these events, each in a transaction of its own. */
export const after = (before: View, events: readonly Event[]): View =>
  events.reduce((view, event) => {
    const transaction = new Transaction(view, circumstances());
    transaction.append([event]);
    return transaction.view;
  }, before);

type Outcome = {
  /** Exactly these events, as they stand in the history. */
  gives(...lines: readonly string[]): void;
  /** The last event publishes an artifact with these fields. */
  publishes(artifact: Partial<Artifact>): void;
  refuses(code: ErrorCode, text: RegExp): ConcordError;
  readonly events: () => readonly Event[];
};

/** Given what happened, when this is decided, then these are the events, or the refusal. */
export const given = (
  ...past: readonly Event[]
): { when(decide: (view: View) => readonly Event[], elsewhere?: Partial<View>): Outcome } => ({
  when: (decide, elsewhere = {}) => {
    const view = after({ ...emptyView, ...elsewhere }, past);
    const events = (): readonly Event[] => decide(view);
    return {
      events,
      gives: (...lines) => expect(events().map(eventLine)).toEqual(lines),
      publishes: (artifact) => expect(events().at(-1)).toMatchObject({ artifact }),
      refuses: (code, text) => {
        const error = refusal(events);
        expect(error.code).toBe(code);
        expect(error.message).toMatch(text);
        return error;
      },
    };
  },
});

/** What this is refused with. */
export const refusal = (run: () => unknown): ConcordError => {
  try {
    run();
  } catch (error) {
    if (error instanceof ConcordError) return error;
    throw error;
  }
  return expect.fail('nothing was refused');
};

/** What one transaction did: its events, whom it tells (`to kind subject`), and what the caller was answered. */
export type Done = {
  readonly op: string;
  readonly events: readonly Event[];
  /** As they stand in the history, but for the hash of a firing. */
  readonly lines: readonly string[];
  readonly told: readonly string[];
  readonly contract?: Contract | undefined;
  readonly still?: boolean;
  readonly candidates?: readonly string[];
};

type Decided = Omit<Done, 'op' | 'lines' | 'told'>;
type Publishing = Partial<Omit<Delivery, 'holder' | 'data'>> & { readonly data?: Json };
type Updating = Partial<Omit<Parameters<Update>[1], 'contractId' | 'holder'>>;

/** One session of an agent: it remembers the tokens of its claims until it gives them back. */
export type Member = {
  readonly tokens: Map<string, string>;
  create(...agreements: readonly Agreement[]): Done;
  /** The contract of this id, or the next one. */
  claim(contractId?: string, more?: Partial<ClaimRequest>): Done;
  /** A document, of `{}` unless said. */
  publish(id: string | undefined, more?: Publishing): Done;
  release(contractId: string, more?: Updating): Done;
  renew(contractId: string): Done;
  park(contractId: string, more?: Updating): Done;
  fail(contractId: string, reason?: string): Done;
  complete(contractId: string, more?: Updating): Done;
  reopen(contractId: string, reason?: string): Done;
  cancel(contractId: string, dependents?: 'cancel' | 'release'): Done;
  amend(contractId: string, set: Amendment): Done;
  send(request: SendRequest): Done;
  /** Makes a pipeline of these rules, or changes the one there is. */
  pipeline(id: string, ...rules: readonly Rule[]): Done;
  pause(pipelineId: string, reason?: string): Done;
  resume(pipelineId: string): Done;
  remove(pipelineId: string): Done;
};

const lineOf = (event: Event): string =>
  event.type === 'pipeline-fired'
    ? eventLine(event).slice(0, -event.firing.length - 1)
    : eventLine(event);

/** A moment of a line, to come back to. */
export type Mark = { readonly view: View; readonly happened: number };

/** A line that agents work on, each call a transaction on the state that the last one left; time passes when the test says so. */
export class Team {
  view: View;
  now = time;
  /** Every event so far. */
  readonly history: Event[] = [];
  /** What was decided in each transaction, and all that happened in it. */
  readonly transactions: { readonly cause: readonly Event[]; readonly events: readonly Event[] }[] =
    [];
  readonly #members = new Map<string, Member>();
  #ops = 0;

  constructor(base: View = emptyView) {
    this.view = base;
  }

  wait(seconds: number): void {
    this.now = addSeconds(this.now, seconds);
  }

  as(agent: string, session = 'first', person = false): Member {
    const name = `${agent} ${session} ${person}`;
    const member = this.#members.get(name) ?? this.#member(agent, session, person);
    this.#members.set(name, member);
    return member;
  }

  contract(id: string): Contract {
    return this.view.contract(id) ?? expect.fail(`there is no contract ${id}`);
  }

  status(id: string): Status {
    return this.contract(id).status;
  }

  pipeline(id: string): Pipeline {
    return pipelineOf(this.view, id);
  }

  /** What a pipeline would make of an event, as this agent's. */
  tries(id: string, event: Event, agent = 'ann'): readonly Trial[] {
    const by = circumstances({ agent, time: this.now, op: 'trial' });
    return tryPipeline(this.view, this.pipeline(id), event, by);
  }

  /** These contracts with what they are: `build ready, test pending`. */
  says(...ids: readonly string[]): string {
    return ids.map((id) => `${id} ${this.status(id)}`).join(', ');
  }

  mark(): Mark {
    return { view: this.view, happened: this.history.length };
  }

  /** What has happened to what since then. */
  touched({ happened }: Mark): Touched {
    const since = this.history.slice(happened);
    const ids = (of: (event: Event) => string | undefined): Set<string> =>
      new Set(since.flatMap((event) => of(event) ?? []));
    return {
      contracts: ids((event) => (isContractEvent(event) ? event.contract.id : undefined)),
      artifacts: ids((event) => {
        if (event.type === 'artifact-published') return event.artifact.id;
        return event.type === 'artifact-restored' || event.type === 'artifact-withdrawn'
          ? event.id
          : undefined;
      }),
      pipelines: ids((event) =>
        isPipelineEvent(event) && event.type !== 'pipeline-fired' ? event.pipeline.id : undefined,
      ),
      agents: ids((event) => (event.type === 'agent-registered' ? event.agent.name : undefined)),
      types: ids((event) => (event.type === 'type-registered' ? event.registered.type : undefined)),
      budget: since.some(({ type }) => type === 'budget-set'),
    };
  }

  snapshot(name: string, agent = 'ann'): Done {
    return this.#run(agent, (view, by) => ({ events: takeSnapshot(view, { name }, by) }));
  }

  /** Takes the line back to then. */
  rollback(to: Mark, reason = 'It went wrong.', agent = 'ann'): Done {
    const { contracts, artifacts, pipelines } = this.touched(to);
    const then = <T>(ids: ReadonlySet<string>, of: (id: string) => T): Map<string, T> =>
      new Map([...ids].map((id) => [id, of(id)]));
    const past = {
      contracts: then(contracts, (id) => to.view.contract(id)),
      artifacts: then(artifacts, (id) => to.view.latest(id)),
      pipelines: then(pipelines, (id) => to.view.pipeline(id)),
      spending: to.view.spending(),
    };
    const origin = { name: 'then', commit: '0'.repeat(40) };
    const request = { to: origin, past, reason, head: '1'.repeat(40) };
    const change = (view: View, by: Circumstances) => ({ events: rollBack(view, request, by) });
    return this.#run(agent, change, 'change');
  }

  /** Begins a replay there; its line, and how it was planned. */
  replay(
    from: Mark,
    overrides: Overrides = {},
    agent = 'ann',
  ): { readonly line: Team; readonly plan: ReplayPlan; readonly done: Done } {
    const line = new Team(from.view);
    line.now = this.now;
    const origin = { name: 'then', commit: '0'.repeat(40) };
    const request = { line: 'replay/a', from: origin, overrides };
    let plan: ReplayPlan | undefined;
    const change = (view: View, by: Circumstances) => {
      plan = planReplay(view, request, types, by);
      return { events: plan.events };
    };
    const done = line.#run(agent, change, 'change');
    return { line, plan: plan ?? expect.fail('nothing was planned'), done };
  }

  /** Makes a replay that began there part of this line. */
  adopt(replay: Team, from: Mark, take?: 'replay', agent = 'ann'): Done {
    const request = {
      line: 'replay/a',
      tip: '2'.repeat(40),
      replay: replay.view,
      here: this.touched(from),
      there: replay.touched({ view: from.view, happened: 0 }),
      take,
      head: '1'.repeat(40),
    };
    return this.#run(agent, (view, by) => ({ events: adopt(view, request, by) }), 'change');
  }

  /** Facts that no operation of these tests makes. */
  happened(...events: readonly Event[]): void {
    this.#run('nobody', () => ({ events }));
  }

  #run(
    agent: string,
    decide: (view: View, by: Circumstances) => Decided,
    how: 'append' | 'change' = 'append',
  ): Done {
    const op = `op-${(this.#ops += 1)}`;
    const transaction = new Transaction(this.view, circumstances({ agent, time: this.now, op }));
    const decided = decide(transaction.view, transaction.circumstances);
    transaction[how](decided.events);
    this.view = transaction.view;
    this.history.push(...transaction.events);
    this.transactions.push({ cause: decided.events, events: transaction.events });
    return {
      ...decided,
      op,
      events: transaction.events,
      lines: transaction.events.map(lineOf),
      told: transaction.entries.flatMap(({ notices }) =>
        notices.map(
          ({ to, kind, subject, copy }) => `${to} ${kind} ${subject}${copy ? ' (copy)' : ''}`,
        ),
      ),
    };
  }

  #member(agent: string, session: string, person: boolean): Member {
    const tokens = new Map<string, string>();
    const holder: Holder = { session, person, tokens };
    const run = (decide: (view: View, by: Circumstances) => Decided): Done => {
      const done = this.#run(agent, decide);
      for (const event of done.events)
        if (isContractEvent(event) && event.contract.claim?.token === done.op)
          tokens.set(event.contract.id, done.op);
      return done;
    };
    const update =
      (decide: Update, gone = false) =>
      (contractId: string, more: Updating = {}): Done => {
        const done = run((view, by) => ({
          events: decide(view, { contractId, holder, ...more }, by),
        }));
        if (gone) tokens.delete(contractId);
        return done;
      };
    const turn =
      (to: Switch) =>
      (id: string, reason?: string): Done =>
        run((view, by) => ({ events: switchPipeline(view, id, to, reason, by) }));
    return {
      tokens,
      pipeline: (id, ...rules) =>
        run((view, by) => ({ events: setPipeline(view, { id, rules }, by) })),
      pause: turn('pause'),
      resume: turn('resume'),
      remove: turn('remove'),
      create: (...agreements) =>
        run((view, by) => ({ events: create(view, agreements, types, by) })),
      claim: (contractId, more = {}) =>
        run((view, by) => claim(view, { holder, contractId, ...more }, by)),
      publish: (id, more = {}) => {
        const data = more.data ?? {};
        const type =
          id !== undefined && this.view.typeOf(id) === undefined ? 'document' : undefined;
        const delivery = {
          content: (of: string) => `${of} ${JSON.stringify(data)}`,
          holder,
          ...(id !== undefined && { id }),
          ...(type !== undefined && { type }),
          ...more,
          data,
        };
        return run((view, by) => {
          const delivered = deliver(view, delivery, types, by);
          return {
            ...delivered,
            contract:
              delivered.contract === undefined ? undefined : view.contract(delivered.contract),
          };
        });
      },
      release: update(release, true),
      renew: update(renew),
      park: update(park),
      fail: (contractId, reason = 'It did not work.') => update(fail, true)(contractId, { reason }),
      complete: update(complete),
      reopen: (contractId, reason = 'It is wrong.') => update(reopen)(contractId, { reason }),
      cancel: (contractId, dependents) =>
        run((view, by) => ({ events: cancel(view, { contractId, dependents }, by) })),
      amend: (contractId, set) =>
        run((view, by) => ({ events: amend(view, { contractId, set }, types, by) })),
      send: (what) => run((view, by) => ({ events: send(view, what, by) })),
    };
  }
}

/** An expected output. */
export const expects = (
  artifactType: string,
  more: Partial<Expected> = {},
): { readonly expectedOutputs: readonly Expected[] } => ({
  expectedOutputs: [{ artifactType, required: true, ...more }],
});

/** Contracts that have to be completed first. */
export const needs = (
  ...ids: readonly string[]
): { readonly dependencies: readonly Dependency[] } => ({
  dependencies: ids.map((contractId) => ({ type: 'contract', contractId })),
});

/** An artifact, or any of a type, that has to be there first. */
export const needsArtifact = (
  of: Omit<Extract<Dependency, { type: 'artifact' }>, 'type'>,
): { readonly dependencies: readonly Dependency[] } => ({
  dependencies: [{ type: 'artifact', ...of }],
});
