import type { View } from '../model/view.ts';
import { build } from './build.ts';
import type { Built, Request } from './build.ts';
import type { Head } from './index/records.ts';
import type { Facts } from './index/facts.ts';
import { git } from './git.ts';
import { lineRef, refPrefix } from './layout.ts';
import type { GitObject, Oid } from './object.ts';
import { encodeLines, linesRef, readLines } from './lines.ts';
import { storePack } from './pack-file.ts';
import { lockGone, moveOrWait } from './move-or-wait.ts';
import { readTip } from './refs.ts';
import { Missing } from './tree.ts';
import type { Writing } from './transact.ts';
import { ConcordError } from '../model/error.ts';

/** Where a new line begins: a commit of another line, and the state there. */
export type Beginning = { readonly head: Head; readonly view: View };

/**
 * Begins a line: its first commit has the commit that it begins from as parent. The list of lines moves before its ref is made, so that
 * whoever gives out a version number on it is seen by all others. `from` is asked on one state of the index.
 */
export const startLine = async <T>(
  writing: Writing,
  request: Request<T>,
  from: (facts: Facts) => Beginning,
): Promise<Built<T>> => {
  const { repository, objects } = writing;
  const { line } = request;
  for (const until = Date.now() + limit; Date.now() < until;) {
    const { built, main } = await buildStart(writing, request, from);
    await addLine(writing, line);
    const stored = storePack(repository, built.objects);
    try {
      // Whoever closes the line that it begins on holds main while looking at the list of lines; main itself is never closed.
      const held = main === undefined ? [] : [[lineRef('main'), main] as const];
      const verify = { held: new Map(held), read: new Map() };
      const ref = lineRef(line);
      const begins = (): Promise<boolean> =>
        moveOrWait(repository, { ref, next: built.record.oid, expected: undefined, verify });
      if (stored.kept() && (await begins())) {
        objects.wrote(built.objects);
        return built;
      }
    } finally {
      stored.release();
    }
    if ((await readTip(repository, lineRef(line))) !== undefined) throw taken(line);
  }
  throw busy();
};

/** After this long without success the caller is told that the store is busy. */
const limit = 10_000;

const buildStart = async <T>(
  { repository, objects, index }: Writing,
  request: Request<T>,
  from: (facts: Facts) => Beginning,
): Promise<{ readonly built: Built<T>; readonly main: Oid | undefined }> => {
  const cached = (oid: Oid): GitObject | undefined => objects.cached(oid);
  for (;;) {
    try {
      const { built, main } = await index.read('main', (facts) => {
        const start = from(facts);
        const head = facts.head('main');
        return {
          built: build({ format: repository.format, facts, cached, start }, request),
          main:
            facts.place(start.head.oid)?.line === 'main'
              ? undefined
              : (head?.illegal?.tip ?? head?.oid),
        };
      });
      if ('record' in built) return { built, main };
      throw new Error('a line begins with a transaction');
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      await objects.read(error.oid);
    }
  }
};

/**
 * What is left of a replay that main has closed: its ref, the cursors of its readers, its place on the list. What cannot be taken away now
 * does no harm: main says that the line is closed.
 */
export const endLine = async (writing: Writing, line: string, tip: Oid): Promise<void> => {
  const { repository } = writing;
  const { gitDir } = repository;
  const remove = async (refs: readonly string[]): Promise<void> => {
    for (const ref of refs) await lockGone(repository, ref.split(' ')[0] ?? '');
    const input = refs.map((ref) => `delete ${ref}\n`).join('');
    await git(gitDir, [`--git-dir=${gitDir}`, 'update-ref', '--no-deref', '--stdin'], { input });
  };
  await remove([`${lineRef(line)} ${tip}`]);
  await changeLines(writing, (names) => names.filter((name) => name !== line));
  const format = '--format=%(refname) %(objectname)';
  const cursors = `${refPrefix}inbox/${line}/`;
  const left = await git(gitDir, [`--git-dir=${gitDir}`, 'for-each-ref', format, cursors]);
  await remove(left.toString('utf8').split('\n').filter(Boolean));
};

/** Puts a line on the list. */
const addLine = (writing: Writing, line: string): Promise<void> =>
  changeLines(writing, (names) => [...names, line]);

const changeLines = async (
  writing: Writing,
  change: (names: readonly string[]) => readonly string[],
): Promise<void> => {
  const { repository, objects } = writing;
  for (const until = Date.now() + limit; Date.now() < until;) {
    const before = await readTip(repository, linesRef);
    const next = encodeLines(repository.format, change(await readLines(objects, before)));
    if (next.oid === before) return;
    const stored = storePack(repository, [next]);
    try {
      const move = { ref: linesRef, next: next.oid, expected: before };
      if (stored.kept() && (await moveOrWait(repository, move))) {
        objects.wrote([next]);
        return;
      }
    } finally {
      stored.release();
    }
  }
  throw busy();
};

const busy = (): ConcordError =>
  new ConcordError(
    'CONFLICT',
    'Others kept changing main or the list of lines; nothing was done.',
    {
      hint: 'Try the same call again.',
    },
  );

const taken = (line: string): ConcordError =>
  new ConcordError('CONFLICT', `There is a line ${line} already; nothing was done.`, {
    hint: 'Take another name.',
    next: { operation: 'team_replay', input: { action: 'list' } },
  });
