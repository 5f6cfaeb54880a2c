import { count, oneLine } from '../../model/text.ts';
import { tryGit } from '../../store/git.ts';

/** Where the work of a directory stands: what another session needs to go on with it. */
export type Stand = {
  readonly branch?: string;
  readonly commit?: string;
  /** Files that are not committed, the first of them. */
  readonly dirty: readonly string[];
  /** How many there are in all. */
  readonly changed: number;
};

const shownFiles = 20;

/** Nothing is known where there is no work tree, or git needs longer than `patience` milliseconds to look at it. */
export const standOf = async (directory: string, patience: number): Promise<Stand | undefined> => {
  const args = ['--no-optional-locks', 'status', '--porcelain=v2', '--branch', '-z'];
  const result = await tryGit(directory, args, { timeout: patience });
  return result.status === 0 ? parseStand(result.stdout.toString('utf8')) : undefined;
};

/** How many words of git's stand before the path, by what the line begins with. */
const before: Readonly<Record<string, number>> = { '1': 8, '2': 9, u: 10, '?': 1 };

export const parseStand = (text: string): Stand => {
  const parts = text.split('\0');
  const header = (name: string): string | undefined =>
    parts.find((part) => part.startsWith(`# ${name} `))?.slice(name.length + 3);
  const files: string[] = [];
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] ?? '';
    const words = before[part[0] ?? ''];
    if (words === undefined || part[1] !== ' ') continue;
    files.push(part.split(' ').slice(words).join(' '));
    // The name that a renamed file had follows as a part of its own.
    if (part.startsWith('2 ')) at += 1;
  }
  const [commit, branch] = [header('branch.oid'), header('branch.head')];
  return {
    ...(branch !== undefined && branch !== '(detached)' && { branch }),
    ...(commit !== undefined && /^[0-9a-f]{40,64}$/.test(commit) && { commit }),
    dirty: files.slice(0, shownFiles),
    changed: files.length,
  };
};

/** In words, for whoever goes on: on work/build-api at 4f2a9c1, 3 files not committed. */
export const standText = (stand: Stand | undefined): string => {
  if (!stand) return 'in a place that is not known';
  const { branch, commit, changed } = stand;
  const place = [
    ...(branch === undefined ? [] : [`on ${oneLine(branch, 200)}`]),
    ...(commit === undefined ? [] : [`at ${commit.slice(0, 7)}`]),
  ].join(' ');
  const open = changed === 0 ? 'everything committed' : `${count(changed, 'file')} not committed`;
  return place === '' ? open : `${place}, ${open}`;
};
