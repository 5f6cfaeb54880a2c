import type { Contract } from './contract.ts';
import { filesOf } from './files.ts';
import { artifactDependencies, contractDependencies } from './dependency.ts';
import { splitRef } from '../names.ts';

/** A list that a contract stands in, and where in it. */
export type Key = readonly [list: string, place: string];

/** The lists by which contracts are found. Each is a name; its members are in order of their places. */
export const lists = {
  /** By priority, then age. */
  status: (status: string) => `status ${status}`,
  /** Ready ones for this agent or role, `*` for anyone: by priority, then age. */
  ready: (assignee: string) => `ready ${assignee}`,
  /** Ready ones for this agent or role that expect an artifact of the type. */
  readyFor: (assignee: string, type: string) => `ready ${assignee} for ${type}`,
  /** Those for this agent or role, `*` for anyone, of one status. */
  assigned: (assignee: string, status: string) => `assigned ${assignee} ${status}`,
  /** Held by this agent, oldest claim first. */
  held: (agent: string) => `held ${agent}`,
  /** In progress, by the end of their lease. */
  lease: 'lease',
  /** Those that depend on this contract, whatever their status but cancelled. */
  needsContract: (id: string) => `needs contract ${id}`,
  /** Waiting or ready ones that need this artifact, or any of this type. */
  needsArtifact: (id: string) => `needs artifact ${id}`,
  needsType: (type: string) => `needs type ${type}`,
  /** Those that are to publish this artifact. */
  makes: (id: string) => `makes ${id}`,
  /** Reopened by a pipeline because of a version of this artifact. */
  causedBy: (id: string) => `caused by ${id}`,
  /** In progress, and it says which files it changes. */
  files: 'files',
  /** In progress with a version of this artifact pinned. */
  pins: (id: string) => `pins ${id}`,
} as const;

const high = 1_000_000;

/** All lists that a contract stands in: what every index of contracts is made of. */
export const keysOf = (contract: Contract): readonly Key[] => {
  const { id, status, claim } = contract;
  const place = `${String(high - (contract.priority ?? 0)).padStart(7, '0')} ${contract.created} ${id}`;
  const assignee = contract.assignee ?? '*';
  const keys: Key[] = [
    [lists.status(status), place],
    [lists.assigned(assignee, status), place],
  ];
  if (status === 'ready') {
    keys.push([lists.ready(assignee), place]);
    for (const type of new Set(contract.expectedOutputs?.map((one) => one.artifactType)))
      keys.push([lists.readyFor(assignee, type), place]);
  }
  if (status === 'in_progress' && claim) {
    keys.push([lists.held(claim.agent), `${claim.since} ${id}`]);
    if (claim.expires !== undefined) keys.push([lists.lease, `${claim.expires} ${id}`]);
    if (filesOf(contract).length > 0) keys.push([lists.files, id]);
    for (const { ref } of claim.inputs ?? []) keys.push([lists.pins(splitRef(ref).id), id]);
  }
  if (status === 'cancelled') return keys;
  if (contract.healing) keys.push([lists.causedBy(splitRef(contract.healing.cause).id), id]);
  for (const other of contractDependencies(contract)) keys.push([lists.needsContract(other), id]);
  for (const { artifactId } of contract.expectedOutputs ?? [])
    if (artifactId !== undefined) keys.push([lists.makes(artifactId), id]);
  if (status === 'pending' || status === 'ready')
    for (const { artifactId, artifactType } of artifactDependencies(contract)) {
      if (artifactId !== undefined) keys.push([lists.needsArtifact(artifactId), id]);
      else if (artifactType !== undefined) keys.push([lists.needsType(artifactType), id]);
    }
  return keys;
};

/** The id at the end of a place. */
export const idOfPlace = (place: string): string => place.slice(place.lastIndexOf(' ') + 1);
