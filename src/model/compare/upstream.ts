import { contractDependencies } from '../contract/dependency.ts';
import type { Contract } from '../contract/contract.ts';
import { parseRef, versionedRef } from '../names.ts';
import type { Side } from './side.ts';

type Next = (id: string) => Iterable<string>;

/** Those of these names that none of the others leads to, at any distance; all of them where each leads to another. */
export const mostUpstream = (names: readonly string[], sources: Next): string[] => {
  const wanted = new Set(names);
  const first = names.filter((name) => !reaches(name, wanted, sources));
  return first.length > 0 ? first : [...names];
};

/** Without recursion: a chain may be as long as the store is large. */
const reaches = (from: string, wanted: ReadonlySet<string>, sources: Next): boolean => {
  const seen = new Set([from]);
  const open = [...sources(from)];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    if (wanted.has(name)) return true;
    seen.add(name);
    open.push(...sources(name));
  }
  return false;
};

/** What a contract waits for on either side: contracts, and those that publish an artifact that it works from. */
export const contractSources = (left: Side, right: Side): Next => {
  const all = [left, right].flatMap((side) =>
    [...side.contracts.values()].map(({ contract }) => contract),
  );
  const makers = new Map<string, string[]>();
  for (const { id, expectedOutputs = [] } of all)
    for (const { artifactId } of expectedOutputs)
      if (artifactId !== undefined) makers.set(artifactId, [...(makers.get(artifactId) ?? []), id]);
  for (const side of [left, right])
    for (const [id, { artifact }] of side.artifacts)
      if (artifact.contract !== undefined)
        makers.set(id, [...(makers.get(id) ?? []), artifact.contract]);
  const sources = new Map<string, Set<string>>();
  for (const contract of all) {
    const known = sources.get(contract.id) ?? new Set();
    for (const id of contractDependencies(contract)) known.add(id);
    for (const artifact of artifactsOf(contract))
      for (const id of makers.get(artifact) ?? []) known.add(id);
    sources.set(contract.id, known);
  }
  return (id) => sources.get(id) ?? [];
};

const artifactsOf = ({ dependencies = [], inputs, claim }: Contract): string[] => [
  ...dependencies.flatMap((one) =>
    one.type === 'artifact' && one.artifactId !== undefined ? [one.artifactId] : [],
  ),
  ...(inputs?.artifacts ?? []).map((text) => parseRef(text, 'inputs.artifacts').id),
  ...(claim?.inputs ?? []).map(({ ref }) => parseRef(ref, 'claim.inputs').id),
];

/** What an artifact was made from on either side, by id; earlier versions of itself are no source. */
export const artifactSources =
  (left: Side, right: Side): Next =>
  (id) =>
    new Set([left, right].flatMap((side) => [...sourcesOf(side, id).keys()]));

/** The versions that an artifact was made from, the newest of each id. */
export const sourcesOf = ({ artifacts }: Side, id: string): ReadonlyMap<string, number> => {
  const versions = new Map<string, number>();
  for (const { ref } of artifacts.get(id)?.artifact.derivedFrom ?? []) {
    const source = versionedRef(ref);
    if (source && source.id !== id)
      versions.set(source.id, Math.max(source.version, versions.get(source.id) ?? 0));
  }
  return versions;
};
