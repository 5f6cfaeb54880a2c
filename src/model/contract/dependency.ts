import type { Conditions } from '../condition.ts';
import type { Json } from '../json.ts';
import type { Artifact } from '../entity.ts';
import { formatRef, parseRef } from '../names.ts';
import { oneLine } from '../text.ts';
import type { View } from '../view.ts';
import type { Contract, Dependency } from './contract.ts';
import { statusWord } from './status.ts';

type ArtifactDependency = Extract<Dependency, { type: 'artifact' }>;

export const contractDependencies = ({ dependencies = [] }: Contract): string[] =>
  dependencies.flatMap((one) => (one.type === 'contract' ? [one.contractId] : []));

/** Those that are named, and every input without a version: it has to be there before the work begins. */
export const artifactDependencies = ({
  dependencies = [],
  inputs,
}: Contract): ArtifactDependency[] => {
  const named = dependencies.flatMap((one) => (one.type === 'artifact' ? [one] : []));
  const given = (inputs?.artifacts ?? []).flatMap((text): ArtifactDependency[] => {
    const { id, version } = parseRef(text, 'inputs.artifacts');
    return version === undefined ? [{ type: 'artifact', artifactId: id }] : [];
  });
  return [...named, ...given];
};

/** What a condition sees of an artifact. */
export const seenArtifact = (artifact: Artifact): Json => ({
  id: artifact.id,
  version: artifact.version,
  type: artifact.type,
  publisher: artifact.publisher,
  tags: [...(artifact.tags ?? [])],
  ...(artifact.summary !== undefined && { summary: artifact.summary }),
  ...(artifact.contract !== undefined && { contract: artifact.contract }),
});

/** The version that meets a dependency on an artifact; undefined when none does. */
export const metBy = (
  view: View,
  dependency: ArtifactDependency,
  conditions: Conditions,
): string | undefined => {
  const { artifactId, artifactType, minVersion = 1, where } = dependency;
  const ids = artifactId === undefined ? view.latestOfType(artifactType ?? '') : [artifactId];
  for (const id of ids) {
    const latest = view.latest(id);
    if (!latest || latest.version < minVersion) continue;
    if (artifactType !== undefined && latest.type !== artifactType) continue;
    if (where === undefined) return formatRef(id, latest.version);
    const artifact = view.artifact(id, latest.version);
    if (!artifact) continue;
    const values = { data: artifact.data, artifact: seenArtifact(artifact) };
    if (conditions.holds(where, values).holds) return formatRef(id, latest.version);
  }
  return undefined;
};

/** What is missing before the work can begin, in words; nothing when all dependencies are met. */
export const missing = (view: View, contract: Contract, conditions: Conditions): string[] => [
  ...contractDependencies(contract).flatMap((id) => {
    const other = view.contract(id);
    return other?.status === 'completed' ? [] : [`contract ${id} (${stateOf(view, other)})`];
  }),
  ...artifactDependencies(contract).flatMap((dependency) =>
    metBy(view, dependency, conditions) === undefined ? [wanted(view, dependency)] : [],
  ),
];

export const isUnblocked = (view: View, contract: Contract, conditions: Conditions): boolean =>
  contractDependencies(contract).every((id) => view.contract(id)?.status === 'completed') &&
  artifactDependencies(contract).every(
    (dependency) => metBy(view, dependency, conditions) !== undefined,
  );

/** How it stands with something that is waited for; of what waits itself, what stands at the root. */
const stateOf = (view: View, contract: Contract | undefined): string => {
  if (!contract) return 'does not exist';
  const { status, claim, assignee } = contract;
  if (status === 'in_progress' && claim) return `in progress, ${claim.agent}`;
  if (status === 'ready')
    return assignee === undefined ? 'ready, for anyone' : `ready, ${assignee}`;
  const root = status === 'pending' ? rootOf(view, contract) : undefined;
  return root ? `${statusWord(status)} for ${root.id}: ${stateOf(view, root)}` : statusWord(status);
};

/** Along the first contract that is not completed: one that waits for no other contract, or does not wait. */
const rootOf = (view: View, contract: Contract): Contract | undefined => {
  let root: Contract | undefined;
  for (let steps = 0, here: Contract | undefined = contract; here && steps < 100; steps += 1) {
    const next: Contract | undefined = contractDependencies(here)
      .map((id) => view.contract(id))
      .find((one) => one && one.status !== 'completed');
    if (!next) return root;
    root = next;
    here = next.status === 'pending' ? next : undefined;
  }
  return root;
};

const wanted = (view: View, dependency: ArtifactDependency): string => {
  const { artifactId, artifactType, minVersion, where } = dependency;
  const what =
    artifactId === undefined ? `an artifact of type ${artifactType}` : `artifact ${artifactId}`;
  const from = minVersion === undefined ? '' : ` at version ${minVersion} or later`;
  const condition = where === undefined ? '' : ` with ${oneLine(where, 120)}`;
  const latest = artifactId === undefined ? undefined : view.latest(artifactId);
  const now = latest ? `now @${latest.version}` : 'none yet';
  const several = artifactId === undefined && !none(view.latestOfType(artifactType ?? ''));
  return `${what}${from}${condition} (${several ? 'none that fits' : now})`;
};

const none = (ids: Iterable<string>): boolean => {
  for (const _ of ids) return false;
  return true;
};
