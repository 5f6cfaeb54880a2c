import { invalid } from '../../model/error.ts';
import type { Artifact } from '../../model/entity.ts';
import type { VersionFact } from '../../model/lineage.ts';
import { formatRef } from '../../model/names.ts';
import { allStale } from '../../model/stale.ts';
import { nearest, oneLine, shown } from '../../model/text.ts';
import { FactsGraph } from '../../store/index/facts-graph.ts';
import type { Store } from '../../store/store.ts';
import { positionAt } from '../at.ts';
import { defineOperation } from '../operation.ts';
import type { Context, Speak } from '../operation.ts';
import { at, line } from '../schema.ts';
import type { Input } from '../schema.ts';
import { table } from '../table.ts';
import { shippedTypes } from '../types.ts';
import { diffOf, renderDiff } from './diff.ts';
import type { DiffOutput } from './diff.ts';
import { historyOf, renderHistory } from './history.ts';
import type { HistoryOutput } from './history.ts';

const schema = {
  type: 'object',
  properties: {
    artifactId: { type: 'string', description: 'List its versions instead.' },
    artifactType: { type: 'string', description: 'Only this type.' },
    publisher: { type: 'string', description: 'Only by this agent.' },
    tag: { type: 'string', description: 'Only with this tag.' },
    text: { type: 'string', description: 'Only what contains it.' },
    diff: {
      type: 'string',
      description: '"1..2", another ref, or "" for the one before.',
    },
    limit: { type: 'integer', minimum: 1, maximum: 200, description: 'At most so many (20).' },
    cursor: { type: 'string', description: 'From the page before.' },
    at,
    line,
  },
  additionalProperties: false,
} as const;

export type ListOutput = {
  readonly artifacts: readonly {
    readonly id: string;
    readonly version: number;
    readonly type: string;
    readonly publisher: string;
    readonly time: string;
    readonly summary?: string | undefined;
    readonly stale: boolean;
  }[];
  readonly total: number;
  readonly cursor?: string;
};

const run = async (
  input: Input<typeof schema>,
  context: Context,
): Promise<ListOutput | HistoryOutput | DiffOutput> => {
  const limit = input.limit ?? 20;
  if (input.diff !== undefined) {
    if (input.artifactId === undefined) throw invalid('artifactId', 'given with diff', 'nothing');
    return diffOf(input.artifactId, input.diff, input.at, context);
  }
  if (input.artifactId !== undefined) {
    const before = input.cursor === undefined ? Infinity : Number(input.cursor);
    if (Number.isNaN(before))
      throw invalid('cursor', 'the number that the page before named', shown(input.cursor));
    return historyOf({ artifactId: input.artifactId, at: input.at, limit, before }, context);
  }
  return list(input, limit, context);
};

const list = async (
  input: Input<typeof schema>,
  limit: number,
  context: Context,
): Promise<ListOutput> => {
  const store = await context.store();
  const position = await positionAt(store, context.line, input.at);
  const { facts, stale } = await store.read(context.line, (known) => {
    if (input.artifactType !== undefined)
      checkType(
        input.artifactType,
        known.entities(context.line, 'type').map(({ type }) => type),
      );
    const graph = new FactsGraph(known, context.line, position);
    return {
      facts: [...graph.allLatest()],
      stale: new Set(allStale(graph, false).map(({ ref }) => ref)),
    };
  });
  const matching = await withText(
    store,
    facts.filter((fact) => matches(fact, input)),
    input.text,
    position,
  );
  const after = input.cursor ?? '';
  const page = matching.filter(({ id }) => id > after).slice(0, limit);
  const bodies = await readBodies(store, position, page);
  const last = page.at(-1);
  const artifacts = page.map(({ id, version, type, publisher, time }, index) => {
    const summary = bodies[index]?.summary;
    return {
      id,
      version,
      type,
      publisher,
      time,
      ...(summary && { summary }),
      stale: stale.has(formatRef(id, version)),
    };
  });
  const more = last !== undefined && matching.at(-1) !== last;
  return { artifacts, total: matching.length, ...(more && { cursor: last.id }) };
};

/** A type that there is none of was mistyped: an empty list would hide it. */
const checkType = (type: string, registered: readonly string[]): void => {
  const names = [...shippedTypes, ...registered];
  if (names.includes(type)) return;
  const near = nearest(type, names);
  throw invalid('artifactType', 'a known type', shown(type), {
    hint: `${near ? `Did you mean ${near}? ` : ''}Types: ${names.join(', ')}.`,
  });
};

const matches = (
  fact: VersionFact,
  { artifactType, publisher, tag }: Input<typeof schema>,
): boolean =>
  (artifactType === undefined || fact.type === artifactType) &&
  (publisher === undefined || fact.publisher === publisher) &&
  (tag === undefined || (fact.tags?.includes(tag) ?? false));

/** What is not the latest any more is not kept in the index. */
const readBodies = (
  store: Store,
  position: number,
  facts: readonly VersionFact[],
): Promise<Artifact[]> => {
  const blobs = facts.map(({ blob }) => blob);
  return position === Infinity
    ? store.bodies.readLatest(blobs)
    : Promise.all(blobs.map((blob) => store.artifact(blob)));
};

/** Those whose id, summary or data contain the text, in any case of letters. */
const withText = async (
  store: Store,
  facts: readonly VersionFact[],
  text: string | undefined,
  position: number,
): Promise<readonly VersionFact[]> => {
  if (text === undefined || text === '') return facts;
  const wanted = text.toLowerCase();
  const bodies = await readBodies(store, position, facts);
  const contains = ({ id, summary = '', data }: Artifact): boolean =>
    [id, summary, JSON.stringify(data)].some((part) => part.toLowerCase().includes(wanted));
  return facts.filter((_, index) => bodies[index] !== undefined && contains(bodies[index]));
};

const render = (
  output: ListOutput | HistoryOutput | DiffOutput,
  speak: Speak,
  input: Input<typeof schema>,
): string => {
  if ('differences' in output) return renderDiff(output, speak);
  if ('versions' in output) return renderHistory(output, speak, input);
  if (output.total === 0)
    return `No artifact matches.\n\nNext: ${speak.call({ operation: 'artifact_list', input: {} })}`;
  const rows = output.artifacts.map(({ id, version, type, publisher, summary, stale }) => [
    `${formatRef(id, version)}${stale ? ' (stale)' : ''}`,
    type,
    publisher,
    summary === undefined ? '' : speak.quote(oneLine(summary, 80)),
  ]);
  const rest =
    output.cursor === undefined
      ? []
      : [
          `${output.artifacts.length} of ${output.total}.`,
          '',
          `Next: ${speak.call({ operation: 'artifact_list', input: { ...input, cursor: output.cursor } })}`,
        ];
  return [...table(rows), ...rest].join('\n');
};

export const artifactList = defineOperation({
  name: 'artifact_list',
  summary: 'Find artifacts; with artifactId list its versions, with diff compare two of them.',
  input: schema,
  aliases: { id: 'artifactId', type: 'artifactType' },
  flags: { artifactType: 'type' },
  unlisted: ['line', 'at'],
  plain: ['artifactType', 'publisher', 'tag', 'text', 'limit', 'cursor'],
  readOnly: true,
  profile: 'core',
  commands: [
    {
      path: 'artifact list',
      summary: 'List the latest version of every artifact, filtered.',
      without: ['artifactId', 'diff'],
      examples: [
        'concord artifact list --type test-results',
        'concord artifact list --text login --limit 5',
      ],
    },
    {
      path: 'artifact history',
      summary: 'List the versions of one artifact, newest first.',
      positional: ['artifactId'],
      needs: ['artifactId'],
      without: ['diff', 'artifactType', 'publisher', 'tag', 'text'],
      words: {
        artifactId: 'Id of the artifact.',
        cursor: 'Only versions before this one, as the page before named it.',
      },
      examples: ['concord artifact history api-login'],
    },
    {
      path: 'artifact diff',
      summary: 'Compare the data of two versions, by path.',
      positional: ['artifactId', 'diff'],
      needs: ['artifactId'],
      preset: { diff: '' },
      without: ['artifactType', 'publisher', 'tag', 'text', 'limit', 'cursor'],
      words: {
        artifactId: 'What to compare: id@version, or an id for its latest version.',
        diff: 'Versions of it, such as 1..3, or the version or artifact to compare it with; without it, the version before.',
      },
      examples: [
        'concord artifact diff api-login',
        'concord artifact diff api-login 1..3',
        'concord artifact diff api-login@1 api-signup@2',
      ],
    },
  ],
  run,
  render,
});
