import { join, relative, sep } from 'node:path';
import { tryGit } from '../../store/git.ts';
import { block } from './entry.ts';
import type { Entry } from './entry.ts';
import { isOwner } from './change.ts';
import type { Change, Wish } from './change.ts';
import type { Owner } from './record.ts';
import type { Place } from './target.ts';

/** Which of these paths git knows as files of the work tree. */
export const trackedAmong = async (
  { root }: Place,
  paths: readonly string[],
): Promise<ReadonlySet<string>> => {
  const inside = paths.filter((path) => path.startsWith(root + sep));
  if (inside.length === 0) return new Set();
  const args = ['--literal-pathspecs', 'ls-files', '-z', '--', ...inside];
  const { stdout } = await tryGit(root, args);
  const names = stdout.toString('utf8').split('\0').filter(Boolean);
  return new Set(names.map((name) => join(root, name)));
};

const isIgnored = async ({ root }: Place, path: string): Promise<boolean> =>
  (await tryGit(root, ['check-ignore', '-q', '--', path])).status === 0;

/** The line of an exclude file that means this path alone. */
const lineFor = (root: string, path: string): string =>
  `/${relative(root, path).split(sep).join('/')}`;

/**
 * What `info/exclude` must say so that git takes no notice of the files that these changes make for an owner. A line that is ours already
 * stays, since it is what makes git ignore the file.
 */
export const excludeWish = async (
  place: Place,
  owner: Owner,
  changes: readonly Change[],
  ours: readonly Entry[],
): Promise<readonly Wish[]> => {
  const made = changes.filter(
    ({ real, record }) =>
      record?.before === null &&
      real.startsWith(place.root + sep) &&
      record.owned.some((owned) => isOwner(owned, owner)),
  );
  const paths = made.map(({ real }) => real);
  const tracked = await trackedAmong(place, paths);
  const lines: string[] = [];
  for (const path of paths) {
    const line = lineFor(place.root, path);
    if (tracked.has(path)) continue;
    if (ours.some(({ value }) => value === line) || !(await isIgnored(place, path)))
      lines.push(line);
  }
  if (lines.length === 0) return [];
  const entries = lines.map((line) => block(line, `line ${line}`));
  const path = join(place.gitDir, 'info/exclude');
  return [{ owner, wanted: { path, format: 'exclude', entries } }];
};
