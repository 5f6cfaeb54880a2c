import fs from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ConcordError } from '../model/error.ts';
import { shown } from '../model/text.ts';
import {
  errorCode,
  inodeOf,
  readIfThere,
  remove,
  removeQuietly,
  syncDirectory,
  writeSynced,
} from './disk.ts';
import { git, tryGit } from './git.ts';
import type { Oid } from './object.ts';
import { ownerFile } from './lock-owner.ts';
import type { Repository } from './repository.ts';
import { makeDirectory } from './shared.ts';

/** Another process holds the ref's lock file. */
export class Locked extends Error {
  readonly path: string;
  constructor(path: string) {
    super(`${path} is held`);
    this.path = path;
  }
}

const hex = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/**
 * The commit a ref points to, read in this process: the loose file first, then packed-refs (the other order can miss a ref that is
 * being packed). A ref that is there but unreadable is refused, never taken for "not there".
 */
export const readRef = (repository: Repository, ref: string): Oid | undefined => {
  const loose = readIfThere(join(repository.gitDir, ref))?.toString('latin1');
  if (loose === undefined) return readPacked(repository).get(ref);
  const oid = loose.trimEnd();
  if (hex.test(oid)) return oid;
  throw new ConcordError('STORAGE', `${ref} is broken: it holds ${shown(oid)}.`, {
    hint: loose.startsWith('ref:')
      ? 'Concord does not follow symbolic refs.'
      : 'An interrupted write by another program left it so.',
    next: 'concord doctor',
  });
};

type Packed = { readonly key: string; readonly refs: ReadonlyMap<string, Oid> };
const packedByDirectory = new Map<string, Packed>();

const readPacked = (repository: Repository): ReadonlyMap<string, Oid> => {
  const path = join(repository.gitDir, 'packed-refs');
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  if (!stat) return new Map();
  const key = `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
  const cached = packedByDirectory.get(path);
  if (cached?.key === key) return cached.refs;
  const text = readIfThere(path)?.toString('utf8') ?? '';
  const refs = new Map<string, Oid>();
  for (const match of text.matchAll(/^([0-9a-f]{40,64}) (refs\/(?:tags\/)?concord(?:\/.+)?)$/gm))
    refs.set(match[2] ?? '', match[1] ?? '');
  packedByDirectory.set(path, { key, refs });
  return refs;
};

/**
 * Whether this process may move refs itself by git's own lock-file protocol: only where nothing but the file would have to know.
 * Reftables, a reference-transaction hook and reflogs of every ref need git.
 */
export const mayMoveInProcess = (repository: Repository): boolean =>
  hasFiles(repository) &&
  repository.config.get('core.logallrefupdates') !== 'always' &&
  !repository.network &&
  !isExecutable(join(repository.hooks, 'reference-transaction'));

const hasFiles = ({ config }: Repository): boolean =>
  (config.get('extensions.refstorage') ?? 'files') === 'files';

const isExecutable = (path: string): boolean => {
  try {
    fs.accessSync(path, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/**
 * Compare-and-swap by git's protocol: whoever creates `<ref>.lock` may rename it onto the ref. The lock appears by hard link with its
 * content complete and synced, so a kill leaves either nothing or a whole lock whose owner is known. When this returns true the move is
 * on the disk; false when the ref was not `expected`, or where only the history can tell. Throws Locked while somebody else holds the lock.
 */
export const moveRef = (
  repository: Repository,
  ref: string,
  next: Oid,
  expected: Oid | undefined,
  verify: Verify = noOthers,
): boolean => {
  const path = join(repository.gitDir, ref);
  if (expected === undefined) checkNames(repository, ref);
  const owner = ownerFile(repository);
  // In one order for all, so that no two writers wait for each other.
  const refs = [ref, ...verify.held.keys()].sort();
  const locks = refs.map((name) => join(repository.gitDir, `${name}.lock`));
  const taken: string[] = [];
  try {
    writeSynced(repository, owner, `${next}\n`, 0o644);
    const mine = inodeOf(owner);
    try {
      for (const lock of locks) {
        takeLock(repository, owner, lock);
        taken.push(lock);
      }
      const stands = [[ref, expected] as const, ...verify.held, ...verify.read];
      if (stands.some(([name, oid]) => readRef(repository, name) !== oid)) return false;
      // Two that break the same dead lock may take ours for it: a lock is only used while it is ours.
      if (locks.some((lock) => inodeOf(lock) !== mine)) return false;
      fs.renameSync(`${path}.lock`, path);
    } finally {
      for (const lock of taken) if (inodeOf(lock) === mine) remove(lock);
    }
    confirm(dirname(path), ref);
    // Somebody has moved it on, or it was not our lock after all: the history tells.
    return inodeOf(path) === mine;
  } finally {
    // The answer is known: what cannot be removed now is swept later.
    removeQuietly(owner);
  }
};

/**
 * Refs that must stand where they were seen when another one moves. Those that are held cannot move meanwhile; the others are looked at once
 * the locks are taken.
 */
export type Verify = {
  readonly held: ReadonlyMap<string, Oid | undefined>;
  readonly read: ReadonlyMap<string, Oid | undefined>;
};

const noOthers: Verify = { held: new Map(), read: new Map() };

/** Throws Locked while somebody holds the ref's lock: then there is no use in writing objects yet. */
export const checkLock = (repository: Repository, ref: string): void => {
  const lock = join(repository.gitDir, `${ref}.lock`);
  if (fs.existsSync(lock)) throw new Locked(lock);
};

/**
 * No ref may lie below another: git would find neither then. Where refs are packed the file system does not see to it, and what it says of a
 * loose one helps nobody.
 */
const checkNames = (repository: Repository, ref: string): void => {
  const folders = ref.split('/').slice(0, -1);
  const above = folders.map((_, depth) => folders.slice(0, depth + 1).join('/'));
  const taken =
    above.find((name) => readRef(repository, name) !== undefined) ??
    [...readPacked(repository).keys()].find((name) => name.startsWith(`${ref}/`)) ??
    looseBelow(repository, ref);
  if (taken === undefined) return;
  throw new ConcordError('STORAGE', `${ref} cannot be made beside ${taken}; nothing was written.`, {
    hint: 'git allows no ref whose name goes on after the name of another one.',
    next: `git for-each-ref ${above.at(-1)}`,
  });
};

const looseBelow = ({ gitDir }: Repository, ref: string): string | undefined => {
  const path = join(gitDir, ref);
  if (!fs.statSync(path, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const entries = fs.readdirSync(path, { recursive: true, withFileTypes: true });
  const file = entries.find((entry) => entry.isFile() && !entry.name.endsWith('.lock'));
  return file && relative(gitDir, join(file.parentPath, file.name));
};

const confirm = (directory: string, ref: string): void => {
  try {
    syncDirectory(directory);
  } catch (error) {
    // git packs a ref that stands alone in its directory, and takes the directory away: the history tells.
    if (errorCode(error) === 'ENOENT') return;
    throw new ConcordError(
      'STORAGE',
      `${ref} has moved and the result can be read, but the disk did not confirm it (${errorCode(error)}).`,
      {
        hint: 'It may not survive a power failure. Mend the disk, then read the result again before going on.',
        cause: error,
      },
    );
  }
};

const takeLock = (repository: Repository, owner: string, lock: string): void => {
  try {
    fs.linkSync(owner, lock);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw new Locked(lock);
    if (errorCode(error) !== 'ENOENT') throw error;
    // git removes directories of refs that have become empty.
    for (const made of makeDirectory(repository, dirname(lock)).toReversed())
      syncDirectory(dirname(made));
    fs.linkSync(owner, lock);
  }
};

/** The same compare-and-swap through git, for repositories where a file move is not enough. */
export const moveRefByGit = async (
  repository: Repository,
  ref: string,
  next: Oid,
  expected: Oid | undefined,
  verify: Verify = noOthers,
): Promise<boolean> => {
  const zero = '0'.repeat(repository.format.bytes * 2);
  const options = [
    '-c',
    'core.fsync=committed',
    '-c',
    'core.filesRefLockTimeout=2000',
    '-c',
    'core.packedRefsTimeout=10000',
    // As found from the work tree: a relative path would mean another place here.
    '-c',
    `core.hooksPath=${repository.hooks}`,
  ];
  const args = [
    ...options,
    `--git-dir=${repository.gitDir}`,
    'update-ref',
    '--no-deref',
    '--stdin',
  ];
  const others = [...verify.held, ...verify.read];
  const commands = [
    ...others.map(([name, oid]) => `verify ${name} ${oid ?? zero}`),
    `update ${ref} ${next} ${expected ?? zero}`,
  ];
  const result = await tryGit(repository.gitDir, args, { input: `${commands.join('\n')}\n` });
  if (result.status === 0) return true;
  const now = await readTip(repository, ref);
  if (now === next) return true;
  if (now !== expected) return false;
  for (const [name, oid] of others) if ((await readTip(repository, name)) !== oid) return false;
  if (/\.lock': File exists/.test(result.stderr))
    throw new Locked(/'([^']+\.lock)': File exists/.exec(result.stderr)?.[1] ?? `${ref}.lock`);
  throw new ConcordError(
    'STORAGE',
    `git refused to move ${ref}; nothing was published: ${result.stderr}`,
  );
};

/** The same as `readRef` where the refs may be kept in another way than as files: then git is asked. */
export const readTip = async (repository: Repository, ref: string): Promise<Oid | undefined> =>
  hasFiles(repository) ? readRef(repository, ref) : readRefByGit(repository, ref);

export const readRefByGit = async (
  repository: Repository,
  ref: string,
): Promise<Oid | undefined> => {
  const output = await git(repository.gitDir, [
    `--git-dir=${repository.gitDir}`,
    'for-each-ref',
    '--format=%(refname) %(objectname) %(symref)',
    ref,
  ]);
  const lines = output.toString('utf8').split('\n');
  const [, oid, symref] = lines.find((line) => line.startsWith(`${ref} `))?.split(' ') ?? [];
  if (!symref) return oid;
  throw new ConcordError('STORAGE', `${ref} is broken: it holds ${shown(`ref: ${symref}`)}.`, {
    hint: 'Concord does not follow symbolic refs.',
    next: 'concord doctor',
  });
};
