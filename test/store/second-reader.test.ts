import fs from 'node:fs';
import { join } from 'node:path';
import * as iso from 'isomorphic-git';
import { expect, test } from 'vitest';
import { fold } from '../../src/store/fold.ts';
import { git, tempRepository } from '../helpers/repository.ts';
import { newStore, put } from '../helpers/store.ts';

// A second implementation of git must be able to read all we write: packs, indexes, trees, commits, refs.
test('another implementation of git reads the same history, trees and files', async () => {
  const directory = tempRepository();
  const store = await newStore(directory);
  for (let n = 1; n <= 12; n += 1) {
    const attachments = n % 4 === 0 ? [{ name: 'log.bin', bytes: Buffer.from([0, 255, n]) }] : [];
    await put(
      store,
      n % 2 ? 'api' : `auth/part-${n}`,
      { n, text: 'ünïcode\n'.repeat(n) },
      { attachments },
    );
    if (n === 8) await fold(store.repository);
  }
  const gitdir = join(directory, '.git');
  const ref = 'refs/concord/main';
  const commits = await iso.log({ fs, gitdir, ref });
  expect(commits.map(({ oid }) => oid)).toEqual(git(directory, 'rev-list', ref).split('\n'));
  expect(commits[0]?.commit.message).toBe(`${git(directory, 'log', '-1', '--format=%B', ref)}\n`);
  const tip = commits[0]?.oid ?? '';
  const files = git(directory, 'ls-tree', '-r', ref).split('\n');
  expect(files.map((line) => line.split('\t')[1])).toContain('concord.yaml');
  for (const line of files) {
    const [, , oid, filepath = ''] = line.split(/[ \t]/);
    const { blob } = await iso.readBlob({ fs, gitdir, oid: tip, filepath });
    expect((await iso.hashBlob({ object: blob })).oid, filepath).toBe(oid);
  }
});
