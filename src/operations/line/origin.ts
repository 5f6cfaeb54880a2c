import { ConcordError, invalid } from '../../model/error.ts';
import { checkLine } from '../../model/names.ts';
import { shown } from '../../model/text.ts';
import type { Point } from '../../store/past.ts';
import type { Store } from '../../store/store.ts';
import { positionAt } from '../at.ts';

/** A point of the history, with what it is called. */
export type Named = Point & { readonly name: string };

/** The point that is meant: a snapshot or a commit of any line, a time of this one, or the head of a line. */
export const originOf = async (store: Store, line: string, text: string): Promise<Named> => {
  const name = text.replace(/^(refs\/tags\/)?concord\//, '');
  const commit =
    (await store.tagged(name)) ??
    (/^[0-9a-f]{7,64}$/.test(text) ? await full(store, text) : undefined);
  if (commit !== undefined) return pointOf(store, line, name, commit);
  const head = await headOf(store, text);
  if (head) return { ...head, name: text };
  const position = await positionAt(store, line, text);
  const entry = await store.read(line, (facts) => facts.entry(line, position));
  if (!entry) throw invalid('snapshot', 'a snapshot, a commit or a time', shown(text));
  return { line, position, commit: entry.oid, name: text };
};

const full = (store: Store, prefix: string): Promise<string | undefined> =>
  store.read('main', (facts) => {
    if (facts.place(prefix)) return prefix;
    const found = facts.placesStarting(prefix);
    if (found.length > 1) throw invalid('snapshot', 'longer: several commits begin so', prefix);
    return found[0];
  });

/** The head of a line that is open; undefined where the text is no name of one. */
const headOf = async (store: Store, text: string): Promise<Point | undefined> => {
  if (text !== 'main' && !text.startsWith('replay/')) return undefined;
  const line = checkLine(text);
  return store.read(line, (facts) => {
    const head = facts.head(line);
    return head && { line, position: head.position, commit: head.oid };
  });
};

/** Where a commit stands; as part of this line's own history, if it is. */
const pointOf = (store: Store, line: string, name: string, commit: string): Promise<Named> =>
  store.read(line, (facts) => {
    const place = facts.place(commit);
    if (!place) throw foreign(name, commit);
    const own = facts.lines
      .course(line)
      .some((stand) => stand.line === place.line && place.position <= stand.position);
    return { line: own ? line : place.line, position: place.position, commit, name };
  });

const foreign = (name: string, commit: string): ConcordError =>
  new ConcordError(
    'NOT_FOUND',
    `${shown(name)} points to ${commit.slice(0, 12)}, which is no commit of this store; nothing was done.`,
    {
      hint: 'A snapshot is a tag on a commit of main or of a replay.',
      next: { operation: 'team_snapshot', input: { action: 'list' } },
    },
  );
