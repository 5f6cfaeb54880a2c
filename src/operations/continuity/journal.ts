import { isObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { formatRef, splitRef } from '../../model/names.ts';
import type { VersionFact } from '../../model/lineage.ts';
import type { View } from '../../model/view.ts';
import type { Facts } from '../../store/index/facts.ts';
import { changedSince } from '../../store/code-since.ts';
import type { FileAt } from '../../store/code-since.ts';

/** An entry of the team's journal: a decision, or a pattern. */
export type Noted = {
  readonly ref: string;
  readonly by: string;
  readonly time: string;
  /** What was decided, or the rule. */
  readonly text: string;
};

/** A decision, with what it is about and what it takes the place of. */
export type Decision = Noted & {
  readonly files: readonly FileAt[];
  /** Ids. */
  readonly supersedes: readonly string[];
};

const textsOf = (value: Json | undefined): string[] =>
  [value].flat().flatMap((one) => (typeof one === 'string' ? [one] : []));

export const noted = (view: View, { id, version, publisher, time }: VersionFact): Noted => {
  const artifact = view.artifact(id, version);
  const data = isObject(artifact?.data) ? artifact.data : {};
  const [text = artifact?.summary ?? ''] = textsOf(data['decision'] ?? data['rule']);
  return { ref: formatRef(id, version), by: publisher, time, text };
};

/** The latest version of each, the newest first. */
export const newestOfType = (
  facts: Facts,
  line: string,
  type: string,
  limit: number,
): VersionFact[] =>
  facts
    .latestOfType(line, type)
    .flatMap((id) => facts.latest(line, id) ?? [])
    .sort((a, b) => b.position - a.position)
    .slice(0, limit);

export const decisionOf = (view: View, fact: VersionFact): Decision => {
  const artifact = view.artifact(fact.id, fact.version);
  const data = isObject(artifact?.data) ? artifact.data : {};
  const commit = artifact?.code?.commit;
  return {
    ...noted(view, fact),
    files: commit === undefined ? [] : textsOf(data['files']).map((path) => ({ commit, path })),
    supersedes: textsOf(data['supersedes']).map((text) => text.split('@')[0] ?? text),
  };
};

/** A decision that is remembered and does not hold as it was made. */
export type Gone = {
  readonly ref: string;
  readonly text: string;
  /** The decision that took its place. */
  readonly by?: string;
  /** Files that it is about and that have changed since. */
  readonly changed: readonly string[];
};

/** Of these decisions, newest first, those that others have replaced, and those about files that have changed. */
export const goneOf = async (
  decisions: readonly Decision[],
  directory: string,
): Promise<readonly Gone[]> => {
  const successors = new Map<string, string>();
  for (const { ref, supersedes } of decisions)
    for (const id of supersedes)
      if (id !== splitRef(ref).id && !successors.has(id)) successors.set(id, ref);
  const standing = decisions.filter(({ ref }) => !successors.has(splitRef(ref).id));
  const changed = await changedSince(
    directory,
    standing.flatMap(({ files }) => files),
  );
  return decisions.flatMap(({ ref, text, files }): Gone[] => {
    const by = successors.get(splitRef(ref).id);
    if (by !== undefined) return [{ ref, text, by, changed: [] }];
    const here = files.filter((file) => changed.includes(file)).map(({ path }) => path);
    return here.length > 0 ? [{ ref, text, changed: here }] : [];
  });
};
