import { describe, expect, test } from 'vitest';
import {
  encodeCommit,
  encodeTree,
  makeObject,
  parseTree,
  sha1,
  sha256,
} from '../../src/store/object.ts';
import { git, tempRepository } from '../helpers/repository.ts';
import { gitWith } from '../helpers/scratch.ts';

describe.each([
  ['SHA-1', sha1],
  ['SHA-256', sha256],
])('objects in %s', (_, format) => {
  const repository = () => tempRepository(`--object-format=${format.name}`);

  test('have the ids that git gives them', () => {
    const directory = repository();
    for (const text of ['', 'x', 'ä\0\n', 'y'.repeat(70_000)]) {
      const { oid } = makeObject(format, 'blob', Buffer.from(text));
      expect(oid).toBe(gitWith(directory, text, ['hash-object', '--stdin']));
    }
  });

  test('trees are sorted as git sorts them, and read back', () => {
    const directory = repository();
    const { oid } = makeObject(format, 'blob', Buffer.from('x'));
    gitWith(directory, 'x', ['hash-object', '-w', '--stdin']);
    // A directory counts as if its name ended in "/": between "." and "0".
    const files = ['a.yaml', 'a/b', 'a0', 'A', 'a-b', 'ü', 'z/y/x', 'a.files/n'];
    for (const name of files)
      gitWith(directory, '', ['update-index', '--add', '--cacheinfo', `100644,${oid},${name}`]);
    const root = gitWith(directory, '', ['write-tree']);
    const listed = git(directory, '-c', 'core.quotePath=off', 'ls-tree', root)
      .split('\n')
      .map((line) => /^(\d+) \w+ (\w+)\t(.*)$/.exec(line) ?? []);
    const entries = listed.map(([, mode = '', id = '', name = '']) => ({
      mode: mode.replace(/^0/, ''),
      oid: id,
      name,
    }));
    const tree = makeObject(format, 'tree', encodeTree(entries.toReversed()));
    expect(tree.oid).toBe(root);
    expect(parseTree(format, tree.body)).toEqual(entries);
    expect(() => parseTree(format, Buffer.from('100644 name'))).toThrow('cut off');
  });

  test.each([
    ['Ann Lee', 'ann@example.com', 1_700_000_000],
    [' <A>\n"B". ', '<a\u0000@b>', 0],
    ['', '', -5],
    ['ünï\tcode', 'x', 1.9],
  ])('commits by %j <%j> at %d pass fsck', (name, email, time) => {
    const directory = repository();
    const tree = gitWith(directory, '', ['mktree']);
    const person = { name, email };
    const fields = {
      tree,
      parents: [git(directory, 'rev-parse', 'HEAD')],
      author: person,
      committer: person,
    };
    const commit = makeObject(
      format,
      'commit',
      encodeCommit({ ...fields, time, message: 'text\n\nbody\n' }),
    );
    const args = ['hash-object', '-t', 'commit', '-w', '--stdin'];
    expect(gitWith(directory, commit.body.toString('latin1'), args)).not.toBe('');
    const stored = gitWith(directory, commit.body.toString('utf8'), args);
    expect(stored).toBe(commit.oid);
    git(directory, 'update-ref', 'refs/heads/made', stored);
    expect(git(directory, 'fsck', '--strict', '--full', '--no-dangling')).toBe('');
    expect(git(directory, 'log', '-1', '--format=%at|%B', stored)).toBe(
      `${Math.max(0, Math.trunc(time))}|text\n\nbody`,
    );
  });
});
