import { execFile } from 'node:child_process';
import fs, { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { readRef } from '../../src/store/refs.ts';
import { openRepository } from '../../src/store/repository.ts';
import type { Repository } from '../../src/store/repository.ts';
import { changed, wake } from '../../src/store/wake.ts';
import { git, gitEnv, tempDirectory, tempRepository } from '../helpers/repository.ts';
import '../helpers/store.ts';

const ref = 'refs/concord/main';
const soon = (milliseconds: number): { until: number } => ({ until: Date.now() + milliseconds });

const prepared = async (): Promise<{ directory: string; repository: Repository; tip: string }> => {
  const directory = tempRepository();
  const tip = git(directory, 'commit-tree', '-m', 'a line begins', 'HEAD^{tree}');
  git(directory, 'update-ref', ref, tip);
  const repository = await openRepository(directory);
  return { directory, repository, tip };
};

/** The wake of another process, as a program of its own. */
const wakeProgram = async (): Promise<string> => {
  const path = join(tempDirectory(), 'wake.mjs');
  await build({
    stdin: {
      contents:
        "import { openRepository } from './repository.ts'; import { wake } from './wake.ts';" +
        'wake(await openRepository(process.cwd()));',
      resolveDir: fileURLToPath(new URL('../../src/store/', import.meta.url)),
      loader: 'ts',
    },
    outfile: path,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  });
  return path;
};

/** Time stands still until it is advanced: no look at the ref is made, only a wake can end the wait. */
const withoutTime = (): void => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  onTestFinished(() => void vi.useRealTimers());
};

describe('who waits for a line', () => {
  test('is woken by another process, though the ref has not moved', async () => {
    const { directory, repository, tip } = await prepared();
    const program = await wakeProgram();
    const waits = [1, 2].map(() => changed(repository, ref, tip, soon(20_000)));
    await promisify(execFile)(process.execPath, [program], { cwd: directory, env: gitEnv });
    expect(await Promise.all(waits)).toEqual([true, true]);
  });

  test('is woken without a look at the ref in between, again and again', async () => {
    const { repository, tip } = await prepared();
    withoutTime();
    for (let round = 0; round < 3; round += 1) {
      const wait = changed(repository, ref, tip, { until: Infinity });
      wake(repository);
      expect(await wait).toBe(true);
    }
  });

  test('is woken where the times of the file may not be set', async () => {
    const { repository, tip } = await prepared();
    withoutTime();
    const refused = vi.spyOn(fs, 'utimesSync').mockImplementation(() => {
      throw Object.assign(new Error('of another user'), { code: 'EPERM' });
    });
    onTestFinished(() => refused.mockRestore());
    const wait = changed(repository, ref, tip, { until: Infinity });
    wake(repository);
    expect(await wait).toBe(true);
    expect(refused).toHaveBeenCalledTimes(1);
  });

  test('sees what happened before it watched', async () => {
    const { directory, repository, tip } = await prepared();
    git(directory, 'update-ref', ref, 'refs/heads/trunk');
    wake(repository);
    expect(await changed(repository, ref, tip, { until: 0 })).toBe(true);
    const now = readRef(repository, ref);
    expect(await changed(repository, ref, now, { until: 0 })).toBe(false);
  });

  test('sees a line that comes, and one that goes', async () => {
    const { directory, repository, tip } = await prepared();
    const coming = changed(repository, 'refs/concord/replay/x', undefined, soon(20_000));
    git(directory, 'update-ref', 'refs/concord/replay/x', tip);
    expect(await coming).toBe(true);
    const going = changed(repository, 'refs/concord/replay/x', tip, soon(20_000));
    git(directory, 'update-ref', '-d', 'refs/concord/replay/x');
    expect(await going).toBe(true);
  });

  test.each([
    ['a moved line', (at: string) => git(at, 'update-ref', ref, 'refs/heads/trunk'), true],
    ['packed refs', (at: string) => git(at, 'pack-refs', '--all'), false],
    [
      'a cursor',
      (at: string) => git(at, 'update-ref', 'refs/concord/inbox/main/ann', 'refs/heads/trunk'),
      false,
    ],
  ])('looks for itself after plain git: %s', async (_, act, expected) => {
    const { directory, repository, tip } = await prepared();
    withoutTime();
    const wait = changed(repository, ref, tip, soon(5_000));
    let ended = false;
    const end = wait.then(() => (ended = true));
    act(directory);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(ended).toBe(expected);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await wait).toBe(expected);
    await end;
  });

  test('is refused a ref that breaks', async () => {
    const { directory, repository, tip } = await prepared();
    withoutTime();
    const wait = changed(repository, ref, tip, soon(20_000));
    const refused = expect(wait).rejects.toMatchObject({ code: 'STORAGE' });
    writeFileSync(join(directory, '.git', ref), 'broken');
    await vi.advanceTimersByTimeAsync(2_000);
    await refused;
  });

  test('hears the end of the file as a wake, and makes another', async () => {
    const { repository, tip } = await prepared();
    withoutTime();
    const wait = changed(repository, ref, tip, { until: Infinity });
    rmSync(repository.local, { recursive: true });
    wake(repository);
    expect(await wait).toBe(true);
    const next = changed(repository, ref, tip, { until: Infinity });
    wake(repository);
    expect(await next).toBe(true);
  });
});

describe('a wait that nobody ends', () => {
  test('ends with its time', async () => {
    const { repository, tip } = await prepared();
    const until = Date.now() + 100;
    expect(await changed(repository, ref, tip, { until })).toBe(false);
    expect(Date.now()).toBeGreaterThanOrEqual(until);
  });

  test('ends when it is given up, before or in the middle', async () => {
    const { repository, tip } = await prepared();
    withoutTime();
    const giveUp = new AbortController();
    const options = { until: Infinity, signal: giveUp.signal };
    const wait = changed(repository, ref, tip, options);
    giveUp.abort();
    expect(await wait).toBe(false);
    expect(await changed(repository, ref, tip, options)).toBe(false);
  });
});

test('nothing stays behind, however a wait ends', async () => {
  const { repository, tip } = await prepared();
  withoutTime();
  const giveUp = new AbortController();
  const { signal } = giveUp;
  const added = vi.spyOn(signal, 'addEventListener');
  const removed = vi.spyOn(signal, 'removeEventListener');
  const watch = vi.spyOn(fs, 'watch');
  onTestFinished(() => watch.mockRestore());
  const ends: [act: () => unknown, seen: string, result: boolean][] = [
    [() => wake(repository), tip, true],
    [() => undefined, 'other', true],
    [() => vi.advanceTimersByTimeAsync(10_000), tip, false],
    [() => giveUp.abort(), tip, false],
  ];
  for (const [act, seen, result] of ends) {
    const wait = changed(repository, ref, seen, { ...soon(10_000), signal });
    const closed = vi.fn();
    watch.mock.results.at(-1)?.value.once('close', closed);
    await act();
    expect(await wait).toBe(result);
    expect(vi.getTimerCount()).toBe(0);
    await new Promise(setImmediate);
    expect(closed).toHaveBeenCalledTimes(1);
  }
  expect(watch).toHaveBeenCalledTimes(ends.length);
  expect(added.mock.calls.length).toBeGreaterThan(2);
  expect(removed.mock.calls.length).toBe(added.mock.calls.length);
});

describe('where nothing can be written', () => {
  test('a wake without anybody waiting makes no file', async () => {
    const { repository } = await prepared();
    wake(repository);
    expect(statSync(join(repository.local, 'wake'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test.each([
    ['no directory can be made', (local: string) => writeFileSync(local, '')],
    [
      'something else has the name',
      (local: string) => mkdirSync(join(local, 'wake/x'), { recursive: true }),
    ],
  ])('waiting goes on by looking: %s', async (_, arrange) => {
    const { directory, repository, tip } = await prepared();
    rmSync(repository.local, { recursive: true, force: true });
    arrange(repository.local);
    wake(repository);
    expect(await changed(repository, ref, tip, soon(10))).toBe(false);
    const wait = changed(repository, ref, tip, soon(20_000));
    git(directory, 'update-ref', ref, 'refs/heads/trunk');
    expect(await wait).toBe(true);
  });

  test('too many watches are no reason not to wait', async () => {
    const { directory, repository, tip } = await prepared();
    const full = vi.spyOn(fs, 'watch').mockImplementation(() => {
      throw Object.assign(new Error('too many'), { code: 'ENOSPC' });
    });
    onTestFinished(() => full.mockRestore());
    const wait = changed(repository, ref, tip, soon(20_000));
    git(directory, 'update-ref', ref, 'refs/heads/trunk');
    expect(await wait).toBe(true);
    expect(full).toHaveBeenCalledTimes(1);
  });
});

test('the file has the mode of a shared repository', async () => {
  const umask = process.umask(0o077);
  onTestFinished(() => void process.umask(umask));
  const directory = tempRepository('--bare');
  git(directory, 'config', 'core.sharedRepository', 'group');
  const repository = await openRepository(directory);
  expect(await changed(repository, ref, undefined, { until: 0 })).toBe(false);
  expect(statSync(join(repository.local, 'wake')).mode & 0o777).toBe(0o660);
});
