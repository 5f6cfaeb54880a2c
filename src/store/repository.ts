import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { ConcordError } from '../model/error.ts';
import { git, gitFailure, tryGit } from './git.ts';
import { sha1, sha256 } from './object.ts';
import type { ObjectFormat, Person } from './object.ts';

/** A git repository as the store sees it: what all its worktrees share, and the settings that matter. */
export type Repository = {
  /** Absolute path of the common git directory. */
  readonly gitDir: string;
  readonly format: ObjectFormat;
  readonly bare: boolean;
  /** Absolute path of the hooks. */
  readonly hooks: string;
  readonly config: ReadonlyMap<string, string>;
  /** Concord's own derived files: a cache, safe to delete at any time. */
  readonly local: string;
  /** Network file systems promise too little about locks and shared memory for an index on disk. */
  readonly network: boolean;
};

const settings =
  '^(user\\.(name|email)|core\\.(logallrefupdates|sharedrepository|pager)|extensions\\.refstorage|gc\\.autopacklimit|concord\\.[a-z]+|fetch\\.negotiationalgorithm|remote\\..+\\.url)$';

const identity = '^(user\\.(name|email)|concord\\.agent)$';

/**
 * Finds the repository of a directory. It is git that looks, so that its rules hold (ceilings, owners, worktrees): its refusals are
 * passed on in its own words. For a store apart, `caller` is the directory whose user signs.
 */
export const openRepository = async (
  directory: string,
  caller: string = directory,
): Promise<Repository> => {
  const args = [
    'rev-parse',
    '--path-format=absolute',
    '--git-common-dir',
    '--is-bare-repository',
    '--show-object-format',
    '--git-path',
    'hooks',
  ];
  const [found, config, own] = await Promise.all([
    tryGit(directory, args),
    readConfig(directory, settings),
    caller === directory ? new Map<string, string>() : readConfig(caller, identity),
  ]);
  if (found.status !== 0) throw notFound(directory, found.stderr, gitFailure(args, found));
  const [gitDir = '', bare, format, hooks = ''] = found.stdout
    .toString('utf8')
    .trimEnd()
    .split('\n');
  return {
    gitDir,
    format: format === 'sha256' ? sha256 : sha1,
    bare: bare === 'true',
    hooks,
    config: new Map([...config, ...own]),
    local: join(gitDir, 'concord'),
    network: isNetwork(gitDir),
  };
};

const readConfig = async (directory: string, names: string): Promise<Map<string, string>> => {
  const result = await tryGit(directory, ['config', '--null', '--get-regexp', names]);
  return parseConfig(result.stdout.toString('utf8'));
};

/** Makes the separate store `--store` names, when there is no repository at that path yet. */
export const createBare = async (path: string): Promise<void> => {
  await git('.', ['init', '--quiet', '--bare', '--', path]);
};

const notFound = (directory: string, said: string, otherwise: ConcordError): ConcordError => {
  if (/not a git repository/.test(said)) {
    return new ConcordError('NO_STORE', `${directory} is not inside a git repository.`, {
      hint: 'A Concord store lives in a git repository.',
      next: 'git init, then concord init (or --store PATH for a store elsewhere)',
    });
  }
  if (/dubious ownership/.test(said))
    return new ConcordError('NOT_ALLOWED', `git does not trust this repository: ${said}`);
  return otherwise;
};

/** The accountable human: the git user, or the agent where none is configured. */
export const committerOf = ({ config }: Repository, agent: string): Person => ({
  name: config.get('user.name') || agent,
  email: config.get('user.email') || 'no-reply@concord.invalid',
});

/** `key NEWLINE value NUL`; the last value of a key is the one in force. Keys come in lower case. */
const parseConfig = (text: string): Map<string, string> => {
  const entries = text.split('\0').filter((entry) => entry !== '');
  return new Map(
    entries.map((entry) => {
      const end = entry.indexOf('\n');
      return end < 0 ? [entry, 'true'] : [entry.slice(0, end), entry.slice(end + 1)];
    }),
  );
};

/** statfs(2) types of NFS, SMB 1 and 2, CIFS, 9p, FUSE, Ceph and AFS. */
const networkTypes = new Set([
  0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x01021997, 0x65735546, 0x00c36400, 0x5346414f,
]);

const isNetwork = (path: string): boolean => {
  try {
    return networkTypes.has(statfsSync(path).type);
  } catch {
    return false;
  }
};
