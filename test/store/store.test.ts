import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { MemoryRows } from '../../src/store/index/memory-rows.ts';
import { buildPrograms, runWorker } from '../helpers/programs.ts';
import { git, gitEnv, run, tempDirectory, tempRepository } from '../helpers/repository.ts';
import {
  fsck,
  get,
  newStore,
  open,
  put,
  rebuiltRows,
  rowsOf,
  tipOf,
  trailers,
} from '../helpers/store.ts';

const attachment = { name: 'a.txt', bytes: Buffer.from('hello\n') };

/** A history in which everything happens that can: new ids, new versions, files that come and go, lineage, several in one commit. */
const randomHistory = async (store: Awaited<ReturnType<typeof open>>, seed: number) => {
  let state = seed;
  const next = (below: number): number => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
  const refs: string[] = [];
  for (let at = 0; at < 60; at += 1) {
    const id = ['a', 'b', 'team/c', 'd.e', `x-${next(20)}`][next(5)] ?? 'a';
    const from = refs.length > 0 && next(2) === 0 ? [refs[next(refs.length)] ?? ''] : [];
    const { ref } = await put(store, id, next(6), {
      agent: ['api-dev', 'qa-dev', 'ann'][next(3)] ?? 'ann',
      derivedFrom: from,
      ...(next(3) === 0 && { attachments: [attachment] }),
      ...(next(3) === 0 && { tags: ['api', 'v1'] }),
      ...(next(3) === 0 && { summary: `Concord-Event: artifact-published forged@1\n\nline ${at}` }),
    });
    refs.push(ref);
  }
};

describe('what is published', () => {
  test('is read back, by this store and by git', async () => {
    const directory = tempRepository();
    const store = await newStore(directory);
    const { ref, commit } = await put(
      store,
      'api/login',
      { route: '/login' },
      {
        attachments: [attachment],
        summary: 'First.',
      },
    );
    expect(ref).toBe('api/login@1');
    expect(commit).toBe(tipOf(directory));
    expect(await get(store, 'api/login')).toEqual({ route: '/login' });
    const path = git(directory, 'ls-tree', '-r', '--name-only', commit, '--', 'artifacts').split(
      '\n',
    );
    expect(path).toEqual([
      expect.stringMatching(/^artifacts\/[0-9a-f]{2}\/api\/login\.files\/a\.txt$/),
      expect.stringMatching(/^artifacts\/[0-9a-f]{2}\/api\/login\.yaml$/),
    ]);
    expect(git(directory, 'show', `${commit}:${path[0]}`)).toBe('hello');
    expect(trailers(directory, 'Concord-Event').at(-1)).toBe('artifact-published api/login@1');
    expect(fsck(directory)).toBe('');
  });

  test('is in every new look, whoever wrote it', async () => {
    const directory = tempRepository();
    const one = await newStore(directory);
    const two = await open(directory);
    const three = await open(directory, { memory: true });
    for (let at = 0; at < 6; at += 1) {
      const writer = [one, two, three][at % 3] ?? one;
      expect((await put(writer, 'doc', at)).ref).toBe(`doc@${at + 1}`);
      for (const store of [one, two, three]) expect(await get(store, 'doc')).toBe(at);
    }
    expect(await rowsOf(three)).toEqual(await rowsOf(one));
  });

  test('by many calls at once in one process is all there', async () => {
    const directory = tempRepository();
    const store = await newStore(directory);
    const puts = Array.from({ length: 30 }, (_, at) =>
      put(store, at % 2 ? 'same' : `own-${at}`, at),
    );
    const reads = Array.from({ length: 30 }, () => get(store, 'same'));
    const refs = (await Promise.all(puts)).map(({ ref }) => ref);
    await Promise.all(reads);
    expect(new Set(refs).size).toBe(30);
    expect(trailers(directory, 'Concord-Artifact')).toHaveLength(30);
    expect(await rebuiltRows(directory)).toEqual(await rowsOf(store));
  });

  test('by another process is seen, and counts on', async () => {
    const directory = tempRepository();
    const programs = await buildPrograms();
    onTestFinished(programs.remove);
    const store = await newStore(directory);
    await put(store, 'doc', 'mine');
    const { reports } = await runWorker(programs, {
      directory,
      agent: 'bob',
      ids: ['doc'],
      count: 1,
    });
    expect(reports).toEqual([expect.objectContaining({ ref: 'doc@2' })]);
    expect(await store.read('main', (facts) => facts.latest('main', 'doc'))).toMatchObject({
      version: 2,
      publisher: 'bob',
    });
    expect((await put(store, 'doc', 'mine again')).ref).toBe('doc@3');
  });

  test('refused calls leave nothing behind', async () => {
    const directory = tempRepository();
    const store = await newStore(directory);
    const tip = tipOf(directory);
    await expect(put(store, 'Bad Name', 1)).rejects.toMatchObject({ code: 'INVALID' });
    await expect(put(store, 'doc', 1, { expectedVersion: 3 })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect(tipOf(directory)).toBe(tip);
    expect((await put(store, 'doc', 1)).ref).toBe('doc@1');
  });
});

describe('the index', () => {
  test.each([1, 2, 3])('built anew is the one that grew, after history %i', async (seed) => {
    const directory = tempRepository();
    const store = await newStore(directory);
    const follower = await open(directory, { memory: true });
    await randomHistory(store, seed);
    const grown = await rowsOf(store);
    expect(grown.length).toBeGreaterThan(300);
    expect(await rowsOf(follower)).toEqual(grown);
    expect(await rebuiltRows(directory)).toEqual(grown);
    await store.close();
    rmSync(join(directory, '.git/concord'), { recursive: true });
    const anew = await open(directory);
    expect(anew.index.disk).toBeDefined();
    expect(await rowsOf(anew)).toEqual(grown);
    expect(fsck(directory)).toBe('');
  });

  test('may be deleted under open stores', async () => {
    const directory = tempRepository();
    const one = await newStore(directory);
    const two = await open(directory);
    await put(one, 'doc', 1);
    await put(two, 'doc', 2);
    rmSync(join(directory, '.git/concord'), { recursive: true });
    expect(await get(one, 'doc')).toBe(2);
    expect((await put(one, 'doc', 3)).ref).toBe('doc@3');
    const three = await open(directory);
    expect(await get(three, 'doc')).toBe(3);
    expect((await put(three, 'doc', 4)).ref).toBe('doc@4');
    expect((await put(two, 'doc', 5)).ref).toBe('doc@5');
    await two.close();
    expect((await put(three, 'doc', 6)).ref).toBe('doc@6');
    expect(await rowsOf(one)).toEqual(await rowsOf(three));
    expect(await rebuiltRows(directory)).toEqual(await rowsOf(three));
  });

  test.each([
    ['garbage', (path: string) => writeFileSync(path, 'x'.repeat(20_000))],
    [
      'a damaged page',
      (path: string) => {
        const bytes = readFileSync(path);
        bytes.fill(0xff, 4096, bytes.length);
        writeFileSync(path, bytes);
      },
    ],
  ])('holding %s is built anew on disk', async (_, damage) => {
    const directory = tempRepository();
    const before = await newStore(directory);
    await put(before, 'doc', 'kept');
    await before.close();
    damage(join(directory, '.git/concord/index.db'));
    const store = await open(directory);
    expect((await put(store, 'doc', 'next')).ref).toBe('doc@2');
    expect(await get(store, 'doc')).toBe('next');
    const other = await open(directory);
    expect(await get(other, 'doc')).toBe('next');
    for (const one of [store, other]) {
      expect(one.index.disk).toBeDefined();
      expect(one.index.rows).toBe(one.index.disk);
    }
    expect(await rebuiltRows(directory)).toEqual(await rowsOf(other));
  });

  test('damaged while it is open hurts neither reads nor writes', async () => {
    const directory = tempRepository();
    const store = await newStore(directory);
    for (let at = 0; at < 20; at += 1) await put(store, `doc-${at}`, at);
    const path = join(directory, '.git/concord/index.db');
    await (await open(directory)).close();
    for (const name of ['index.db', 'index.db-wal'])
      writeFileSync(join(directory, '.git/concord', name), Buffer.alloc(statSync(path).size, 0xff));
    expect((await put(store, 'doc-0', 'next')).ref).toBe('doc-0@2');
    expect(await get(store, 'doc-0')).toBe('next');
    const other = await open(directory);
    expect(await get(other, 'doc-1')).toBe(1);
    expect(await rebuiltRows(directory)).toEqual(await rowsOf(other));
  });

  test.each([
    ['rows', "UPDATE rows SET v = '0' WHERE t = 'meta'"],
    ['tables', 'ALTER TABLE rows RENAME COLUMN v TO other'],
  ])('with other %s is built anew', async (_, sql) => {
    const directory = tempRepository();
    const before = await newStore(directory);
    await put(before, 'doc', 'kept');
    await before.close();
    execFileSync(
      process.execPath,
      [
        '-e',
        `const d = new (require('libsql'))(process.argv[1]); d.exec(process.argv[2]); d.close()`,
        join(directory, '.git/concord/index.db'),
        sql,
      ],
      { cwd: import.meta.dirname },
    );
    const store = await open(directory);
    expect((await put(store, 'doc', 'next')).ref).toBe('doc@2');
    expect(await get(store, 'doc')).toBe('next');
    expect(store.index.rows).toBe(store.index.disk);
    expect(await rebuiltRows(directory)).toEqual(await rowsOf(store));
  });

  test.each(['put', 'commit', 'rollback'] as const)(
    'that fails at %s after the ref has moved changes no answer',
    async (method) => {
      const directory = tempRepository();
      const warnings: string[] = [];
      const store = await newStore(directory, { warn: (text) => warnings.push(text) });
      await put(store, 'doc', 1);
      const { rows } = store.index;
      const failing = () => {
        throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' });
      };
      const spies = [vi.spyOn(rows, method).mockImplementation(failing)];
      // Whatever comes after the move fails: a rollback alone is only reached when something else failed.
      if (method === 'rollback') spies.push(vi.spyOn(rows, 'commit').mockImplementation(failing));
      expect((await put(store, 'doc', 2)).ref).toBe('doc@2');
      expect(warnings).not.toEqual([]);
      for (const spy of spies) spy.mockRestore();
      expect(await get(store, 'doc')).toBe(2);
      expect((await put(store, 'doc', 3)).ref).toBe('doc@3');
      expect(await rebuiltRows(directory)).toEqual(await rowsOf(store));
      expect(trailers(directory, 'Concord-Artifact')).toHaveLength(3);
    },
  );

  test('in memory forgets what is rolled back, also a clearing', () => {
    const rows = new MemoryRows();
    rows.put('t', 'p', 'a', '1');
    rows.put('t', 'p', 'b', '2');
    const before = [...rows.dump()];
    rows.tryBegin();
    rows.put('t', 'p', 'a', '3');
    rows.delete('t', 'p', 'b');
    rows.clear();
    rows.put('t', 'p', 'c', '4');
    rows.put('u', 'p', 'a', '5');
    rows.rollback();
    expect([...rows.dump()]).toEqual(before);
  });
});

describe('a repository', () => {
  const works = async (directory: string, from = directory): Promise<void> => {
    const store = await newStore(from);
    await put(store, 'doc', 1, { attachments: [attachment] });
    await put(store, 'doc', 2);
    expect(await get(store, 'doc')).toBe(2);
    expect(await rebuiltRows(from)).toEqual(await rowsOf(store));
    expect(trailers(directory, 'Concord-Artifact')).toHaveLength(2);
    expect(fsck(directory)).toBe('');
  };

  test('that is bare', () => works(tempRepository('--bare')));

  test('with SHA-256', async () => {
    const directory = tempRepository('--object-format=sha256');
    await works(directory);
    expect(tipOf(directory)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('without commits', async () => {
    const directory = tempDirectory();
    git(directory, 'init', '-q');
    await works(directory);
    expect(git(directory, 'status', '--porcelain=v2', '--branch')).toContain('(initial)');
  });

  test('with its git directory elsewhere', async () => {
    const elsewhere = join(tempDirectory(), 'store.git');
    const directory = tempRepository(`--separate-git-dir=${elsewhere}`);
    await works(directory);
    expect(readdirSync(elsewhere)).toContain('concord');
  });

  test('seen from a linked worktree, and from a folder in it', async () => {
    const directory = tempRepository();
    const linked = join(tempDirectory(), 'linked');
    git(directory, 'worktree', 'add', '-q', linked);
    mkdirSync(join(linked, 'deep'));
    await works(directory, join(linked, 'deep'));
    expect(await get(await open(directory), 'doc')).toBe(2);
    expect(readdirSync(join(directory, '.git'))).toContain('concord');
  });

  test('seen from within a hook of another', async () => {
    const directory = tempRepository();
    const other = tempRepository();
    const before = git(other, 'count-objects', '-v');
    const misleading = {
      GIT_DIR: join(other, '.git'),
      GIT_WORK_TREE: other,
      GIT_INDEX_FILE: join(other, '.git/index'),
      GIT_OBJECT_DIRECTORY: join(other, '.git/objects'),
      GIT_NAMESPACE: 'elsewhere',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'user.name',
      GIT_CONFIG_VALUE_0: 'Mallory',
    };
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    for (const [name, value] of Object.entries(misleading)) vi.stubEnv(name, value);
    await works(directory);
    expect(git(other, 'count-objects', '-v')).toBe(before);
    expect(git(other, 'for-each-ref', 'refs/concord')).toBe('');
    expect(git(directory, 'log', '-1', '--format=%cn', 'refs/concord/main')).toBe('Ann Lee');
  });

  test('is otherwise left as it was', async () => {
    const directory = tempRepository();
    writeFileSync(join(directory, 'file'), 'text');
    writeFileSync(join(directory, 'new'), 'text');
    git(directory, 'add', 'file');
    git(directory, 'status');
    const look = () => [
      readFileSync(join(directory, '.git/index')).toString('base64'),
      readFileSync(join(directory, '.git/HEAD'), 'utf8'),
      readFileSync(join(directory, '.git/config'), 'utf8'),
      readdirSync(directory),
      git(directory, 'for-each-ref', 'refs/heads', 'refs/tags'),
      git(directory, 'status', '--porcelain=v2', '--branch'),
    ];
    const before = look();
    const store = await newStore(directory);
    await put(store, 'doc', 1);
    expect(look()).toEqual(before);
  });

  test('without a user of its own, and with one of an awkward name', async () => {
    const directory = tempRepository();
    git(directory, 'config', '--unset', 'user.name');
    git(directory, 'config', '--unset', 'user.email');
    await put(await newStore(directory), 'doc', 1);
    expect(git(directory, 'log', '-1', '--format=%an|%cn|%ce', 'refs/concord/main')).toBe(
      'api-dev|api-dev|no-reply@concord.invalid',
    );
    git(directory, 'config', 'user.name', ' A <b> \u0007"C". ');
    git(directory, 'config', 'user.email', '<a b@c>');
    await put(await open(directory), 'doc', 2);
    expect(fsck(directory)).toBe('');
  });

  test.each([
    [
      'a reference-transaction hook',
      (directory: string) => installHook(join(directory, '.git/hooks'), directory),
    ],
    [
      'a reference-transaction hook in another place',
      (directory: string) => {
        installHook(join(directory, 'my-hooks'), directory);
        git(directory, 'config', 'core.hooksPath', 'my-hooks');
      },
    ],
  ])('with %s asks it at every move', async (_, install) => {
    const directory = tempRepository();
    install(directory);
    await works(directory);
    const seen = readFileSync(join(directory, 'moves'), 'utf8').trim().split('\n');
    expect(seen.filter((line) => line === 'committed refs/concord/main')).toHaveLength(3);
    const another = await open(directory, { memory: true });
    expect((await put(another, 'doc', 3, { expectedVersion: 2 })).ref).toBe('doc@3');
    writeFileSync(join(directory, 'veto'), '');
    const store = await open(directory);
    await expect(put(store, 'doc', 4)).rejects.toMatchObject({
      code: 'STORAGE',
      message: expect.stringContaining('nothing was published'),
    });
    rmSync(join(directory, 'veto'));
    expect((await put(store, 'doc', 4)).ref).toBe('doc@4');
  });

  const installHook = (hooks: string, directory: string): void => {
    mkdirSync(hooks, { recursive: true });
    const lines = [
      '#!/bin/sh',
      `while read old new ref; do case $ref in refs/concord/*) echo "$1 $ref" >>'${directory}/moves'; esac; done`,
      `if [ "$1" = prepared ] && [ -e '${directory}/veto' ]; then echo no >&2; exit 1; fi`,
    ];
    writeFileSync(join(hooks, 'reference-transaction'), `${lines.join('\n')}\n`, { mode: 0o755 });
  };

  test('with reflogs of every ref gets one for the line', async () => {
    const directory = tempRepository();
    git(directory, 'config', 'core.logAllRefUpdates', 'always');
    await works(directory);
    expect(git(directory, 'reflog', 'show', 'refs/concord/main').split('\n')).toHaveLength(3);
    // A second store must not take its first look at the state for the state of a new store.
    const other = await open(directory);
    await put(await open(directory), 'doc', 3);
    expect((await put(other, 'doc', 4, { expectedVersion: 3 })).ref).toBe('doc@4');
  });

  test('that is collected between publishes loses nothing', async () => {
    const directory = tempRepository();
    const store = await newStore(directory);
    for (let at = 0; at < 5; at += 1) {
      await put(store, 'doc', at);
      git(directory, 'gc', '-q', '--prune=now');
    }
    expect(await get(store, 'doc')).toBe(4);
    expect(trailers(directory, 'Concord-Artifact')).toHaveLength(5);
    expect(await rebuiltRows(directory)).toEqual(await rowsOf(store));
    expect(fsck(directory)).toBe('');
  });

  test('without a store is refused, and so is a directory without a repository', async () => {
    const store = await open(tempRepository());
    await expect(put(store, 'doc', 1)).rejects.toMatchObject({ code: 'NO_STORE' });
    await expect(get(store, 'doc')).rejects.toMatchObject({ code: 'NO_STORE' });
    await expect(open(tempDirectory())).rejects.toMatchObject({ code: 'NO_STORE' });
  });

  test('whose store was taken away is without a store', async () => {
    const directory = tempRepository();
    const store = await newStore(directory);
    await put(store, 'doc', 1);
    git(directory, 'update-ref', '-d', 'refs/concord/main');
    await expect(get(store, 'doc')).rejects.toMatchObject({ code: 'NO_STORE' });
    await expect(put(store, 'doc', 1)).rejects.toMatchObject({ code: 'NO_STORE' });
    expect(await store.create('ann', 'main')).toBe(true);
    expect((await put(store, 'doc', 1)).ref).toBe('doc@1');
  });

  test('whose line was moved back is read as it stands', async () => {
    const directory = tempRepository();
    const store = await newStore(directory);
    const { commit } = await put(store, 'doc', 1);
    await put(store, 'doc', 2);
    git(directory, 'update-ref', 'refs/concord/main', commit);
    expect(await get(store, 'doc')).toBe(1);
    expect(await rebuiltRows(directory)).toEqual(await rowsOf(store));
    expect((await put(store, 'doc', 3)).ref).toBe('doc@2');
  });

  test('with a store of a later format is refused, and not changed', async () => {
    const directory = tempRepository();
    const store = await newStore(directory);
    await put(store, 'doc', 1);
    const old = await open(directory);
    await get(old, 'doc');
    raiseFormat(directory);
    const tip = tipOf(directory);
    for (const one of [old, await open(directory), await open(directory, { memory: true })]) {
      await expect(get(one, 'doc')).rejects.toMatchObject({ code: 'FORMAT_NEWER' });
      await expect(put(one, 'doc', 2)).rejects.toMatchObject({ code: 'FORMAT_NEWER' });
      await expect(one.create('ann', 'main')).rejects.toMatchObject({ code: 'FORMAT_NEWER' });
    }
    expect(tipOf(directory)).toBe(tip);
  });

  /** As a later Concord may do it: its own event, a new number in concord.yaml. */
  const raiseFormat = (directory: string): void => {
    const index = { ...gitEnv, GIT_INDEX_FILE: join(directory, '.git/scratch-index') };
    const call = (input: string, ...args: string[]): string =>
      execFileSync('git', args, { cwd: directory, env: index, input, encoding: 'utf8' }).trim();
    const text = git(directory, 'show', 'refs/concord/main:concord.yaml');
    const blob = call(
      `${text.replace('format: 1', 'format: 2')}\n`,
      'hash-object',
      '-w',
      '--stdin',
    );
    call('', 'read-tree', 'refs/concord/main');
    call('', 'update-index', '--add', '--cacheinfo', `100644,${blob},concord.yaml`);
    const message =
      'raises the format\n\nConcord-Op: LATER\nConcord-Event: store-upgraded format 2\n';
    const tree = call('', 'write-tree');
    const commit = call(message, 'commit-tree', tree, '-p', 'refs/concord/main');
    call('', 'update-ref', 'refs/concord/main', commit);
  };
});

describe('a disk', () => {
  /** Skips with its reason where this user may not mount. */
  const mounted = (context: { skip(note: string): void }, ...args: string[]): string => {
    const directory = tempDirectory();
    try {
      run(directory, 'mount', ...args, directory);
    } catch (error) {
      console.warn(`skipped, because mount is not possible here: ${String(error).split('\n')[0]}`);
      context.skip('mount is not possible here');
    }
    onTestFinished(() => {
      run('/', 'umount', '--lazy', directory);
    });
    return directory;
  };

  test('that is read-only: reads go on, writes are refused in plain words', async (context) => {
    const directory = tempRepository();
    await put(await newStore(directory), 'doc', 1);
    const mount = mounted(context, '-o', 'bind', directory);
    run(mount, 'mount', '-o', 'remount,ro,bind', mount);
    const warnings: string[] = [];
    const store = await open(mount, { warn: (text) => warnings.push(text) });
    expect(await get(store, 'doc')).toBe(1);
    await expect(put(store, 'doc', 2)).rejects.toMatchObject({
      name: 'ConcordError',
      code: 'STORAGE',
      message: expect.stringContaining('read-only'),
    });
    expect(await get(store, 'doc')).toBe(1);
    rmSync(join(directory, '.git/concord'), { recursive: true });
    const without = await open(mount);
    expect(await get(without, 'doc')).toBe(1);
  });

  test('that is full: refused in plain words, nothing lost, works once there is space', async (context) => {
    const mount = mounted(context, '-t', 'tmpfs', '-o', 'size=900k', 'concord-test');
    git(mount, 'init', '-q', '--bare');
    const store = await newStore(mount);
    writeFileSync(join(mount, 'ballast'), Buffer.alloc(300_000));
    const acknowledged: string[] = [];
    const refusals: unknown[] = [];
    for (let at = 0; at < 400 && refusals.length < 12; at += 1) {
      const data = Array.from({ length: 100 }, (_, n) => `${at} ${n} ${Math.sin(at * 100 + n)}`);
      await put(store, `doc-${at}`, data).then(
        ({ ref }) => acknowledged.push(ref),
        (error: unknown) => refusals.push(error),
      );
    }
    expect(refusals).toHaveLength(12);
    for (const error of refusals)
      expect(error).toMatchObject({ code: 'STORAGE', message: expect.stringContaining('full') });
    const last = acknowledged.at(-1)?.split('@')[0] ?? '';
    expect(await get(await open(mount), last)).toHaveLength(100);
    expect(fsck(mount)).toBe('');
    rmSync(join(mount, 'ballast'));
    const { ref } = await put(store, 'after', 1);
    const { ref: again } = await put(await open(mount), 'after', 2);
    expect([ref, again]).toEqual(['after@1', 'after@2']);
    const there = trailers(mount, 'Concord-Artifact').map((line) => line.split(' ')[0]);
    expect(there).toEqual([...acknowledged, ref, again]);
    expect(fsck(mount)).toBe('');
  });
});
