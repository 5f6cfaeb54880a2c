import type { Context } from '../operation.ts';
import { formatRef, parseRef } from '../../model/names.ts';
import { FactsGraph } from '../../store/index/facts-graph.ts';
import { age } from '../age.ts';
import type { Speak } from '../operation.ts';
import { positionAt } from '../at.ts';
import { findVersion } from './find.ts';

export type HistoryOutput = {
  readonly id: string;
  readonly type: string;
  /** Newest first. */
  readonly versions: readonly {
    readonly version: number;
    readonly commit: string;
    readonly publisher: string;
    readonly time: string;
    readonly summary?: string | undefined;
    readonly derivedFrom: readonly string[];
  }[];
  readonly total: number;
};

type Wanted = {
  readonly artifactId: string;
  readonly at?: string | undefined;
  readonly limit: number;
  readonly before: number;
};

/** The versions of one artifact on this line, newest first. */
export const historyOf = async (wanted: Wanted, context: Context): Promise<HistoryOutput> => {
  const store = await context.store();
  const position = await positionAt(store, context.line, wanted.at);
  const { id } = parseRef(wanted.artifactId, 'artifactId');
  const { type, all } = await store.read(context.line, (facts) => ({
    type: findVersion(facts, context.line, position, { artifactId: id }).type,
    all: new FactsGraph(facts, context.line, position).versions(id).toReversed(),
  }));
  const shown = all.filter(({ version }) => version < wanted.before).slice(0, wanted.limit);
  const versions = await Promise.all(
    shown.map(async ({ version, commit, publisher, time, blob, derivedFrom }) => {
      const { summary } = await store.artifact(blob);
      return {
        version,
        commit,
        publisher,
        time,
        ...(summary && { summary }),
        derivedFrom: derivedFrom.map(({ ref }) => ref),
      };
    }),
  );
  return { id, type, versions, total: all.length };
};

export const renderHistory = (
  output: HistoryOutput,
  speak: Speak,
  input: Readonly<Record<string, unknown>>,
): string => {
  const lines = output.versions.flatMap((version) => [
    `${speak.strong(formatRef(output.id, version.version))}  ${version.publisher}, ${age(version.time, speak.now)}  ${speak.faint(version.commit.slice(0, 12))}`,
    ...(version.derivedFrom.length > 0 ? [`  from ${version.derivedFrom.join(', ')}`] : []),
    ...(version.summary ? [speak.quote(version.summary)] : []),
  ]);
  const last = output.versions.at(-1);
  const rest = last && last.version > 1 && output.versions.length < output.total;
  const next = {
    operation: 'artifact_list',
    input: { ...input, cursor: String(last?.version) },
  };
  return [
    ...lines,
    ...(rest
      ? [`${output.versions.length} of ${output.total} versions.`, '', `Next: ${speak.call(next)}`]
      : []),
  ].join('\n');
};
