import type { Contract } from '../contract/contract.ts';
import { idOfPlace, lists } from '../contract/keys.ts';
import { formatRef, splitRef } from '../names.ts';
import type { View } from '../view.ts';

export type Affected = {
  /** Every contract that has to be done again, with the reason in words; upstream before downstream. */
  readonly contracts: ReadonlyMap<string, string>;
  /** The artifacts of which they have made versions. */
  readonly artifacts: ReadonlySet<string>;
};

/** All that depends on these contracts: by a dependency on them, on what they make, or because it was made from that. */
export const affectedBy = (view: View, seeds: ReadonlyMap<string, string>): Affected => {
  const contracts = new Map(seeds);
  const artifacts = new Set<string>();
  const add = (id: string, why: string): void => {
    if (!contracts.has(id) && view.contract(id)?.status !== 'cancelled') contracts.set(id, why);
  };
  // The map grows while it is walked: dependents of dependents come after them.
  for (const [id] of contracts) {
    const contract = view.contract(id);
    if (!contract) continue;
    for (const place of view.places(lists.needsContract(id)))
      add(idOfPlace(place), `it depends on ${id}`);
    for (const made of madeBy(view, contract)) {
      artifacts.add(made);
      for (const [user, ref] of usersOf(view, made, id)) add(user, `it was made from ${ref}`);
      for (const place of view.places(lists.needsArtifact(made)))
        add(idOfPlace(place), `it needs ${made}`);
    }
  }
  return { contracts, artifacts };
};

/** The artifacts of which a contract has made a version that counts, or is to make one. */
const madeBy = (view: View, { id, outputs = [], expectedOutputs = [] }: Contract): string[] => {
  const named = expectedOutputs.flatMap(({ artifactId }) => artifactId ?? []);
  const made = [...new Set([...outputs.map(({ ref }) => splitRef(ref).id), ...named])];
  return made.filter((one) => versionsBy(view, one, id).length > 0);
};

const versionsBy = (view: View, artifact: string, contract: string): string[] => {
  const refs: string[] = [];
  let version = view.latest(artifact)?.version;
  for (; version !== undefined; version = view.before(artifact, version))
    if (view.madeFor(artifact, version) === contract) refs.push(formatRef(artifact, version));
  return refs;
};

/** The contracts whose outputs were made from these versions, or that work with one of them. */
function* usersOf(
  view: View,
  artifact: string,
  contract: string,
): Generator<readonly [contract: string, ref: string]> {
  for (const ref of versionsBy(view, artifact, contract)) {
    for (const edge of view.madeFrom(ref)) {
      const { id, version } = splitRef(edge.ref);
      const user = edge.how === 'read' ? undefined : view.madeFor(id, version);
      if (user !== undefined && user !== contract) yield [user, ref];
    }
    for (const place of view.places(lists.pins(artifact))) {
      const user = view.contract(idOfPlace(place));
      if (user?.claim?.inputs?.some((pinned) => pinned.ref === ref)) yield [user.id, ref];
    }
  }
}
