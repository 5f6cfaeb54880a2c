import { ConcordError } from '../../model/error.ts';
import { isContractEvent, isPipelineEvent } from '../../model/event.ts';
import { rollBack } from '../../model/line/rollback.ts';
import type { RollbackRequest } from '../../model/line/rollback.ts';
import { formatRef } from '../../model/names.ts';
import { oneLine, shown } from '../../model/text.ts';
import type { Transaction } from '../../model/transaction.ts';
import type { Latest } from '../../model/view.ts';
import type { Facts } from '../../store/index/facts.ts';
import { readNames } from '../../store/ref-names.ts';
import { EarlierFiles } from '../../store/past.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation } from '../operation.ts';
import type { Context, Speak } from '../operation.ts';
import { line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { table } from '../table.ts';
import { pointAt } from '../point.ts';
import type { Point } from '../point.ts';

const schema = {
  type: 'object',
  properties: {
    snapshot: { type: 'string', description: 'A snapshot, a commit or a time of this line.' },
    reason: { type: 'string', description: 'Why: it stands in the history.' },
    dryRun: { type: 'boolean', description: 'Only say what would change.' },
    line,
  },
  required: ['snapshot'],
  additionalProperties: false,
} as const;

export type RollbackOutput = {
  readonly to: string;
  readonly line: string;
  /** Null for a dry run. */
  readonly commit: string | null;
  /** The snapshot that leads back to where the line was. */
  readonly before: string;
  readonly contracts: readonly {
    readonly id: string;
    readonly from: string;
    readonly to: string;
  }[];
  readonly artifacts: readonly {
    readonly id: string;
    readonly from: string;
    readonly to: string;
  }[];
  readonly pipelines: readonly string[];
  /** Who worked on something: every claim is void. */
  readonly claims: readonly { readonly id: string; readonly agent: string }[];
};

type Changes = Omit<RollbackOutput, 'to' | 'line' | 'commit'>;

const run = async (input: Input<typeof schema>, context: Context): Promise<RollbackOutput> => {
  const [store, agent] = await Promise.all([context.store(), context.agent()]);
  const name = context.line;
  const to = await pointOn(store, name, input.snapshot);
  if (to.line !== name) throw otherLine(to.name, to.line, name);
  const reason = input.reason ?? (input.dryRun ? 'dry run' : undefined);
  return goBack(store, agent, { to, reason, dryRun: input.dryRun });
};

type Way = {
  readonly to: Point;
  readonly reason: string | undefined;
  readonly dryRun: boolean | undefined;
  readonly undo?: true;
  /** Refuses where the line is not as it was when the way was chosen. */
  readonly check?: (facts: Facts) => void;
};

/** Takes a line to a point of its own, or says what that would change. */
export const goBack = async (
  store: Store,
  agent: string,
  { to, reason, dryRun, undo, check }: Way,
): Promise<RollbackOutput> => {
  const files = new EarlierFiles(store.objects, to);
  const { snapshots } = await readNames(store.repository);
  const body = (transaction: Transaction, facts: Facts): Changes => {
    check?.(facts);
    const head = facts.head(to.line)?.oid ?? '';
    const isTaken = (name: string): boolean => snapshots.includes(name);
    return changes(transaction, { to, past: files.past(facts), reason, head, isTaken, undo });
  };
  const cause = { agent, line: to.line };
  const said = { to: to.name, line: to.line };
  if (dryRun)
    return { ...said, commit: null, ...(await files.loading(() => store.trial(cause, body))) };
  const { commit, result } = await files.loading(() => store.write(cause, body));
  if (!result || commit === undefined) throw new Error('a rollback without a result');
  return { ...said, commit, ...result };
};

/** A point of this line's own history: also of what it had before it began. */
const pointOn = async (store: Store, line: string, text: string): Promise<Point> => {
  const point = await pointAt(store, text, line);
  const { position } = point;
  const own = await store.read(line, (facts) => {
    const stands = facts.lines.course(line);
    return stands.some((stand) => stand.line === point.line && position <= stand.position);
  });
  return own ? { ...point, line } : point;
};

/** Does it, and says what becomes of what. */
const changes = (transaction: Transaction, request: RollbackRequest): Changes => {
  const { view, circumstances } = transaction;
  const events = rollBack(view, request, circumstances);
  const said = {
    before: events.flatMap((event) =>
      event.type === 'snapshot-created' ? [event.snapshot.name] : [],
    ),
    contracts: events.filter(isContractEvent).map(({ type, before, contract }) => ({
      id: contract.id,
      from: before?.status ?? 'not there',
      to: type === 'contract-withdrawn' ? 'not there' : contract.status,
    })),
    artifacts: events.flatMap((event) => {
      if (event.type !== 'artifact-restored' && event.type !== 'artifact-withdrawn') return [];
      const to = event.type === 'artifact-restored' ? event.latest : undefined;
      return [
        {
          id: event.id,
          from: refOf(event.id, view.latest(event.id)),
          to: refOf(event.id, to),
        },
      ];
    }),
    pipelines: events.flatMap((event) => (isPipelineEvent(event) ? [event.pipeline.id] : [])),
    claims: events.filter(isContractEvent).flatMap(({ before }) => {
      const agent = before?.status === 'in_progress' ? before.claim?.agent : undefined;
      return before && agent !== undefined ? [{ id: before.id, agent }] : [];
    }),
  };
  transaction.change(events);
  return { ...said, before: said.before[0] ?? '' };
};

const refOf = (id: string, latest: Latest | undefined): string =>
  latest ? formatRef(id, latest.version) : 'none';

const otherLine = (name: string, its: string, wanted: string): ConcordError =>
  new ConcordError(
    'NOT_ALLOWED',
    `${shown(name)} is a state of ${its}, not of ${wanted}; nothing was done.`,
    {
      hint: `A line goes back to a state of its own; ${its === 'main' ? 'use --line main' : `take over what ${its} has with replay adopt`}.`,
      next: { operation: 'team_compare', input: { left: wanted, right: name } },
    },
  );

/** So many of each are listed. */
const most = 20;

const rows = (
  title: string,
  all: readonly { readonly id: string; readonly from: string; readonly to: string }[],
): string[] => {
  if (all.length === 0) return [];
  const cells = all.slice(0, most).map(({ id, from, to }) => [id, words(from), '->', words(to)]);
  const rest = all.length > most ? [`  and ${all.length - most} more`] : [];
  return [title, ...table(cells).map((row) => `  ${row}`), ...rest];
};

const words = (status: string): string => status.replace('_', ' ');

/** What became of what, and the way back. */
export const wayLines = (output: RollbackOutput, speak: Speak): string[] => {
  const { line: on, commit, before, contracts, artifacts, pipelines, claims } = output;
  const dry = commit === null;
  const told = claims.map(({ id, agent }) => `${id} (${agent})`).join(', ');
  return [
    ...rows('Contracts', contracts),
    ...rows('Latest versions', artifacts),
    ...(pipelines.length > 0 ? [`Pipelines: ${oneLine(pipelines.join(', '), 300)}`] : []),
    ...(claims.length > 0
      ? [`Claims ${dry ? 'that would be' : 'now'} void, their holders told: ${oneLine(told, 600)}`]
      : []),
    ...(dry
      ? []
      : [
          `Every version stays readable, and numbers go on. The way back is the snapshot ${before}.`,
          speak.faint(`Commit ${commit.slice(0, 12)} on ${on}`),
        ]),
  ];
};

const render = (
  output: RollbackOutput,
  speak: Speak,
  { reason = '...' }: Input<typeof schema>,
): string => {
  const { to, line: on, commit } = output;
  const dry = commit === null;
  const heading = dry
    ? `Would take ${on} back to ${to}; nothing was written.`
    : `${on} is back at ${to}.`;
  return [
    speak.strong(heading),
    ...wayLines(output, speak),
    '',
    `Next: ${
      dry
        ? speak.call({ operation: 'rollback', input: { snapshot: to, reason } })
        : speak.call({ operation: 'team_status', input: {} })
    }`,
  ].join('\n');
};

export const rollback = defineOperation({
  name: 'rollback',
  summary: 'Take contracts and latest artifacts back to an earlier state, in one new commit.',
  details:
    'Nothing is lost: versions published since stay readable and numbers go on. Agents, types and usage stay; every claim is void.',
  input: schema,
  profile: 'cli',
  commands: [
    {
      path: 'rollback',
      positional: ['snapshot'],
      examples: [
        'concord rollback pre-work --dry-run',
        'concord rollback pre-work --reason "REST turned out to be wrong"',
      ],
    },
  ],
  run,
  render,
});
