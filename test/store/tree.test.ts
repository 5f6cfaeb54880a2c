import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileMode, makeObject, sha1, sha256 } from '../../src/store/object.ts';
import type { Oid } from '../../src/store/object.ts';
import { editTree, Missing } from '../../src/store/tree.ts';
import type { Edit } from '../../src/store/tree.ts';
import { tempRepository } from '../helpers/repository.ts';
import { gitWith } from '../helpers/scratch.ts';

const segment = fc.constantFrom('a', 'b', 'a.b', 'a-b', 'a0', 'ab', '3f');
const path = fc
  .array(segment, { minLength: 1, maxLength: 4 })
  .map((names) => `${names.join('/')}.yaml`);
const edit = fc.record({ path, text: fc.option(fc.constantFrom('x', 'y', 'z')) });
const batches = fc.array(fc.array(edit, { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 6,
});

test.each([
  ['SHA-1', sha1],
  ['SHA-256', sha256],
])('random edits give the tree that git makes of the same files: %s', (_, format) => {
  const directory = tempRepository(`--object-format=${format.name}`);
  for (const text of ['x', 'y', 'z']) gitWith(directory, text, ['hash-object', '-w', '--stdin']);
  const byGit = (files: ReadonlyMap<string, Oid>): Oid => {
    gitWith(directory, '', ['read-tree', '--empty']);
    const lines = [...files].map(([name, oid]) => `100644 ${oid}\t${name}\n`);
    gitWith(directory, lines.join(''), ['update-index', '--index-info']);
    return gitWith(directory, '', ['write-tree']);
  };
  const check = (history: readonly (readonly { path: string; text: string | null }[])[]): void => {
    const files = new Map<string, Oid>();
    const trees = new Map<Oid, Buffer>();
    let root: Oid | undefined;
    for (const batch of history) {
      const last = new Map(batch.map(({ path: name, text }) => [name, text]));
      const edits: Edit[] = [...last].map(([name, text]) => {
        const oid = text === null ? undefined : makeObject(format, 'blob', Buffer.from(text)).oid;
        if (oid === undefined) files.delete(name);
        else files.set(name, oid);
        return { path: name, value: oid === undefined ? null : { oid, directory: false } };
      });
      const result = editTree(format, root, edits, (oid) => {
        const body = trees.get(oid);
        if (!body) throw new Missing(oid);
        return body;
      });
      for (const object of result.objects) trees.set(object.oid, object.body);
      root = result.root;
    }
    expect(root).toBe(byGit(files));
  };
  fc.assert(fc.property(batches, check), { numRuns: 40 });
});

test('a whole directory takes the place of what stood there, and goes again', () => {
  const directory = tempRepository();
  const blob = gitWith(directory, 'x', ['hash-object', '-w', '--stdin']);
  const inner = editTree(
    sha1,
    undefined,
    [{ path: 'n.txt', value: { oid: blob, directory: false } }],
    () => Buffer.alloc(0),
  );
  const trees = new Map(inner.objects.map(({ oid, body }) => [oid, body]));
  const read = (oid: Oid): Buffer => trees.get(oid) ?? Buffer.alloc(0);
  const edits = [
    { path: 'artifacts/3f/a.yaml', value: { oid: blob, directory: false } },
    { path: 'artifacts/3f/a.files', value: { oid: inner.root, directory: true } },
  ];
  const made = editTree(sha1, undefined, edits, read);
  for (const { oid, body } of made.objects) trees.set(oid, body);
  gitWith(directory, '', ['read-tree', '--empty']);
  for (const name of ['artifacts/3f/a.yaml', 'artifacts/3f/a.files/n.txt'])
    gitWith(directory, '', ['update-index', '--add', '--cacheinfo', `${fileMode},${blob},${name}`]);
  expect(made.root).toBe(gitWith(directory, '', ['write-tree']));
  const gone = editTree(sha1, made.root, [{ path: 'artifacts/3f/a.files', value: null }], read);
  gitWith(directory, '', ['update-index', '--force-remove', 'artifacts/3f/a.files/n.txt']);
  expect(gone.root).toBe(gitWith(directory, '', ['write-tree']));
  const empty = editTree(
    sha1,
    gone.root,
    [{ path: 'artifacts/3f/a.yaml', value: null }],
    (oid) =>
      trees.get(oid) ?? gone.objects.find((object) => object.oid === oid)?.body ?? Buffer.alloc(0),
  );
  expect(empty.root).toBe(gitWith(directory, '', ['mktree']));
});

test('a tree that is not in memory is asked for by its id', () => {
  const missing = 'e'.repeat(40);
  const call = () =>
    editTree(sha1, missing, [{ path: 'a', value: null }], (oid) => {
      throw new Missing(oid);
    });
  expect(call).toThrow(expect.objectContaining({ oid: missing }));
});
