import { allStale } from '../../model/stale.ts';
import { count, oneLine } from '../../model/text.ts';
import { FactsGraph } from '../../store/index/facts-graph.ts';
import { age } from '../age.ts';
import { defineOperation } from '../operation.ts';
import type { Speak } from '../operation.ts';
import { line } from '../schema.ts';
import { table } from '../table.ts';

export type StatusOutput = {
  readonly line: string;
  readonly contracts: Readonly<Record<string, number>>;
  readonly artifacts: number;
  readonly agents: readonly string[];
  readonly stale: readonly string[];
  readonly staleTotal: number;
  readonly waiting: readonly string[];
  /** Newest first. */
  readonly recent: readonly {
    readonly commit: string;
    readonly agent: string;
    readonly time: string;
    readonly subject: string;
  }[];
  readonly warning?: string;
};

const shownRecent = 8;
const shownStale = 5;

export const teamStatus = defineOperation({
  name: 'team_status',
  summary: 'Show the state of the team: what there is, what is out of date, what happened last.',
  input: { type: 'object', properties: { line }, additionalProperties: false },
  readOnly: true,
  profile: 'cli',
  commands: [{ path: 'status' }],
  run: async (_input, context): Promise<StatusOutput> => {
    const store = await context.store();
    const name = context.line;
    return store.read(name, (facts) => {
      const graph = new FactsGraph(facts, name);
      const stale = allStale(graph, false).map(({ ref }) => ref);
      const illegal = facts.head(name)?.illegal;
      return {
        line: name,
        contracts: {},
        artifacts: facts.allLatest(name).length,
        agents: facts.entities(name, 'agent').map((agent) => agent.name),
        stale: stale.slice(0, shownStale),
        staleTotal: stale.length,
        waiting: [],
        recent: facts
          .entries(name, { limit: shownRecent })
          .map(({ oid, agent, time, subject }) => ({ commit: oid, agent, time, subject })),
        ...(illegal && {
          warning: `The newest commits break the rules and are not applied: ${illegal.why}.`,
        }),
      };
    });
  },
  render: (output, speak) => {
    const agents =
      output.agents.length === 0
        ? ''
        : `   ${count(output.agents.length, 'agent')}: ${listed(output.agents, 8)}`;
    const heading = speak.strong(
      `${output.line}: ${count(output.artifacts, 'artifact')}, ${output.staleTotal} out of date`,
    );
    const warning =
      output.warning === undefined ? [] : [speak.strong(oneLine(output.warning, 300))];
    if (output.artifacts === 0)
      return [heading, ...warning, '', `Next: ${speak.call(first)}`].join('\n');
    return [
      heading + agents,
      ...warning,
      ...staleLines(output),
      '',
      'Last',
      ...recentLines(output, speak),
      '',
      `Next: ${next(output, speak)}`,
    ].join('\n');
  },
});

const first = {
  operation: 'artifact_publish',
  input: {
    artifactId: 'hello',
    artifactType: 'document',
    data: { title: 'Hello', body: 'First artifact' },
  },
};

const listed = (names: readonly string[], limit: number): string =>
  names.slice(0, limit).join(', ') +
  (names.length > limit ? ` and ${names.length - limit} more` : '');

const staleLines = ({ stale, staleTotal }: StatusOutput): string[] =>
  staleTotal === 0
    ? []
    : [
        '',
        'Out of date',
        ...stale.map((ref) => `  ${ref}`),
        ...(staleTotal > stale.length ? [`  and ${staleTotal - stale.length} more`] : []),
      ];

const recentLines = ({ recent }: StatusOutput, speak: Speak): string[] =>
  table(recent.map(({ time, subject }) => [`  ${age(time, speak.now)}`, oneLine(subject, 100)]));

const next = (output: StatusOutput, speak: Speak): string =>
  output.staleTotal > 0
    ? speak.call({ operation: 'lineage_trace', input: { direction: 'stale' } })
    : speak.call({ operation: 'artifact_list', input: {} });
