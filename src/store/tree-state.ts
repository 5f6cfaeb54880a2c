import type { Entities, Kind } from '../model/entity.ts';
import { decode } from './codec.ts';
import { readTreeFiles } from './history.ts';
import { pathOf, placeOf } from './layout.ts';
import type { Oid } from './object.ts';
import type { Objects } from './objects.ts';
import type { Repository } from './repository.ts';

type Names = ReadonlyMap<string, Oid>;

/** What a commit's tree holds, by name: the file of each entity, and the attachments of each artifact. */
export type TreeState = {
  readonly entities: { readonly [K in Kind]: Names };
  readonly attachments: ReadonlyMap<string, Readonly<Record<string, Oid>>>;
};

/** The state at any commit of any line, from git alone. */
export const readTreeState = async (repository: Repository, commit: Oid): Promise<TreeState> => {
  const kinds: Kind[] = ['concord', 'agent', 'type', 'artifact', 'contract', 'pipeline', 'budget'];
  const entities = Object.fromEntries(kinds.map((kind) => [kind, new Map<string, Oid>()])) as {
    readonly [K in Kind]: Map<string, Oid>;
  };
  const attachments = new Map<string, Record<string, Oid>>();
  for (const { path, oid } of await readTreeFiles(repository, commit)) {
    const place = placeOf(path);
    if (!place || oid === undefined) continue;
    if (place.part === 'entity') entities[place.kind].set(place.id, oid);
    else attachments.set(place.id, { ...attachments.get(place.id), [place.name]: oid });
  }
  return { entities, attachments };
};

/** The entities of these files, by file. */
export const readEntities = async <K extends Kind>(
  objects: Objects,
  kind: K,
  files: Iterable<readonly [id: string, oid: Oid]>,
): Promise<ReadonlyMap<Oid, Entities[K]>> => {
  const names = new Map([...files].map(([id, oid]) => [oid, id]));
  const found = await objects.readAll([...names.keys()]);
  const read = [...names].map(([oid, id], at) => {
    const body = found[at]?.body ?? Buffer.alloc(0);
    return [oid, decode(kind, body, pathOf(kind, id))] as const;
  });
  return new Map(read);
};
