import { git, tryGit } from './git.ts';
import { lineRef, refPrefix } from './layout.ts';
import type { Oid } from './object.ts';
import type { Repository } from './repository.ts';
import { snapshotPrefix } from './tag.ts';

const replays = `${refPrefix}replay/`;

/** The lines that there are, and the names of snapshots. */
export const readNames = async (
  repository: Repository,
): Promise<{ readonly lines: readonly string[]; readonly snapshots: readonly string[] }> => {
  const tags = snapshotPrefix(repository);
  const output = await git(repository.gitDir, [
    `--git-dir=${repository.gitDir}`,
    'for-each-ref',
    '--format=%(refname)',
    lineRef('main'),
    replays,
    tags,
  ]);
  const refs = output.toString('utf8').split('\n');
  const below = (prefix: string, from = prefix): string[] =>
    refs.flatMap((ref) => (ref.startsWith(prefix) ? [ref.slice(from.length)] : []));
  return {
    lines: [
      ...refs.filter((ref) => ref === lineRef('main')).map(() => 'main'),
      ...below(replays, refPrefix),
    ],
    snapshots: below(tags),
  };
};

/** The last commit that both histories have; undefined where they have none. */
export const readFork = async (
  repository: Repository,
  one: Oid,
  other: Oid,
): Promise<Oid | undefined> => {
  const { status, stdout } = await tryGit(repository.gitDir, [
    `--git-dir=${repository.gitDir}`,
    'merge-base',
    one,
    other,
  ]);
  return status === 0 ? stdout.toString('utf8').trim() : undefined;
};
