import type { Contract } from '../model/contract/contract.ts';
import { isContractEventType, statusOf } from '../model/contract/status.ts';
import type { Artifact, Edge, Entities, Kind } from '../model/entity.ts';
import { formatRef } from '../model/names.ts';
import type { CommitRecord } from './index/records.ts';
import type { Place } from './layout.ts';

type EntityPlace = Extract<Place, { part: 'entity' }>;

/**
 * Why a file says something else than its path and its commit; undefined when they agree. The index believes the commit's message, readers
 * of the file believe the file: whoever reads must learn the same.
 */
export const whyDisagrees = (
  path: string,
  { kind, id }: EntityPlace,
  value: Entities[Kind],
  record: CommitRecord,
): string | undefined => {
  if (kind === 'artifact') return whyOtherVersion(path, id, value as Artifact, record);
  if (kind === 'contract') return whyOtherStatus(path, id, value as Contract, record);
  const name =
    kind === 'agent'
      ? (value as Entities['agent']).name
      : kind === 'type'
        ? (value as Entities['type']).type
        : kind === 'pipeline'
          ? (value as Entities['pipeline']).id
          : id;
  return name === id ? undefined : `${path} says ${name}`;
};

/** The file has the status that the commit's last event of the contract left, as far as that says one. */
const whyOtherStatus = (
  path: string,
  id: string,
  contract: Contract,
  { message }: CommitRecord,
): string | undefined => {
  if (contract.id !== id) return `${path} says ${contract.id}`;
  const told = message.happened.flatMap(({ type, subject }) =>
    subject === id && isContractEventType(type) ? (statusOf(type) ?? []) : [],
  );
  const last = told.at(-1);
  return last === undefined || last === contract.status
    ? undefined
    : `${path} says ${contract.status}, and its events ${last}`;
};

const whyOtherVersion = (
  path: string,
  id: string,
  artifact: Artifact,
  { author, message }: CommitRecord,
): string | undefined => {
  const ref = formatRef(artifact.id, artifact.version);
  // Of several versions in one commit the file is the last. A quarantine names none: it brings back files of earlier commits.
  const told = message.artifacts.findLast((line) => line.ref.startsWith(`${id}@`));
  if (artifact.id !== id || (told && told.ref !== ref)) return `${path} says ${ref}`;
  if (!told) return undefined;
  if (artifact.type !== told.type) return `${path} says type ${artifact.type}`;
  if (artifact.publisher !== author) return `${path} says publisher ${artifact.publisher}`;
  const said = edgesOf(artifact.derivedFrom ?? []);
  return said === edgesOf(told.derivedFrom)
    ? undefined
    : `${path} says derivedFrom ${said === '' ? 'nothing' : said}`;
};

const edgesOf = (edges: readonly Edge[]): string =>
  edges.map(({ ref, how, older }) => `${ref} (${how}${older ? ', older' : ''})`).join(', ');
