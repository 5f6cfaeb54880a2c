import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeObject, sha1, sha256 } from '../../src/store/object.ts';
import type { GitObject } from '../../src/store/object.ts';
import { encodePack } from '../../src/store/pack.ts';
import { storePack } from '../../src/store/pack-file.ts';
import { openRepository } from '../../src/store/repository.ts';
import { git, tempDirectory, tempRepository } from '../helpers/repository.ts';
import '../helpers/store.ts';

const sizes = [0, 1, 15, 16, 17, 2047, 2048, 2049, 262_143, 262_144, 1024 * 1024];

/** Bytes that do not compress, the same in every run. */
const noise = (size: number): Buffer => {
  const bytes = Buffer.alloc(size);
  for (let at = 0, state = size + 1; at < size; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
};

describe.each([
  ['SHA-1', sha1],
  ['SHA-256', sha256],
])('packs in %s', (_, format) => {
  const repository = () => tempRepository('--bare', `--object-format=${format.name}`);

  const judged = (objects: readonly GitObject[]): void => {
    const directory = repository();
    const { name, pack, index } = encodePack(format, objects);
    const folder = join(directory, 'objects/pack');
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `pack-${name}.pack`);
    writeFileSync(path, pack);
    // git's own index of the pack is ours, byte for byte.
    const theirs = join(tempDirectory(), 'theirs.idx');
    git(directory, 'index-pack', '--strict', '-o', theirs, path);
    expect(readFileSync(theirs).equals(index)).toBe(true);
    writeFileSync(path.replace(/pack$/, 'idx'), index);
    const listed = git(directory, 'verify-pack', '-v', path).split('\n');
    for (const { oid, type, body } of objects)
      expect(listed).toContainEqual(
        expect.stringMatching(new RegExp(`^${oid} ${type} +${body.length} `)),
      );
    expect(git(directory, 'fsck', '--strict', '--full', '--no-dangling')).toBe('');
  };

  test.each(sizes)('of one object of %i bytes', (size) => {
    judged([makeObject(format, 'blob', noise(size))]);
    judged([makeObject(format, 'blob', Buffer.alloc(size, 'a'))]);
  });

  test('of many objects', () => {
    const objects = Array.from({ length: 700 }, (_value, at) =>
      makeObject(format, 'blob', Buffer.from(`object ${at}\n`.repeat(at % 40))),
    );
    judged([...new Map(objects.map((object) => [object.oid, object])).values()]);
  });

  test('of nothing', () => judged([]));

  test('stored beside others are whole, kept while wanted, and leave nothing else', async () => {
    const directory = repository();
    const store = await openRepository(directory);
    const object = makeObject(format, 'blob', Buffer.from('kept'));
    const first = storePack(store, [object]);
    expect(first.kept()).toBe(true);
    git(directory, 'gc', '-q', '--prune=now');
    git(directory, 'repack', '-a', '-d', '-q');
    expect(git(directory, 'cat-file', 'blob', object.oid)).toBe('kept');
    first.release();
    expect(first.kept()).toBe(false);
    expect(git(directory, 'cat-file', 'blob', object.oid)).toBe('kept');
    // The same objects once more, as after a lost race: never under the name that a repack may be about to delete.
    storePack(store, [object]).release();
    const files = readdirSync(join(directory, 'objects/pack')).map((name) =>
      name.replace(/.*\./, '.'),
    );
    expect(files.sort()).toEqual(['.idx', '.idx', '.pack', '.pack']);
    expect(git(directory, 'count-objects', '-v')).toContain('garbage: 0');
  });
});
