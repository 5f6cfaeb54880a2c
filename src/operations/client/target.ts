import fs from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConcordError } from '../../model/error.ts';
import { tryGit } from '../../store/git.ts';
import type { Homes } from './entry.ts';
import type { Words } from './hooks.ts';

/** The work tree that a directory belongs to. */
export type Place = {
  readonly root: string;
  /** What all its work trees share. */
  readonly gitDir: string;
};

/** Asks git; undefined where there is no work tree. */
export const findPlace = async (directory: string): Promise<Place | undefined> => {
  const args = ['rev-parse', '--path-format=absolute', '--show-toplevel', '--git-common-dir'];
  const { status, stdout } = await tryGit(directory, args);
  const [root = '', gitDir = ''] = stdout.toString('utf8').split('\n');
  return status === 0 && root !== '' ? { root, gitDir } : undefined;
};

export const placeOf = async (directory: string): Promise<Place> => {
  const place = await findPlace(directory);
  if (place) return place;
  throw new ConcordError(
    'NOT_ALLOWED',
    `${directory} is in no work tree of git; nothing was changed.`,
    {
      hint: 'The files of a client belong to a work tree. With --user they are your own, for all repositories.',
      next: 'concord init --client claude --user',
    },
  );
};

/** Where what is remembered of the user's own files is kept. */
export const userDirectory = (): string =>
  join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'concord');

/** Where the clients keep what is the user's own. */
export const homesOf = (): Homes => {
  const home = homedir();
  const { CLAUDE_CONFIG_DIR, CODEX_HOME, XDG_CONFIG_HOME } = process.env;
  return {
    claude: CLAUDE_CONFIG_DIR || join(home, '.claude'),
    claudeServers: join(CLAUDE_CONFIG_DIR || home, '.claude.json'),
    codex: CODEX_HOME || join(home, '.codex'),
    gemini: join(home, '.gemini'),
    opencode: join(XDG_CONFIG_HOME || join(home, '.config'), 'opencode'),
    cursor: join(home, '.cursor'),
  };
};

/** The program as it is installed: some directories above this file, in the sources as in what is built of them. */
const scriptPath = (from = dirname(fileURLToPath(import.meta.url))): string => {
  const script = join(from, 'bin/concord.js');
  if (fs.existsSync(script)) return script;
  if (dirname(from) === from)
    throw new ConcordError('INTERNAL', 'The program bin/concord.js is not where it belongs.');
  return scriptPath(dirname(from));
};

/** What starts this very Concord, whatever the PATH is: a hook that does not start fails without a word. */
export const absoluteWords = (): Words => [process.execPath, scriptPath()];

const isProgram = (path: string): boolean => {
  try {
    fs.accessSync(path, fs.constants.X_OK);
    return fs.statSync(path).isFile();
  } catch {
    return false;
  }
};

/** Where the PATH has a program; undefined where it has none. */
export const onPathAt = (name: string): string | undefined => {
  const directories = (process.env['PATH'] ?? '').split(':').filter((path) => path.startsWith('/'));
  return directories.map((path) => join(path, name)).find(isProgram);
};
