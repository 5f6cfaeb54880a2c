import { tryGit } from './git.ts';

/** So many commits are counted; beyond it, "more than". */
export const commitsCounted = 100;

/** Looking at the code is a help: a slow disk must not make a briefing wait for it. */
const patience = 1_000;

const isOid = (text: string): boolean => /^[0-9a-f]{40,64}$/.test(text);

export type CodeSince = {
  /** Where the work tree stands. */
  readonly head: string;
  /** Commits that it has got since, at most `commitsCounted` + 1. */
  readonly commits: number;
  /** The subject of the newest of them. */
  readonly newest?: string;
};

/** The code of the work tree here, and what came since a commit of it; undefined where there is none, or git cannot say in time. */
export const codeSince = async (
  directory: string,
  commit: string | undefined,
): Promise<CodeSince | undefined> => {
  const since = commit !== undefined && isOid(commit) ? commit : undefined;
  const limit = since === undefined ? 1 : commitsCounted + 1;
  const args = ['log', `-n${limit}`, '--format=%H%x00%s', 'HEAD'];
  const found = await tryGit(directory, since === undefined ? args : [...args, `^${since}`], {
    timeout: patience,
  });
  // A commit that is not there any more, after a rebase and a collection, leaves nothing to compare with.
  if (found.status !== 0) return since === undefined ? undefined : codeSince(directory, undefined);
  const lines = found.stdout.toString('utf8').split('\n').filter(Boolean);
  const [head, newest] = lines[0]?.split('\0') ?? [];
  if (since === undefined) return head === undefined ? undefined : { head, commits: 0 };
  return {
    head: head ?? since,
    commits: lines.length,
    ...(newest !== undefined && { newest }),
  };
};

/** A path as a commit had it. */
export type FileAt = { readonly commit: string; readonly path: string };

/** A path that git can be asked about on one line, from the top of the repository. */
const isPlain = ({ commit, path }: FileAt): boolean =>
  isOid(commit) && /^[^\0\n\r]{1,500}$/.test(path) && !/^(\.{0,2}\/|\.{1,2}$)/.test(path);

/**
 * Of these, what stands differently at HEAD: by content, as one git process tells it. A file that was not in the commit yet, such as one
 * that a decision announced, counts once it is there in two states, so never here.
 */
export const changedSince = async (
  directory: string,
  asked: readonly FileAt[],
): Promise<readonly FileAt[]> => {
  const files = asked.filter(isPlain);
  if (files.length === 0) return [];
  const input = files.map(({ commit, path }) => `${commit}:${path}\nHEAD:${path}\n`).join('');
  const found = await tryGit(directory, ['cat-file', '--batch-check=%(objectname)'], {
    input,
    timeout: patience,
  });
  if (found.status !== 0) return [];
  const lines = found.stdout.toString('utf8').split('\n');
  return files.filter((_, at) => {
    const [before = '', now = ''] = lines.slice(at * 2, at * 2 + 2);
    return isOid(before) && before !== now;
  });
};
