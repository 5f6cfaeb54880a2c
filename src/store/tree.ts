import { directoryMode, encodeTree, fileMode, makeObject, parseTree } from './object.ts';
import type { GitObject, ObjectFormat, Oid, TreeEntry } from './object.ts';

/** Thrown where an object is needed that is not in memory: the caller loads it and runs again. */
export class Missing extends Error {
  readonly oid: Oid;
  constructor(oid: Oid) {
    super(`object ${oid} is not loaded`);
    this.oid = oid;
  }
}

/** A file or a whole directory that takes the place of what stood at `path`; null takes it away. */
export type Edit = {
  readonly path: string;
  readonly value: { readonly oid: Oid; readonly directory: boolean } | null;
};

export type TreeResult = {
  readonly root: Oid;
  /** New trees, each once. */
  readonly objects: readonly GitObject[];
  /** Trees on the edited paths that the new ones replace. */
  readonly replaced: readonly Oid[];
};

/** Writes the edits into the tree `root` (none: an empty one) and returns the new trees. Reads only the trees on the edited paths. */
export const editTree = (
  format: ObjectFormat,
  root: Oid | undefined,
  edits: readonly Edit[],
  read: (oid: Oid) => Buffer,
): TreeResult => {
  const objects = new Map<Oid, GitObject>();
  const replaced: Oid[] = [];
  const write = (oid: Oid | undefined, here: readonly Step[]): Oid | undefined => {
    const entries = new Map<string, TreeEntry>();
    if (oid !== undefined) {
      for (const entry of parseTree(format, read(oid))) entries.set(entry.name, entry);
      replaced.push(oid);
    }
    for (const [name, steps] of byFirstName(here)) {
      const entry = step(name, steps, entries.get(name), write);
      if (entry) entries.set(name, entry);
      else entries.delete(name);
    }
    if (entries.size === 0) return undefined;
    const object = makeObject(format, 'tree', encodeTree([...entries.values()]));
    objects.set(object.oid, object);
    return object.oid;
  };
  const steps = edits.map(({ path, value }) => ({ names: path.split('/'), value }));
  const empty = makeObject(format, 'tree', Buffer.alloc(0));
  const made = write(root, steps);
  if (made === undefined) objects.set(empty.oid, empty);
  return {
    root: made ?? empty.oid,
    objects: [...objects.values()],
    replaced: replaced.filter((oid) => !objects.has(oid)),
  };
};

type Step = { readonly names: readonly string[]; readonly value: Edit['value'] };

const byFirstName = (steps: readonly Step[]): Map<string, Step[]> => {
  const groups = new Map<string, Step[]>();
  for (const { names, value } of steps) {
    const [first = '', ...rest] = names;
    groups.set(first, [...(groups.get(first) ?? []), { names: rest, value }]);
  }
  return groups;
};

const step = (
  name: string,
  steps: readonly Step[],
  before: TreeEntry | undefined,
  write: (oid: Oid | undefined, steps: readonly Step[]) => Oid | undefined,
): TreeEntry | undefined => {
  const whole = steps.find(({ names }) => names.length === 0);
  if (whole)
    return whole.value
      ? { mode: whole.value.directory ? directoryMode : fileMode, name, oid: whole.value.oid }
      : undefined;
  const oid = write(before?.mode === directoryMode ? before.oid : undefined, steps);
  return oid === undefined ? undefined : { mode: directoryMode, name, oid };
};
