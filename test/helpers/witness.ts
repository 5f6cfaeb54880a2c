import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import type { Report } from './programs.ts';
import { git, gitEnv } from './repository.ts';
import { fsck } from './store.ts';

/** Every version in the line's history in order, with the data of its file: what git itself says, without our code. */
export const publishedIn = (directory: string): { commit: string; ref: string; data: string }[] => {
  const format = '%x00%H%x01%(trailers:key=Concord-Artifact,valueonly)';
  const log = git(
    directory,
    'log',
    '--first-parent',
    '--reverse',
    `--format=${format}`,
    'refs/concord/main',
  );
  const versions = log
    .split('\0')
    .slice(1)
    .flatMap((entry) => {
      const [commit = '', lines = ''] = entry.split('\x01');
      return lines
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [ref = '', , blob = ''] = line.split(' ');
          return { commit, ref, blob };
        });
    });
  const texts = execFileSync('git', ['cat-file', '--batch=%(objectname)'], {
    cwd: directory,
    env: gitEnv,
    input: versions.map(({ blob }) => `${blob}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const datas = [...texts.matchAll(/^ {2}data: (.*)$/gm)].map(([, data]) => data ?? '');
  expect(datas).toHaveLength(versions.length);
  return versions.map(({ commit, ref }, at) => ({ commit, ref, data: datas[at] ?? '' }));
};

/**
 * The chain of commits is the witness: each acknowledged publish stands in it once and as it was answered, each unacknowledged one at most
 * once, and every id counts 1, 2, 3 without a gap.
 */
export const judge = (directory: string, reports: readonly Report[]): void => {
  const published = publishedIn(directory);
  const there = new Map(published.map((one) => [one.data, one]));
  expect(published.filter((one) => there.get(one.data) !== one)).toEqual([]);
  const wrong = reports.filter(({ data, ref, commit, error }) => {
    const found = there.get(data);
    return error === undefined && (found?.ref !== ref || found?.commit !== commit);
  });
  expect(wrong).toEqual([]);
  const last = new Map<string, number>();
  for (const { ref } of published) {
    const [id = '', version] = ref.split('@');
    expect(`${id}@${version}`).toBe(`${id}@${(last.get(id) ?? 0) + 1}`);
    last.set(id, Number(version));
  }
  expect(fsck(directory)).toBe('');
};
