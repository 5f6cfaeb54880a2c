import { spawnSync } from 'node:child_process';
import fs, { existsSync, linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { cursorRef, moveCursor, readCursor } from '../../src/store/cursor.ts';
import type { Cursor } from '../../src/store/cursor.ts';
import { ownerFile } from '../../src/store/lock-owner.ts';
import { Objects } from '../../src/store/objects.ts';
import { mayMoveInProcess } from '../../src/store/refs.ts';
import { openRepository } from '../../src/store/repository.ts';
import type { Repository } from '../../src/store/repository.ts';
import { git, gitEnv, tempRepository } from '../helpers/repository.ts';
import { gitWith } from '../helpers/scratch.ts';
import { fsck } from '../helpers/store.ts';

type Given = {
  readonly directory: string;
  readonly repository: Repository;
  readonly objects: Objects;
  readonly commit: string;
};

const main = 'refs/concord/main';
const ref = 'refs/concord/inbox/main/ann';

const given = async (...initArgs: readonly string[]): Promise<Given> => {
  const directory = tempRepository(...initArgs);
  const commit = git(directory, 'rev-parse', 'HEAD');
  git(directory, 'update-ref', main, commit);
  const repository = await openRepository(directory);
  return { directory, repository, objects: reader(repository), commit };
};

const reader = (repository: Repository): Objects => {
  const objects = new Objects(repository.gitDir);
  onTestFinished(() => objects.close());
  return objects;
};

/** A repository whose refs are files, but moved by git. */
const byGit = async (): Promise<Given> => {
  const at = await given();
  git(at.directory, 'config', 'core.logAllRefUpdates', 'always');
  const repository = await openRepository(at.directory);
  return { ...at, repository };
};

/** What somebody finds who has not written it. */
const read = ({ repository }: Given, line = 'main', agent = 'ann'): ReturnType<typeof readCursor> =>
  readCursor(repository, reader(repository), line, agent);

const move = (
  { repository, objects }: Given,
  cursor: Cursor,
  from: string | undefined,
  line = 'main',
  agent = 'ann',
): Promise<boolean> => moveCursor(repository, objects, line, agent, cursor, from);

const oidOf = async (at: Given): Promise<string | undefined> => (await read(at))?.oid;

const packFiles = ({ repository }: Given, ending: string): string[] =>
  readdirSync(join(repository.gitDir, 'objects/pack')).filter((name) => name.endsWith(ending));

const hasReftables = /ref-format/.test(
  spawnSync('git', ['init', '-h'], { env: gitEnv, encoding: 'utf8' }).stdout,
);

const kinds: [name: string, make: () => Promise<Given>, inProcess: boolean][] = [
  ['in this process, SHA-1', () => given(), true],
  ['in this process, SHA-256', () => given('--object-format=sha256'), true],
  ['by git', byGit, false],
];
if (hasReftables) kinds.push(['in reftables', () => given('--ref-format=reftable'), false]);

describe.each(kinds)('a cursor moved %s', (_, make, inProcess) => {
  test('stands beside the line, loose and packed, and git finds nothing wrong', async () => {
    const at = await make();
    const { directory, commit } = at;
    expect(mayMoveInProcess(at.repository)).toBe(inProcess);
    expect(await read(at)).toBeUndefined();
    expect(await move(at, { commit, item: 0 }, undefined)).toBe(true);
    const first = await read(at);
    expect(first?.cursor).toEqual({ commit, item: 0 });
    expect(git(directory, 'rev-parse', ref)).toBe(first?.oid);
    expect(git(directory, 'cat-file', 'blob', ref)).toBe(`{"commit":"${commit}","item":0}`);
    expect(git(directory, 'rev-parse', main)).toBe(commit);

    git(directory, 'pack-refs', '--all');
    expect(await read(at)).toEqual(first);
    expect(await move(at, { commit, item: 7 }, first?.oid)).toBe(true);
    expect((await read(at))?.cursor).toEqual({ commit, item: 7 });

    git(directory, 'update-ref', 'refs/concord/replay/x', commit);
    for (const agent of ['ann', 'bob'])
      expect(await move(at, { commit, item: 1 }, undefined, 'replay/x', agent)).toBe(true);
    expect(await move(at, { commit, item: 2 }, undefined, 'main', 'bob')).toBe(true);
    git(directory, 'gc', '-q', '--prune=now');
    expect((await read(at))?.cursor).toEqual({ commit, item: 7 });
    expect((await read(at, 'replay/x', 'bob'))?.cursor).toEqual({ commit, item: 1 });
    expect(git(directory, 'for-each-ref', '--format=%(refname)', 'refs/concord')).toBe(
      [
        ref,
        'refs/concord/inbox/main/bob',
        'refs/concord/inbox/replay/x/ann',
        'refs/concord/inbox/replay/x/bob',
        main,
        'refs/concord/replay/x',
      ].join('\n'),
    );
    expect(fsck(directory)).toBe('');
    expect(packFiles(at, '.keep')).toEqual([]);
    // The lines go on beside it.
    git(directory, 'update-ref', main, git(directory, 'commit-tree', '-m', 'x', 'HEAD^{tree}'));
  });

  test('moves only from where it is believed to stand', async () => {
    const at = await make();
    const { commit } = at;
    const other = gitWith(at.directory, 'other', ['hash-object', '-w', '--stdin']);
    expect(await move(at, { commit, item: 1 }, other)).toBe(false);
    expect(await read(at)).toBeUndefined();
    expect(await move(at, { commit, item: 1 }, undefined)).toBe(true);
    const first = await oidOf(at);
    expect(await move(at, { commit, item: 1 }, undefined)).toBe(false);
    expect(await move(at, { commit, item: 2 }, other)).toBe(false);
    expect(await move(at, { commit, item: 2 }, undefined)).toBe(false);
    expect(await oidOf(at)).toBe(first);
    const packs = packFiles(at, '.pack');
    expect(await move(at, { commit, item: 1 }, first)).toBe(true);
    expect(packFiles(at, '.pack')).toEqual(packs);
  });

  test('by several at once goes where one of them said', async () => {
    const at = await make();
    const { repository, commit } = at;
    let from: string | undefined;
    for (let round = 0; round < 5; round += 1) {
      const items = [1, 2, 3, 4].map((mover) => 10 * round + mover);
      const moved = await Promise.all(
        items.map((item) =>
          moveCursor(repository, reader(repository), 'main', 'ann', { commit, item }, from),
        ),
      );
      expect(moved.filter(Boolean)).toHaveLength(1);
      const now = await read(at);
      expect(now?.cursor).toEqual({ commit, item: items[moved.indexOf(true)] });
      from = now?.oid;
    }
    expect(fsck(at.directory)).toBe('');
    expect(packFiles(at, '.keep')).toEqual([]);
  });

  test('is no cursor where the ref holds something else, and can be moved from it', async () => {
    const at = await make();
    const { directory, commit } = at;
    const [short, long] = ['a'.repeat(40), 'a'.repeat(64)];
    const texts = [
      '',
      'garbage',
      '[]',
      'null',
      `"${commit}"`,
      JSON.stringify({ commit }),
      JSON.stringify({ commit, item: '1' }),
      JSON.stringify({ commit, item: -1 }),
      JSON.stringify({ commit, item: 1.5 }),
      JSON.stringify({ commit, item: 1e300 }),
      JSON.stringify({ commit: commit.length === 40 ? long : short, item: 1 }),
      JSON.stringify({ commit: 'g'.repeat(commit.length), item: 1 }),
      JSON.stringify({ commit: `--${commit.slice(2)}`, item: 1 }),
      JSON.stringify({ commit, item: 1, more: 'x'.repeat(2_000) }),
    ];
    const blobs = texts.map((text) => gitWith(directory, text, ['hash-object', '-w', '--stdin']));
    const tree = git(directory, 'rev-parse', 'HEAD^{tree}');
    for (const oid of [...blobs, commit, tree]) {
      git(directory, 'update-ref', ref, oid);
      expect([oid, await read(at)]).toEqual([oid, undefined]);
      expect(await move(at, { commit, item: 1 }, undefined)).toBe(false);
      expect(git(directory, 'rev-parse', ref)).toBe(oid);
    }
    expect(await move(at, { commit, item: 1 }, tree)).toBe(true);
    expect((await read(at))?.cursor).toEqual({ commit, item: 1 });
  });

  test('is taken with spaces and words of later releases', async () => {
    const at = await make();
    const { directory, commit } = at;
    const text = JSON.stringify({ later: true, item: 3, commit }, null, 2);
    const oid = gitWith(directory, text, ['hash-object', '-w', '--stdin']);
    git(directory, 'update-ref', ref, oid);
    expect(await read(at)).toEqual({ cursor: { commit, item: 3 }, oid });
  });

  test('is never moved through a symbolic ref', async () => {
    const at = await make();
    const { directory, commit } = at;
    git(directory, 'symbolic-ref', ref, 'refs/heads/trunk');
    await expect(read(at)).rejects.toMatchObject({ code: 'STORAGE' });
    for (const from of [undefined, commit])
      await expect(move(at, { commit, item: 1 }, from)).rejects.toMatchObject({ code: 'STORAGE' });
    expect(git(directory, 'symbolic-ref', ref)).toBe('refs/heads/trunk');
    expect(git(directory, 'rev-parse', 'refs/heads/trunk')).toBe(commit);
  });

  test('is refused where another ref has its place', async () => {
    const at = await make();
    const { directory, commit } = at;
    for (const taken of ['refs/concord/inbox/main', `${ref}/x`]) {
      git(directory, 'update-ref', taken, commit);
      expect(await read(at)).toBeUndefined();
      await expect(move(at, { commit, item: 1 }, undefined)).rejects.toMatchObject({
        code: 'STORAGE',
      });
      git(directory, 'update-ref', '-d', taken);
    }
    expect(await move(at, { commit, item: 1 }, undefined)).toBe(true);
    expect(packFiles(at, '.keep')).toEqual([]);
  });
});

test('a cursor is moved by git where more than a file has to know of it', async () => {
  const at = await byGit();
  expect(await move(at, { commit: at.commit, item: 1 }, undefined)).toBe(true);
  expect(existsSync(join(at.repository.gitDir, 'logs', ref))).toBe(true);
});

describe('a lock in the way', () => {
  const held = async (
    make: () => Promise<Given> = given,
  ): Promise<Given & { lock: string; from: string | undefined }> => {
    const at = await make();
    await move(at, { commit: at.commit, item: 1 }, undefined);
    const lock = join(at.repository.gitDir, `${ref}.lock`);
    return { ...at, lock, from: await oidOf(at) };
  };

  test.each([
    ['in this process', () => given()],
    ['by git', byGit],
  ])('of a killed Concord process goes at once: %s', async (_, make) => {
    const at = await held(make);
    // A process that is surely dead: number and birth of none that lives.
    const dead = ownerFile(at.repository).replace(/\/\d+-\d+-/, '/999999999-1-');
    mkdirSync(dirname(dead), { recursive: true });
    writeFileSync(dead, 'x\n');
    linkSync(dead, at.lock);
    expect(await move(at, { commit: at.commit, item: 2 }, at.from)).toBe(true);
    expect((await read(at))?.cursor.item).toBe(2);
    expect(existsSync(at.lock)).toBe(false);
  });

  test.each([
    ['a live Concord process', (at: Given) => ownerFile(at.repository)],
    ['another program', (at: Given) => join(at.directory, 'theirs')],
  ])('of %s is left alone, and the cursor where it stands', async (_, owner) => {
    const at = await held();
    const theirs = owner(at);
    writeFileSync(theirs, 'x\n');
    linkSync(theirs, at.lock);
    const packs = packFiles(at, '.pack');
    expect(await move(at, { commit: at.commit, item: 2 }, at.from)).toBe(false);
    expect(await oidOf(at)).toBe(at.from);
    expect(existsSync(at.lock)).toBe(true);
    expect(packFiles(at, '.pack')).toEqual(packs);
    rmSync(at.lock);
    expect(await move(at, { commit: at.commit, item: 2 }, at.from)).toBe(true);
  });

  test('that goes away is waited for', async () => {
    const at = await held();
    writeFileSync(at.lock, '');
    const wait = move(at, { commit: at.commit, item: 2 }, at.from);
    setTimeout(() => rmSync(at.lock), 100);
    expect(await wait).toBe(true);
  });
});

describe('what others do in the very moment of a move', () => {
  /** Does something once, right after a file has got its name. */
  const afterRename = (ending: RegExp, act: (path: string) => void): void => {
    const rename = fs.renameSync;
    const spy = vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      rename(from, to);
      if (!ending.test(String(to))) return;
      spy.mockRestore();
      act(String(to));
    });
    onTestFinished(() => spy.mockRestore());
  };

  test.each([
    ['alone in its directory, which goes too', []],
    ['beside another', ['refs/concord/inbox/main/bob']],
  ])('a ref packed at once has moved: %s', async (_, others) => {
    const at = await given();
    for (const other of others) {
      mkdirSync(join(at.repository.gitDir, dirname(other)), { recursive: true });
      writeFileSync(join(at.repository.gitDir, `${other}.lock`), '');
    }
    afterRename(/inbox\/main\/ann$/, () => git(at.directory, 'pack-refs', '--all'));
    expect(await move(at, { commit: at.commit, item: 1 }, undefined)).toBe(true);
    expect((await read(at))?.cursor.item).toBe(1);
  });

  test('objects whose protection was taken away are written again', async () => {
    const at = await given();
    afterRename(/\.idx$/, (path) => {
      rmSync(path.replace(/idx$/, 'keep'));
      git(at.directory, 'gc', '-q', '--prune=now');
    });
    expect(await move(at, { commit: at.commit, item: 1 }, undefined)).toBe(true);
    expect((await read(at))?.cursor.item).toBe(1);
    expect(fsck(at.directory)).toBe('');
  });

  test('a disk that refuses is said, and nothing has moved', async () => {
    const at = await given();
    const open = fs.openSync;
    const spy = vi.spyOn(fs, 'openSync').mockImplementation((path, ...rest) => {
      if (!/concord_pack_/.test(String(path))) return open(path, ...rest);
      throw Object.assign(new Error('read-only'), { code: 'EROFS' });
    });
    const moving = move(at, { commit: at.commit, item: 1 }, undefined);
    await expect(moving.finally(() => spy.mockRestore())).rejects.toMatchObject({
      code: 'STORAGE',
      message: expect.stringContaining('read-only'),
    });
    expect(await read(at)).toBeUndefined();
  });
});

test.each([
  ['main', '../main'],
  ['main', 'Ann'],
  ['main', 'a/b'],
  ['main', ''],
  ['main', 'a.lock'],
  ['other', 'ann'],
  ['replay/../x', 'ann'],
])('no ref is named after the line %j and the agent %j', (line, agent) => {
  expect(() => cursorRef(line, agent)).toThrow(expect.objectContaining({ code: 'INVALID' }));
});
