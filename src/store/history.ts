import { git } from './git.ts';
import type { CommitRecord } from './index/records.ts';
import { parseMessage } from './message.ts';
import type { Oid } from './object.ts';
import type { Repository } from './repository.ts';

/** Commits of other programs may carry any number: what is no date of four-digit years is taken for the nearest one. */
const isoTime = (seconds: number): string =>
  new Date(Math.min(Math.max(0, seconds || 0), 253402300799) * 1000)
    .toISOString()
    .replace('.000Z', 'Z');

export { isoTime };

const fields = ['%H', '%T', '%P', '%an', '%at', '%s', '%B'];

/** The commits after `after` (all, without it) up to `tip`, oldest first, along first parents. */
export const readLog = async (
  repository: Repository,
  { tip, after }: { readonly tip: Oid; readonly after?: Oid | undefined },
): Promise<CommitRecord[]> => {
  const args = [
    'log',
    '-z',
    '--topo-order',
    '--reverse',
    '--first-parent',
    '--no-color',
    '--no-show-signature',
    '--encoding=UTF-8',
  ];
  const range = after === undefined ? tip : `${after}..${tip}`;
  const output = await git(repository.gitDir, [
    `--git-dir=${repository.gitDir}`,
    ...args,
    `--format=${fields.join('%x00')}`,
    '--end-of-options',
    range,
  ]);
  return parseLog(output);
};

/** Where the commit that begins here ends: fields and commits are all ended by NUL, which no field can hold. */
const endOfCommit = (output: Buffer, start: number): number => {
  let end = start - 1;
  for (let field = 0; field < fields.length; field += 1) {
    end = output.indexOf(0, end + 1);
    if (end < 0) return output.length;
  }
  return end;
};

/** Commit by commit: a whole log may be longer than a string can be. */
const parseLog = (output: Buffer): CommitRecord[] => {
  const records: CommitRecord[] = [];
  for (let at = 0, end = 0; at < output.length; at = end + 1) {
    end = endOfCommit(output, at);
    const [
      oid = '',
      tree = '',
      parents = '',
      author = '',
      seconds = '0',
      subject = '',
      message = '',
    ] = output.toString('utf8', at, end).split('\0');
    records.push({
      oid,
      tree,
      parents: parents === '' ? [] : parents.split(' '),
      author,
      time: isoTime(Number(seconds)),
      subject,
      message: parseMessage(message, author),
    });
  }
  return records;
};

/** A path that a commit changed; `oid` is undefined where it was taken away. */
export type PathChange = { readonly path: string; readonly oid: Oid | undefined };

/** For each of these commits, what it changed against its first parent. */
export const readChanges = async (
  repository: Repository,
  commits: readonly Oid[],
): Promise<ReadonlyMap<Oid, readonly PathChange[]>> => {
  const changes = new Map<Oid, PathChange[]>(commits.map((oid) => [oid, []]));
  if (commits.length === 0) return changes;
  const args = [
    'diff-tree',
    '--stdin',
    '-r',
    '-z',
    '--root',
    '--raw',
    '--no-abbrev',
    '--no-renames',
    '--diff-merges=first-parent',
  ];
  const output = await git(repository.gitDir, [`--git-dir=${repository.gitDir}`, ...args], {
    input: `${commits.join('\n')}\n`,
  });
  const values = output.toString('utf8').split('\0');
  let current: PathChange[] = [];
  for (let at = 0; at < values.length; at += 1) {
    const value = (values[at] ?? '').trim();
    if (!value.startsWith(':')) {
      current = changes.get(value) ?? [];
      continue;
    }
    const [, , , oid = '', status = ''] = value.split(' ');
    current.push({ path: values[at + 1] ?? '', oid: status.startsWith('D') ? undefined : oid });
    at += 1;
  }
  return changes;
};

/** What has to change in the files of one commit for those of another. */
export const readDiff = async (
  repository: Repository,
  from: Oid,
  to: Oid,
  paths: readonly string[] = [],
): Promise<PathChange[]> => {
  const output = await git(repository.gitDir, [
    `--git-dir=${repository.gitDir}`,
    'diff-tree',
    '-r',
    '-z',
    '--raw',
    '--no-abbrev',
    '--no-renames',
    from,
    to,
    '--',
    ...paths,
  ]);
  const values = output.toString('utf8').split('\0');
  const changes: PathChange[] = [];
  for (let at = 0; at + 1 < values.length; at += 2) {
    const [, , , oid = '', status = ''] = (values[at] ?? '').split(' ');
    changes.push({ path: values[at + 1] ?? '', oid: status.startsWith('D') ? undefined : oid });
  }
  return changes;
};

/** Every file of a commit's tree. */
export const readTreeFiles = async (repository: Repository, commit: Oid): Promise<PathChange[]> => {
  const output = await git(repository.gitDir, [
    `--git-dir=${repository.gitDir}`,
    'ls-tree',
    '-r',
    '-z',
    '--full-tree',
    commit,
  ]);
  return output
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      const tab = line.indexOf('\t');
      return tab < 0 ? [] : [{ path: line.slice(tab + 1), oid: line.slice(0, tab).split(' ')[2] }];
    });
};
