import fs from 'node:fs';
import { join } from 'node:path';
import { ConcordError } from '../model/error.ts';
import { count, oneLine } from '../model/text.ts';
import { listIfThere } from './disk.ts';
import { sweepKeeps } from './fold.ts';
import { git, tryGit } from './git.ts';
import { lineRef, refPrefix } from './layout.ts';
import { linesRef } from './lines.ts';
import { isDead, sweepOwners } from './lock-owner.ts';
import type { Oid } from './object.ts';
import type { Repository } from './repository.ts';
import { snapshotPrefix } from './tag.ts';

export type Ref = { readonly name: string; readonly oid: Oid };

/** All that Concord has put into a repository. */
export type Belongings = {
  readonly refs: readonly Ref[];
  /** Refs that lie among them, and are somebody else's. */
  readonly others: readonly string[];
  /** The directory of derived files; undefined where there is none. */
  readonly local: string | undefined;
};

const fields = ['refname', 'objectname', 'objecttype', 'tag', 'taggeremail', 'symref'];

type Seen = {
  readonly name: string;
  readonly oid: Oid;
  readonly type: string;
  readonly tag: string;
  readonly tagger: string;
  readonly symref: string;
};

/** Places below `refs/concord/` to which Concord writes. */
const isLine = (name: string): boolean =>
  name === lineRef('main') ||
  name === linesRef ||
  name.startsWith(`${refPrefix}replay/`) ||
  name.startsWith(`${refPrefix}inbox/`);

/** The tag of a snapshot says its own name, and an address that only Concord gives. */
const isSnapshot = ({ type, tag, tagger }: Seen): boolean =>
  type === 'tag' && tag.startsWith('concord/') && tagger.endsWith('@concord.invalid>');

/** What there is of Concord in a repository, as git lists it now. */
export const listBelongings = async (repository: Repository): Promise<Belongings> => {
  const output = await git(repository.gitDir, [
    `--git-dir=${repository.gitDir}`,
    'for-each-ref',
    `--format=${fields.map((field) => `%(${field})`).join('%00')}%00`,
    refPrefix,
    'refs/tags/concord/',
    snapshotPrefix(repository),
  ]);
  const values = output.toString('utf8').split('\0');
  const seen = new Map<string, Seen>();
  for (let at = 0; at + fields.length <= values.length; at += fields.length) {
    const [name = '', oid = '', type = '', tag = '', tagger = '', symref = ''] = values
      .slice(at, at + fields.length)
      .map((text) => text.trim());
    seen.set(name, { name, oid, type, tag, tagger, symref });
  }
  const all = [...seen.values()];
  const isOurs = (ref: Seen): boolean => ref.symref === '' && (isLine(ref.name) || isSnapshot(ref));
  return {
    refs: all.filter(isOurs).map(({ name, oid }) => ({ name, oid })),
    others: all.filter((ref) => !isOurs(ref)).map(({ name }) => name),
    local: fs.existsSync(repository.local) ? repository.local : undefined,
  };
};

/** Refuses while another process is at work in the store: it would make again what is being taken away. */
export const checkQuiet = (repository: Repository, { refs, others }: Belongings): void => {
  const broken = others.find(isLine);
  if (broken !== undefined)
    throw new ConcordError(
      'STORAGE',
      `${oneLine(broken)} is a symbolic ref; nothing was removed.`,
      {
        hint: 'Concord makes none: remove it by git symbolic-ref --delete if it is not wanted.',
      },
    );
  sweepKeeps(repository);
  sweepOwners(repository);
  const writers = listIfThere(join(repository.local, 'locks')).filter((mark) => !isDead(mark));
  const locks = refs.map(({ name }) => `${name}.lock`);
  const held = locks.filter((name) => fs.existsSync(join(repository.gitDir, name)));
  if (writers.length + held.length === 0) return;
  throw new ConcordError(
    'CONFLICT',
    `${held[0] ?? count(writers.length, 'process', 'processes')} ${held[0] ? 'is held' : 'writes to the store now'}; nothing was removed.`,
    { hint: 'End the sessions that use the store, then try again.', next: 'concord eject' },
  );
};

/** Deletes exactly these refs, all or none, each only if it still stands where it was listed. */
export const deleteRefs = async (repository: Repository, refs: readonly Ref[]): Promise<void> => {
  if (refs.length === 0) return;
  const args = [
    '-c',
    `core.hooksPath=${repository.hooks}`,
    `--git-dir=${repository.gitDir}`,
    'update-ref',
    '--no-deref',
    '--stdin',
  ];
  const input = refs.map(({ name, oid }) => `delete ${name} ${oid}\n`).join('');
  const { status, stderr } = await tryGit(repository.gitDir, args, { input });
  if (status === 0) return;
  throw new ConcordError('CONFLICT', `git did not delete the refs, not one of them: ${stderr}`, {
    hint: 'Somebody has moved one of them meanwhile, or git may not write here.',
    next: 'concord eject',
  });
};

/** Takes the derived files away. Packs stay where they are: what no ref names any more, git collects. */
export const removeLocal = ({ local }: Repository): void =>
  fs.rmSync(local, { recursive: true, force: true, maxRetries: 3 });
