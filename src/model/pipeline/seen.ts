import type { Contract } from '../contract/contract.ts';
import { seenContract } from '../contract/deliver.ts';
import { seenArtifact } from '../contract/dependency.ts';
import { eventLine, isContractEvent } from '../event.ts';
import type { Event, Published } from '../event.ts';
import type { Artifact, Edge } from '../entity.ts';
import type { Json, JsonObject } from '../json.ts';
import { formatRef, splitRef } from '../names.ts';
import type { View } from '../view.ts';
import { staleTrigger } from './pipeline.ts';

/** Something a rule may look at: an event, or a version that an event has put out of date. */
export type Happening = {
  readonly type: string;
  readonly subject: string;
  readonly artifact?: Artifact | undefined;
  readonly contract?: Contract | undefined;
  readonly reason?: string | undefined;
  /** The version that led to it. */
  readonly cause?: string | undefined;
};

export const happeningOf = (event: Event, view: View): Happening => {
  const line = eventLine(event);
  const base = { type: event.type, subject: line.slice(event.type.length + 1) };
  if (isContractEvent(event)) {
    const { contract, reason, cause } = event;
    return { ...base, contract, reason, cause };
  }
  if (event.type === 'usage-recorded') {
    const { contract } = event.usage;
    return { ...base, contract: contract === undefined ? undefined : view.contract(contract) };
  }
  if (event.type !== 'artifact-published') return base;
  const { artifact } = event;
  return {
    ...base,
    artifact,
    contract: artifact.contract === undefined ? undefined : view.contract(artifact.contract),
    cause: formatRef(artifact.id, artifact.version),
  };
};

/** The latest versions that were made from the one before this, and from nothing newer. */
export const outdatedBy = (event: Event, view: View): Happening[] => {
  if (event.type !== 'artifact-published') return [];
  const { id, version } = event.artifact;
  const cause = formatRef(id, version);
  const edges = new Map<string, Edge>();
  for (const earlier of saidBefore(view, event))
    for (const edge of view.madeFrom(earlier))
      // Of several inputs that said the same, the newest counts; a look counts never.
      if (edge.how !== 'read' && !edges.has(edge.ref)) edges.set(edge.ref, edge);
  return [...edges.values()].flatMap(({ ref, older }): Happening[] => {
    const artifact = older ? undefined : latestOf(view, ref);
    // A version made from itself, or already from the newer one, is not out of date by it; nor is what the newer one was made from.
    if (!artifact || artifact.id === id) return [];
    if (artifact.derivedFrom?.some((edge) => edge.ref === cause)) return [];
    if (isMadeFrom(view, event.artifact, ref)) return [];
    const contract = artifact.contract === undefined ? undefined : view.contract(artifact.contract);
    return [{ type: staleTrigger, subject: ref, artifact, contract, cause }];
  });
};

/** The versions before this one, as far back as they said the same; none when it says what they said. */
function* saidBefore(view: View, { artifact: { id, version }, content }: Published) {
  let before = view.before(id, version);
  const said = before === undefined ? content : view.content(id, before);
  while (said !== content && before !== undefined && view.content(id, before) === said) {
    yield formatRef(id, before);
    before = view.before(id, before);
  }
}

/** So many versions are looked at to find out what one was made from. */
const ancestors = 200;

const isMadeFrom = (view: View, { derivedFrom = [] }: Artifact, ancestor: string): boolean => {
  const seen = new Set(derivedFrom.map(({ ref }) => ref));
  for (const ref of seen) {
    if (seen.has(ancestor) || seen.size > ancestors) break;
    const { id, version } = splitRef(ref);
    for (const edge of view.artifact(id, version)?.derivedFrom ?? []) seen.add(edge.ref);
  }
  return seen.has(ancestor);
};

const latestOf = (view: View, ref: string): Artifact | undefined => {
  const { id, version } = splitRef(ref);
  return view.latest(id)?.version === version ? view.artifact(id, version) : undefined;
};

/** What conditions and texts of a rule see. */
export const variablesOf = (
  happening: Happening,
  view: View,
  { agent, time }: { readonly agent: string; readonly time: string },
): JsonObject => {
  const { type, subject, artifact, contract, reason, cause } = happening;
  const earlier = artifact && view.before(artifact.id, artifact.version);
  const previous =
    artifact && earlier !== undefined ? view.artifact(artifact.id, earlier) : undefined;
  const event: Json = {
    type,
    subject,
    agent,
    time,
    ...(reason !== undefined && { reason }),
    ...(cause !== undefined && { cause }),
  };
  return {
    data: artifact?.data ?? {},
    artifact: artifact ? withRef(artifact) : {},
    contract: contract
      ? { ...(seenContract(contract) as JsonObject), status: contract.status }
      : {},
    event,
    previous: previous ? { ...withRef(previous), data: previous.data } : {},
  };
};

const withRef = (artifact: Artifact): JsonObject => ({
  ...(seenArtifact(artifact) as JsonObject),
  ref: formatRef(artifact.id, artifact.version),
});
