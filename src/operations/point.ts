import { ConcordError, invalid } from '../model/error.ts';
import { nearest, shown } from '../model/text.ts';
import type { Facts } from '../store/index/facts.ts';
import { readNames } from '../store/ref-names.ts';
import type { Store } from '../store/store.ts';
import { isTime, positionAt, snapshotNamed } from './at.ts';

/** One state of a line: where it stands, and what a reader calls it. */
export type Point = {
  readonly name: string;
  readonly line: string;
  readonly position: number;
  readonly commit: string;
  /** What git calls it. */
  readonly git: string;
};

type Names = Awaited<ReturnType<typeof readNames>>;

/** The point that a text names: a line, a time of one, a commit of the history, or a snapshot. Throws NOT_FOUND with what there is. */
export const pointAt = async (store: Store, text: string, line = 'main'): Promise<Point> => {
  const names = await readNames(store.repository);
  const plain = text.replace(/^(refs\/)?concord\//, '');
  const short = `replay/${plain}`;
  // A replay without a name of its own is called after its snapshot: the bare name goes on to mean that.
  const found =
    (await lineCalled(store, plain, names)) ??
    (await adopted(store, plain)) ??
    (isTime(text) ? await timeOf(store, line, text) : undefined) ??
    (await commitCalled(store, text)) ??
    (await snapshotCalled(store, text)) ??
    (await lineCalled(store, short, names)) ??
    (await adopted(store, short));
  if (found) return found;
  throw unknown(text, names);
};

/** An open line. Where its tip is illegal, it stands at the last good commit. */
const lineCalled = async (store: Store, name: string, names: Names): Promise<Point | undefined> => {
  // Without main there is no store, and the store itself says so best.
  if (!names.lines.includes(name) && name !== 'main') return undefined;
  return store.read(name, (facts) => {
    const head = facts.head(name);
    return (
      head && {
        name,
        line: name,
        position: head.position,
        commit: head.oid,
        git: `concord/${name}`,
      }
    );
  });
};

/** A replay that is part of main now: its end. */
const adopted = (store: Store, line: string): Promise<Point | undefined> =>
  store.read('main', (facts) => {
    const closing = facts.lines.closing(line);
    const place = closing?.how === 'adopted' ? facts.place(closing.tip) : undefined;
    return closing && place
      ? { name: line, ...place, commit: closing.tip, git: closing.tip.slice(0, 12) }
      : undefined;
  });

const timeOf = async (store: Store, line: string, text: string): Promise<Point | undefined> => {
  const until = await positionAt(store, line, text);
  return store.read(line, (facts) => {
    for (let position = until; position > 0; position -= 1) {
      const entry = facts.entry(line, position);
      if (entry && !entry.refused)
        return {
          name: text,
          line,
          position,
          commit: entry.oid,
          git: entry.oid.slice(0, 12),
        };
    }
    return undefined;
  });
};

const commitCalled = (store: Store, text: string): Promise<Point | undefined> =>
  store.read('main', (facts) => {
    if (!/^[0-9a-f]{7,64}$/.test(text)) return undefined;
    const found = [
      ...new Set([...(facts.place(text) ? [text] : []), ...facts.placesStarting(text)]),
    ];
    if (found.length > 1) throw invalid('commit', 'longer: several commits begin so', shown(text));
    const [commit] = found;
    if (commit === undefined) return undefined;
    const short = commit.slice(0, 12);
    return placed(facts, commit, { name: short, git: short });
  });

const snapshotCalled = async (store: Store, text: string): Promise<Point | undefined> => {
  const name = /^(?:refs\/tags\/)?(?:concord\/)?([a-z0-9][a-z0-9._/-]*)$/.exec(text)?.[1];
  const commit = name === undefined ? undefined : await snapshotNamed(store, name);
  if (name === undefined || commit === undefined) return undefined;
  const found = await store.read('main', (facts) =>
    placed(facts, commit, { name, git: `concord/${name}` }),
  );
  if (found) return found;
  throw new ConcordError(
    'NOT_FOUND',
    `The snapshot ${name} is on a commit that is no state of the store.`,
    { hint: 'A snapshot is a tag on a commit of a line.', next: `git log -1 concord/${name}` },
  );
};

const placed = (
  facts: Facts,
  commit: string,
  names: Pick<Point, 'name' | 'git'>,
): Point | undefined => {
  const place = facts.place(commit);
  if (!place) return undefined;
  if (!facts.entry(place.line, place.position)?.refused) return { ...names, ...place, commit };
  throw new ConcordError(
    'NOT_FOUND',
    `${names.name} breaks the rules: it was never a state of ${place.line}.`,
    {
      hint: 'Its effects were set aside. Name a commit before or after it.',
      next: 'git log --oneline concord/main',
    },
  );
};

const shownNames = 10;

const unknown = (text: string, { lines, snapshots }: Names): ConcordError => {
  const short = lines.map((line) => line.replace(/^replay\//, ''));
  const near = nearest(text, [...lines, ...short, ...snapshots]);
  const list = (names: readonly string[]): string =>
    names.length === 0
      ? 'none'
      : `${names.slice(0, shownNames).join(', ')}${names.length > shownNames ? ` and ${names.length - shownNames} more` : ''}`;
  return new ConcordError(
    'NOT_FOUND',
    `${shown(text)} is no line, snapshot or commit of the store, and no time.`,
    {
      hint: `${near === undefined ? '' : `Did you mean ${near}? `}Lines: ${list(lines)}. Snapshots (git tag -l "concord/*"): ${list(snapshots)}. A time is 2026-11-22T14:00:00Z.`,
      next: 'git tag -l "concord/*"',
    },
  );
};
