import { registration } from '../agent.ts';
import { restored } from '../contract/status.ts';
import { ConcordError } from '../error.ts';
import type { Event } from '../event.ts';
import { canonical } from '../json.ts';
import type { Json } from '../json.ts';
import { formatRef } from '../names.ts';
import type { Circumstances } from '../react.ts';
import type { View } from '../view.ts';
import { backTo } from './rollback.ts';
import { freeName, summaryOf } from './snapshot.ts';

/** What has been touched on a line since a point of it, by id. */
export type Touched = {
  readonly contracts: ReadonlySet<string>;
  readonly artifacts: ReadonlySet<string>;
  readonly pipelines: ReadonlySet<string>;
  readonly agents: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
  /** Whether a budget was set. */
  readonly budget: boolean;
};

export type AdoptRequest = {
  readonly line: string;
  readonly tip: string;
  /** The commit that main stands at: it gets a snapshot, so that the way back is open. */
  readonly head: string;
  /** The state of the replay. */
  readonly replay: View;
  /** What each side did since they parted. */
  readonly here: Touched;
  readonly there: Touched;
  /** Where both changed the same, the replay's side counts. */
  readonly take?: 'replay' | undefined;
};

/** Something that both sides changed, each in its own way. */
type Both = { readonly what: string; readonly main: string; readonly replay: string };

/**
 * A replay becomes part of main: what only one side changed is that side's, what both changed is refused with the list, or the replay's. Main's
 * claims on what is replaced are void; those of the replay go on.
 */
export const adopt = (
  view: View,
  request: AdoptRequest,
  { agent, time }: Circumstances,
): readonly Event[] => {
  const { line, tip, head, replay, there, take } = request;
  const both = take === 'replay' ? [] : changedByBoth(view, request);
  if (both.length > 0) throw refusal(line, both);
  const said = { reason: `from ${line}` };
  const contracts = [...there.contracts].flatMap((id) => {
    const [now, then] = [view.contract(id), replay.contract(id)];
    return same(now, then) ? [] : restored(now, then, said);
  });
  const artifacts = [...there.artifacts].flatMap((id) => backTo(view, id, replay.latest(id)));
  return [
    { type: 'replay-adopted', line, tip },
    {
      type: 'snapshot-created',
      snapshot: { name: freeName(view, 'before-adopt'), summary: summaryOf(view), commit: head },
    },
    ...registration(view, agent, time),
    ...agentsOf(view, request).filter(
      (event) => event.type !== 'agent-registered' || event.agent.name !== agent,
    ),
    ...[...there.types].flatMap((name): Event[] => {
      const [now, then] = [view.registeredType(name), replay.registeredType(name)];
      return !then || same(now, then) ? [] : [{ type: 'type-registered', registered: then }];
    }),
    ...contracts,
    ...artifacts,
    ...[...there.pipelines].flatMap((id) => pipelineEvents(view, replay, id)),
  ];
};

const agentsOf = (view: View, { replay, there }: AdoptRequest): Event[] =>
  [...there.agents].flatMap((name): Event[] => {
    const [now, then] = [view.agent(name), replay.agent(name)];
    return !then || same(now, then) ? [] : [{ type: 'agent-registered', agent: then }];
  });

const pipelineEvents = (view: View, replay: View, id: string): Event[] => {
  const [now, then] = [view.pipeline(id), replay.pipeline(id)];
  if (same(now, then)) return [];
  if (then) return [{ type: now ? 'pipeline-changed' : 'pipeline-created', pipeline: then }];
  return now ? [{ type: 'pipeline-removed', pipeline: now }] : [];
};

const same = (a: unknown, b: unknown): boolean =>
  canonical((a ?? null) as Json) === canonical((b ?? null) as Json);

const changedByBoth = (view: View, { replay, here, there }: AdoptRequest): Both[] => [
  ...common(here.contracts, there.contracts).flatMap((id) => {
    const [now, then] = [view.contract(id), replay.contract(id)];
    if (same(now, then)) return [];
    return [{ what: `contract ${id}`, main: stateOf(now), replay: stateOf(then) }];
  }),
  ...common(here.artifacts, there.artifacts).flatMap((id) => {
    const [now, then] = [view.latest(id), replay.latest(id)];
    if (now?.version === then?.version || now?.content === then?.content) return [];
    return [{ what: `artifact ${id}`, main: versionOf(id, now), replay: versionOf(id, then) }];
  }),
  ...common(here.pipelines, there.pipelines).flatMap((id) =>
    same(view.pipeline(id), replay.pipeline(id))
      ? []
      : [{ what: `pipeline ${id}`, main: 'changed', replay: 'changed' }],
  ),
  ...common(here.types, there.types).flatMap((name) =>
    same(view.registeredType(name), replay.registeredType(name))
      ? []
      : [{ what: `type ${name}`, main: 'registered', replay: 'registered' }],
  ),
];

const common = (a: ReadonlySet<string>, b: ReadonlySet<string>): string[] =>
  [...a].filter((one) => b.has(one)).sort();

const stateOf = (contract: ReturnType<View['contract']>): string =>
  contract ? contract.status.replace('_', ' ') : 'not there';

const versionOf = (id: string, latest: ReturnType<View['latest']>): string =>
  latest ? formatRef(id, latest.version) : 'not there';

const refusal = (line: string, both: readonly Both[]): ConcordError => {
  const shown = both
    .slice(0, 12)
    .map(({ what, main, replay }) => `${what}: main ${main}, replay ${replay}`);
  const rest = both.length > 12 ? [`and ${both.length - 12} more`] : [];
  return new ConcordError(
    'CONFLICT',
    `main has gone on where ${line} did too; nothing was changed.\n${[...shown, ...rest].join('\n')}`,
    {
      hint: 'What only one side changed is kept from that side. With take: replay, the side of the replay counts for these as well; what main made stays readable by its version.',
      next: { operation: 'team_compare', input: { left: 'main', right: line } },
    },
  );
};
