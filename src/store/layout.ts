import { createHash } from 'node:crypto';
import type { Kind } from '../model/entity.ts';
import { isId, isSlug } from '../model/names.ts';

export const refPrefix = 'refs/concord/';

export const lineRef = (line: string): string => `${refPrefix}${line}`;

/** First byte of the id's SHA-1 in hex: keeps every directory small, so that a commit writes little at any size of store. */
const shard = (id: string): string => createHash('sha1').update(id).digest('hex').slice(0, 2);

/** Where an entity lies in a line's tree. The one place that knows the layout, for ever. */
export const pathOf = (kind: Kind, id: string): string => {
  switch (kind) {
    case 'concord':
      return 'concord.yaml';
    case 'agent':
      return `agents/${id}.yaml`;
    case 'type':
      return `types/${id}.yaml`;
    case 'artifact':
      return `artifacts/${shard(id)}/${id}.yaml`;
    case 'contract':
      return `contracts/${shard(id)}/${id}.yaml`;
    case 'budget':
      return 'budget.yaml';
    case 'pipeline':
      return `pipelines/${id}.yaml`;
  }
};

/** The directory that holds the attachments of an artifact's latest version. */
export const filesPathOf = (id: string): string => `artifacts/${shard(id)}/${id}.files`;

export type Place =
  | { readonly part: 'entity'; readonly kind: Kind; readonly id: string }
  | { readonly part: 'attachment'; readonly id: string; readonly name: string };

const flat = /^(agents|types)\/([^/]+)\.yaml$/;
const sharded = /^(artifact|contract)s\/[0-9a-f]{2}\/(.+)\.yaml$/;
const attached = /^artifacts\/[0-9a-f]{2}\/(.+)\.files\/([^/]+)$/;

/** What a path of the tree holds; undefined for a path that Concord never writes. */
export const placeOf = (path: string): Place | undefined => {
  const place = parsePlace(path);
  if (!place || !isName(place)) return undefined;
  const back =
    place.part === 'entity'
      ? pathOf(place.kind, place.id)
      : `${filesPathOf(place.id)}/${place.name}`;
  return back === path ? place : undefined;
};

/** Kinds whose names are one word. */
const slugs = new Set<Kind>(['concord', 'agent', 'type', 'budget']);

const isName = (place: Place): boolean =>
  place.part === 'entity' && slugs.has(place.kind) ? isSlug(place.id) : isId(place.id);

const parsePlace = (path: string): Place | undefined => {
  if (path === 'concord.yaml') return { part: 'entity', kind: 'concord', id: 'concord' };
  if (path === 'budget.yaml') return { part: 'entity', kind: 'budget', id: 'budget' };
  const named = flat.exec(path);
  if (named?.[2])
    return { part: 'entity', kind: named[1] === 'agents' ? 'agent' : 'type', id: named[2] };
  const file = attached.exec(path);
  if (file?.[1] && file[2]) return { part: 'attachment', id: file[1], name: file[2] };
  const pipeline = /^pipelines\/(.+)\.yaml$/.exec(path)?.[1];
  if (pipeline) return { part: 'entity', kind: 'pipeline', id: pipeline };
  const [, kind, id = ''] = sharded.exec(path) ?? [];
  return kind === 'artifact' || kind === 'contract' ? { part: 'entity', kind, id } : undefined;
};
