import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { git, gitEnv } from './repository.ts';

/** What another program does to the line's files; null takes a file away. */
export type ByHand = {
  readonly message: string;
  readonly files?: Readonly<Record<string, string | null>>;
  readonly date?: string;
  /** Its author where that is not the user of the repository. */
  readonly author?: string;
  /** The line that it is on; main without. */
  readonly line?: string;
  /** What it joins. */
  readonly joins?: readonly string[];
  /** Leave the line alone; only make the commit. */
  readonly aside?: true;
};

/** A git command with a scratch index and an input. */
export const gitWith = (
  directory: string,
  input: string,
  args: readonly string[],
  env = {},
): string =>
  execFileSync('git', args, {
    cwd: directory,
    env: { ...gitEnv, GIT_INDEX_FILE: join(directory, '.git/scratch-index'), ...env },
    input,
    encoding: 'utf8',
  }).trim();

/** A commit on the line made by git alone, as another tool would make it; returns its id. */
export const commitByHand = (
  directory: string,
  { message, files = {}, date, author, line = 'main', joins = [], aside }: ByHand,
): string => {
  const ref = `refs/concord/${line}`;
  const before = git(directory, 'rev-parse', ref);
  gitWith(directory, '', ['read-tree', before]);
  for (const [path, text] of Object.entries(files)) {
    if (text === null) {
      gitWith(directory, '', ['update-index', '--force-remove', path]);
      continue;
    }
    const blob = gitWith(directory, text, ['hash-object', '-w', '--stdin']);
    gitWith(directory, '', ['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
  }
  const tree = gitWith(directory, '', ['write-tree']);
  const dates = date === undefined ? {} : { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  const env = { ...dates, ...(author !== undefined && { GIT_AUTHOR_NAME: author }) };
  const parents = [before, ...joins].flatMap((parent) => ['-p', parent]);
  const commit = gitWith(directory, message, ['commit-tree', tree, ...parents], env);
  if (!aside) git(directory, 'update-ref', ref, commit, before);
  return commit;
};
