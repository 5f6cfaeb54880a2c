import type { Artifact, Edge, Entities, Kind } from '../model/entity.ts';
import { formatRef } from '../model/names.ts';
import type { CommitRecord } from './index/facts.ts';
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
  const name =
    kind === 'agent'
      ? (value as Entities['agent']).name
      : kind === 'type'
        ? (value as Entities['type']).type
        : id;
  return name === id ? undefined : `${path} says ${name}`;
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
