import { createHash } from 'node:crypto';

/** Hex object id, 40 or 64 digits by the repository's format. */
export type Oid = string;

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export type GitObject = { readonly oid: Oid; readonly type: ObjectType; readonly body: Buffer };

/** The hash that names a repository's objects: `extensions.objectFormat`. */
export type ObjectFormat = { readonly name: 'sha1' | 'sha256'; readonly bytes: 20 | 32 };

export const sha1: ObjectFormat = { name: 'sha1', bytes: 20 };
export const sha256: ObjectFormat = { name: 'sha256', bytes: 32 };

export const makeObject = (format: ObjectFormat, type: ObjectType, body: Buffer): GitObject => ({
  oid: createHash(format.name).update(`${type} ${body.length}\0`).update(body).digest('hex'),
  type,
  body,
});

export type TreeEntry = { readonly mode: string; readonly name: string; readonly oid: Oid };

export const directoryMode = '40000';
export const fileMode = '100644';

/** The entries of a tree's body: mode, space, name, NUL, binary id, without separators. */
export const parseTree = (format: ObjectFormat, body: Buffer): TreeEntry[] => {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(32, at);
    const end = body.indexOf(0, space);
    if (space < 0 || end < 0) throw new Error('a tree object is cut off');
    const next = end + 1 + format.bytes;
    entries.push({
      mode: body.toString('latin1', at, space),
      name: body.toString('utf8', space + 1, end),
      oid: body.toString('hex', end + 1, next),
    });
    at = next;
  }
  return entries;
};

/** Git orders entries by bytes, directories as if their name ended in "/". */
const sortKey = (entry: TreeEntry): Buffer =>
  Buffer.from(entry.mode === directoryMode ? `${entry.name}/` : entry.name);

export const encodeTree = (entries: readonly TreeEntry[]): Buffer => {
  const keyed = entries.map((entry) => ({ entry, key: sortKey(entry) }));
  keyed.sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(
    keyed.flatMap(({ entry }) => [
      Buffer.from(`${entry.mode} ${entry.name}\0`),
      Buffer.from(entry.oid, 'hex'),
    ]),
  );
};

/** A name and mail address as git takes them: without the characters that end a field. */
export type Person = { readonly name: string; readonly email: string };

export type CommitFields = {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly author: Person;
  readonly committer: Person;
  /** Seconds since 1970. */
  readonly time: number;
  readonly message: string;
};

const stamp = (person: Person, time: number): string =>
  `${clean(person.name)} <${clean(person.email)}> ${Math.max(0, Math.trunc(time))} +0000`;

/** As git cleans an identity: no control characters or angle brackets, no outer white space or punctuation. */
const clean = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f<>]/g, '').replace(/^[\s.,:;"'\\]+|[\s.,:;"'\\]+$/g, ''); // oxlint-disable-line no-control-regex -- they are what is removed

export const encodeCommit = (fields: CommitFields): Buffer =>
  Buffer.from(
    [
      `tree ${fields.tree}`,
      ...fields.parents.map((parent) => `parent ${parent}`),
      `author ${stamp(fields.author, fields.time)}`,
      `committer ${stamp(fields.committer, fields.time)}`,
      '',
      fields.message,
    ].join('\n'),
  );

/** The tree of a commit, by its body. */
export const treeOf = (commit: Buffer): Oid => commit.toString('latin1', 5, commit.indexOf(10));
