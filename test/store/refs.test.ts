import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ownerFile } from '../../src/store/lock-owner.ts';
import {
  Locked,
  mayMoveInProcess,
  moveRef,
  moveRefByGit,
  readRef,
  readRefByGit,
} from '../../src/store/refs.ts';
import { openRepository } from '../../src/store/repository.ts';
import type { Repository } from '../../src/store/repository.ts';
import { LockWatch } from '../../src/store/stale-lock.ts';
import { buildPrograms, runWorker, startWorker } from '../helpers/programs.ts';
import { git, tempRepository } from '../helpers/repository.ts';
import { gitWith } from '../helpers/scratch.ts';
import { get, newStore, open, put, tipOf } from '../helpers/store.ts';

const ref = 'refs/concord/main';

/** Commits to move a ref between. */
const commits = (directory: string, count: number): string[] => {
  const tree = gitWith(directory, '', ['mktree']);
  return Array.from({ length: count }, (_, at) =>
    gitWith(directory, `commit ${at}\n`, ['commit-tree', tree]),
  );
};

const prepared = async (): Promise<{
  directory: string;
  repository: Repository;
  ids: string[];
}> => {
  const directory = tempRepository();
  return { directory, repository: await openRepository(directory), ids: commits(directory, 4) };
};

describe.each([
  ['in this process', async (...args: Parameters<typeof moveRef>) => moveRef(...args)],
  ['by git', moveRefByGit],
])('a move %s', (_, move) => {
  test('happens only from the expected commit, and git sees it', async () => {
    const { directory, repository, ids } = await prepared();
    const [a = '', b = '', c = ''] = ids;
    expect(await move(repository, ref, a, b)).toBe(false);
    expect(readRef(repository, ref)).toBeUndefined();
    expect(await move(repository, ref, a, undefined)).toBe(true);
    expect(git(directory, 'rev-parse', ref)).toBe(a);
    expect(await move(repository, ref, b, undefined)).toBe(false);
    expect(await move(repository, ref, b, c)).toBe(false);
    expect(git(directory, 'rev-parse', ref)).toBe(a);
    expect(await move(repository, ref, b, a)).toBe(true);
    git(directory, 'pack-refs', '--all');
    expect(existsSync(join(directory, '.git', ref))).toBe(false);
    expect(readRef(repository, ref)).toBe(b);
    expect(await move(repository, ref, c, a)).toBe(false);
    expect(await move(repository, ref, c, b)).toBe(true);
    expect(readRef(repository, ref)).toBe(c);
    expect(await readRefByGit(repository, ref)).toBe(c);
    git(directory, 'update-ref', ref, a, c);
    expect(readRef(repository, ref)).toBe(a);
    git(directory, 'update-ref', '-d', ref);
    expect(readRef(repository, ref)).toBeUndefined();
    expect(await readRefByGit(repository, ref)).toBeUndefined();
    const locks = join(directory, '.git/concord/locks');
    expect(existsSync(locks) ? readdirSync(locks) : []).toEqual([]);
  });

  test('waits for the lock of another program, which is left alone', async () => {
    const { directory, repository, ids } = await prepared();
    await move(repository, ref, ids[0] ?? '', undefined);
    const lock = join(directory, '.git', `${ref}.lock`);
    writeFileSync(lock, `${ids[1]}\n`);
    await expect(move(repository, ref, ids[1] ?? '', ids[0])).rejects.toThrow(Locked);
    expect(readFileSync(lock, 'utf8')).toBe(`${ids[1]}\n`);
    expect(git(directory, 'rev-parse', ref)).toBe(ids[0]);
  });

  test.each([
    ['below it', 'refs/concord/main/x', false],
    ['below it, packed', 'refs/concord/main/x/y', true],
    ['above it', 'refs/concord', false],
    ['above it, packed', 'refs/concord', true],
  ])('makes no ref beside one %s', async (_name, other, packed) => {
    const { directory, repository, ids } = await prepared();
    git(directory, 'update-ref', other, ids[0] ?? '');
    if (packed) git(directory, 'pack-refs', '--all');
    await expect(move(repository, ref, ids[1] ?? '', undefined)).rejects.toMatchObject({
      code: 'STORAGE',
      message: expect.stringContaining(other),
    });
    expect(git(directory, 'for-each-ref', '--format=%(refname)', 'refs/concord')).toBe(other);
    git(directory, 'update-ref', '-d', other);
    expect(await move(repository, ref, ids[1] ?? '', undefined)).toBe(true);
    expect(git(directory, 'rev-parse', ref)).toBe(ids[1]);
  });

  test('never follows or replaces a symbolic ref', async () => {
    const { directory, repository, ids } = await prepared();
    const head = git(directory, 'rev-parse', 'refs/heads/trunk');
    git(directory, 'symbolic-ref', ref, 'refs/heads/trunk');
    expect(() => readRef(repository, ref)).toThrow('broken');
    await expect(readRefByGit(repository, ref)).rejects.toMatchObject({ code: 'STORAGE' });
    if (move !== moveRefByGit)
      await expect(move(repository, ref, ids[0] ?? '', head)).rejects.toMatchObject({
        code: 'STORAGE',
      });
    expect(git(directory, 'rev-parse', 'refs/heads/trunk')).toBe(head);
    expect(git(directory, 'symbolic-ref', ref)).toBe('refs/heads/trunk');
  });
});

test('moves beside real git and its maintenance: each old value is replaced once', async () => {
  const { directory, repository } = await prepared();
  const [first = '', ...next] = commits(directory, 6);
  moveRef(repository, ref, first, undefined);
  let [mine, theirs, at] = [0, 0, first];
  for (let round = 0; round < 90; round += 1) {
    const wanted = next[round % next.length] ?? '';
    const other = next[(round + 1) % next.length] ?? '';
    if (wanted === at || other === at) continue;
    const ours = async (): Promise<boolean> => {
      try {
        return moveRef(repository, ref, wanted, at);
      } catch (error) {
        if (error instanceof Locked) return false;
        throw error;
      }
    };
    const packing = moveRefByGit(repository, 'refs/heads/x', wanted, undefined).then(
      () => gitWith(directory, '', ['pack-refs', '--all']),
      () => '',
    );
    const both = await Promise.all([
      ours(),
      moveRefByGit(repository, ref, other, at).catch(() => false),
    ]);
    await packing;
    const now = readRef(repository, ref) ?? '';
    expect(git(directory, 'rev-parse', ref)).toBe(now);
    // moveRefByGit also says yes when the ref is where it should be; two different targets cannot both be there.
    expect(both.filter(Boolean).length).toBeLessThan(2);
    if (both[0]) mine += 1;
    if (both[1]) theirs += 1;
    at = now;
    git(directory, 'update-ref', '-d', 'refs/heads/x');
  }
  expect(mine + theirs).toBeGreaterThan(20);
});

describe('a ref file that is broken', () => {
  test.each([
    ['empty', ''],
    ['cut off', 'abc'],
    ['of zero bytes after a power failure', '\0'.repeat(41)],
    ['symbolic', 'ref: refs/heads/trunk\n'],
  ])('%s is refused, never taken for no store', async (_, content) => {
    const directory = tempRepository();
    const store = await newStore(directory);
    await put(store, 'doc', 1);
    git(directory, 'pack-refs', '--all', '--no-prune');
    const path = join(directory, '.git', ref);
    for (const hook of [false, true]) {
      if (hook) git(directory, 'config', 'core.logAllRefUpdates', 'always');
      writeFileSync(path, content);
      for (const one of [store, await open(directory), await open(directory, { memory: true })]) {
        const calls = [
          () => get(one, 'doc'),
          () => put(one, 'doc', 2),
          () => one.create('ann', 'main'),
        ];
        for (const call of calls)
          await expect(call()).rejects.toMatchObject({
            code: 'STORAGE',
            message: expect.stringContaining('broken'),
          });
      }
      expect(readFileSync(path, 'utf8')).toBe(content);
    }
    rmSync(path);
    expect(await get(await open(directory), 'doc')).toBe(1);
  });
});

describe('who may move a ref', () => {
  test.each([
    ['nothing special', () => undefined, true],
    [
      'a sample hook',
      (at: string) =>
        writeFileSync(join(at, '.git/hooks/reference-transaction'), '', { mode: 0o644 }),
      true,
    ],
    [
      'a hook',
      (at: string) =>
        writeFileSync(join(at, '.git/hooks/reference-transaction'), '', { mode: 0o755 }),
      false,
    ],
    [
      'reflogs of every ref',
      (at: string) => void git(at, 'config', 'core.logAllRefUpdates', 'always'),
      false,
    ],
    [
      'a hook at a relative path',
      (at: string) => {
        mkdirSync(join(at, 'h'));
        writeFileSync(join(at, 'h/reference-transaction'), '', { mode: 0o755 });
        git(at, 'config', 'core.hooksPath', 'h');
      },
      false,
    ],
  ])('with %s', async (_, arrange, inProcess) => {
    const directory = tempRepository();
    mkdirSync(join(directory, '.git/hooks'), { recursive: true });
    arrange(directory);
    expect(mayMoveInProcess(await openRepository(directory))).toBe(inProcess);
  });
});

describe('a lock in the way', () => {
  const held = async (): Promise<{ directory: string; repository: Repository; lock: string }> => {
    const directory = tempRepository();
    await put(await newStore(directory), 'doc', 1);
    const lock = join(directory, '.git', `${ref}.lock`);
    return { directory, repository: await openRepository(directory), lock };
  };

  test('of a killed Concord process goes at once', async () => {
    const { directory, lock } = await held();
    const programs = await buildPrograms();
    onTestFinished(programs.remove);
    const work = { directory, agent: 'bob', ids: ['doc'], count: 1 };
    for (let at = 1; !existsSync(lock); at += 1)
      await runWorker(programs, work, { at, when: 'after', signal: 'SIGKILL' });
    const { ref: made } = await put(await open(directory), 'doc', 2);
    expect(made).toMatch(/^doc@\d+$/);
    expect(existsSync(lock)).toBe(false);
    expect(
      readdirSync(join(directory, '.git/concord')).filter((name) => name.startsWith('stale')),
    ).toEqual([]);
  });

  test('of a live Concord process is never broken, and named', async () => {
    const { directory, repository, lock } = await held();
    const owner = ownerFile(repository);
    writeFileSync(owner, `${tipOf(directory)}\n`);
    linkSync(owner, lock);
    const watch = new LockWatch(repository, lock);
    expect(watch.look(0)).toBeGreaterThan(0);
    expect(watch.look(2_900)).toBeGreaterThan(0);
    expect(() => watch.look(3_100)).toThrow(
      expect.objectContaining({
        code: 'TIMEOUT',
        message: expect.stringContaining(`process ${process.pid}`),
      }),
    );
    expect(existsSync(lock)).toBe(true);
  });

  test('of another program stands for ten seconds; one that changes stands longer', async () => {
    const { repository, lock } = await held();
    writeFileSync(lock, '');
    const watch = new LockWatch(repository, lock);
    watch.look(0);
    watch.look(9_900);
    expect(existsSync(lock)).toBe(true);
    writeFileSync(lock, 'changed');
    watch.look(10_100);
    expect(existsSync(lock)).toBe(true);
    watch.look(20_000);
    expect(existsSync(lock)).toBe(true);
    expect(watch.look(20_200)).toBe(0);
    expect(existsSync(lock)).toBe(false);
    expect(watch.look(20_300)).toBe(0);
  });

  test('of another program is not broken while a git works in the repository', async () => {
    const { directory, repository, lock } = await held();
    writeFileSync(lock, '');
    const programs = await buildPrograms();
    onTestFinished(programs.remove);
    const { spawn } = await import('node:child_process');
    const child = spawn('git', ['cat-file', '--batch'], {
      cwd: directory,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await new Promise((resolve) => child.once('spawn', resolve));
    const watch = new LockWatch(repository, lock);
    watch.look(0);
    expect(() => watch.look(10_100)).toThrow(expect.objectContaining({ code: 'TIMEOUT' }));
    expect(existsSync(lock)).toBe(true);
    child.stdin.end();
    await new Promise((resolve) => child.once('close', resolve));
    expect(watch.look(10_200)).toBe(0);
    expect(existsSync(lock)).toBe(false);
  });

  test('left by another program: one publish waits it out, and is then right', async () => {
    const { directory, lock } = await held();
    writeFileSync(lock, '');
    expect((await put(await open(directory), 'doc', 2)).ref).toBe('doc@2');
    expect(existsSync(lock)).toBe(false);
  }, 30_000);

  test('that is broken by many at once is broken once, and no move is lost', async () => {
    const { directory, repository, lock } = await held();
    const programs = await buildPrograms();
    onTestFinished(programs.remove);
    const start = join(directory, 'start');
    const writers = Array.from({ length: 4 }, (_, at) =>
      startWorker(programs, { directory, agent: `agent-${at}`, ids: ['doc'], count: 5, start }),
    );
    // A process that is surely dead: number and birth of none that lives.
    const dead = ownerFile(repository).replace(/\/\d+-\d+-/, '/999999999-1-');
    mkdirSync(dirname(dead), { recursive: true });
    writeFileSync(dead, 'x\n');
    linkSync(dead, lock);
    writeFileSync(start, '');
    await Promise.all(writers.map(({ ended }) => ended));
    const refs = writers.flatMap(({ reports }) => reports.map((report) => report.ref));
    expect(new Set(refs)).toEqual(new Set(Array.from({ length: 20 }, (_, at) => `doc@${at + 2}`)));
  });
});
