import { diff } from '../../model/diff.ts';
import type { Difference } from '../../model/diff.ts';
import { ConcordError } from '../../model/error.ts';
import { formatRef, parseRef } from '../../model/names.ts';
import { count, oneLine } from '../../model/text.ts';
import { FactsGraph } from '../../store/index/facts-graph.ts';
import type { Facts } from '../../store/index/facts.ts';
import type { Context, Speak } from '../operation.ts';
import { positionAt } from '../at.ts';
import { findVersion } from './find.ts';

export type DiffOutput = {
  readonly before: string;
  readonly after: string;
  readonly differences: readonly Difference[];
};

/** Two versions' data, compared by path. `range` is "1..3", a ref to compare with, or "" for the version before. */
export const diffOf = async (
  artifactId: string,
  range: string,
  at: string | undefined,
  context: Context,
): Promise<DiffOutput> => {
  const store = await context.store();
  const position = await positionAt(store, context.line, at);
  const [before, after] = await store.read(context.line, (facts) => {
    const pair = versionsOf(facts, { line: context.line, position }, artifactId, range);
    return [
      findVersion(facts, context.line, position, pair[0]),
      findVersion(facts, context.line, position, pair[1]),
    ] as const;
  });
  const [old, young] = await Promise.all([store.artifact(before.blob), store.artifact(after.blob)]);
  return {
    before: formatRef(before.id, before.version),
    after: formatRef(after.id, after.version),
    differences: diff(old.data, young.data),
  };
};

type Pair = readonly [{ artifactId: string }, { artifactId: string }];

const versionsOf = (
  facts: Facts,
  { line, position }: { readonly line: string; readonly position: number },
  artifactId: string,
  range: string,
): Pair => {
  const ref = parseRef(artifactId, 'artifactId');
  const numbers = /^v?(\d+)\.\.v?(\d+)$/.exec(range);
  if (numbers)
    return [{ artifactId: `${ref.id}@${numbers[1]}` }, { artifactId: `${ref.id}@${numbers[2]}` }];
  if (/^v?\d+$/.test(range)) return [{ artifactId }, { artifactId: `${ref.id}@${range}` }];
  if (range !== '') {
    parseRef(range, 'diff');
    return [{ artifactId }, { artifactId: range }];
  }
  const young = findVersion(facts, line, position, { artifactId });
  const old = new FactsGraph(facts, line, position).before(ref.id, young.version);
  if (old)
    return [
      { artifactId: formatRef(old.id, old.version) },
      { artifactId: formatRef(young.id, young.version) },
    ];
  throw new ConcordError(
    'NOT_FOUND',
    `${formatRef(ref.id, young.version)} is the first version of ${ref.id}; there is nothing to compare it with.`,
  );
};

const text = (value: unknown): string => oneLine(JSON.stringify(value), 400);

export const renderDiff = ({ before, after, differences }: DiffOutput, speak: Speak): string => {
  if (differences.length === 0) return `${before} and ${after} hold the same data.`;
  const lines = differences.flatMap((difference) => {
    const path = difference.path === '' ? '(all of it)' : oneLine(difference.path, 200);
    if (difference.kind === 'added') return [`+ ${path}: ${text(difference.after)}`];
    if (difference.kind === 'removed') return [`- ${path}: ${text(difference.before)}`];
    return [`~ ${path}: ${text(difference.before)} -> ${text(difference.after)}`];
  });
  return [
    speak.strong(`${before} -> ${after}: ${count(differences.length, 'difference')}`),
    speak.quote(lines.join('\n')),
  ].join('\n');
};
