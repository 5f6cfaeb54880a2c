import { ConcordError } from '../../model/error.ts';
import { isObject } from '../../model/json.ts';
import { found, hasAny, put, saysNothing, take } from './edit.ts';
import type { Entry, Format, Wanted } from './entry.ts';
import { isSameEntry } from './entry.ts';
import { digestOf } from './record.ts';
import type { FileRecord, Owned, Owner, Records } from './record.ts';
import { missingAbove, readText, realPath } from './text-file.ts';
import { Unfit } from './unfit.ts';

/** What is to become of one file, and what will be known of it then. */
export type Change = {
  /** As the client names it. */
  readonly path: string;
  /** Where it is; another path where links were followed. */
  readonly real: string;
  readonly format: Format;
  /** Whom the change is for. */
  readonly owners: readonly Owner[];
  /** Whether somebody wishes to have something in it. */
  readonly isWished: boolean;
  readonly current: string | undefined;
  /** Undefined: there is to be none. */
  readonly next: string | undefined;
  /** Of those that the change is for: what it puts there, and what it leaves since something else stands there. */
  readonly added: readonly Entry[];
  readonly kept: readonly Entry[];
  /** What it was before Concord is put back as it was. */
  readonly restores: boolean;
  /** Undefined: nothing of ours is in it any more. */
  readonly record: FileRecord | undefined;
  /** Directories that go with the file, as far as they are empty. */
  readonly directories: readonly string[];
};

/** What an owner is to have in a file from now on. */
export type Wish = { readonly owner: Owner; readonly wanted: Wanted };

export const isOwner = (one: Owner, other: Owner): boolean =>
  one.client === other.client && one.root === other.root;

/** The path in a refusal, and where in the file. */
const naming = <T>(path: string, body: () => T): T => {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    throw new ConcordError(
      'INVALID',
      `${path}, line ${error.line}: ${error.message}; no file was changed.`,
      { hint: 'Mend the file, or move it away, then try again.' },
    );
  }
};

type Group = { readonly path: string; readonly format: Format; readonly wishes: readonly Wish[] };

/** Files by where they are: two names of one file are one file. */
const groupsOf = (wishes: readonly Wish[]): ReadonlyMap<string, Group> => {
  const groups = new Map<string, Group>();
  for (const wish of wishes) {
    const real = realPath(wish.wanted.path);
    const { path, format } = wish.wanted;
    const group = groups.get(real) ?? { path, format, wishes: [] };
    groups.set(real, { ...group, wishes: [...group.wishes, wish] });
  }
  return groups;
};

/**
 * What has to happen so that each of these owners has in the files what it wishes, and nothing else anywhere. Reads the files; changes
 * nothing.
 */
export const changesFor = (
  records: Records,
  owners: readonly Owner[],
  wishes: readonly Wish[],
): readonly Change[] => {
  const groups = groupsOf(wishes);
  const handled = (owned: Owner): boolean => owners.some((owner) => isOwner(owner, owned));
  const left = records.filter(
    ({ path, owned }) => !groups.has(path) && owned.some((item) => handled(item)),
  );
  const all: readonly (readonly [string, Group])[] = [
    ...groups,
    ...left.map(({ path, format }) => [path, { path, format, wishes: [] }] as const),
  ];
  return all.map(([real, group]) => {
    const record = records.find(({ path }) => path === real);
    const others = record?.owned.filter((owned) => !handled(owned)) ?? [];
    const leaving = record?.owned.filter((owned) => handled(owned)) ?? [];
    const change = naming(group.path, () => changeOf(real, group, record, others));
    return {
      ...change,
      owners: [...group.wishes.map(({ owner }) => owner), ...leaving],
      isWished: group.wishes.length > 0,
    };
  });
};

const entriesOf = (owned: readonly Owned[]): readonly Entry[] =>
  owned.flatMap(({ entries }) => entries);

/** A permission, or a number, may well be the user's own. */
const isTelling = ({ kind, value }: Entry): boolean => kind === 'block' || isObject(value);

const has = (list: readonly Entry[], entry: Entry): boolean =>
  list.some((other) => isSameEntry(other, entry));

const changeOf = (
  real: string,
  group: Group,
  record: FileRecord | undefined,
  others: readonly Owned[],
): Omit<Change, 'owners' | 'isWished'> => {
  const current = readText(real);
  const wished = group.wishes.flatMap(({ wanted }) => wanted.entries);
  const wanted = [...entriesOf(others), ...wished];
  if (wanted.length === 0 && record) return removal(real, group, current, record);
  const text = current ?? '';
  const ours = entriesOf(record?.owned ?? []);
  const there = found(text, group.format, [...ours, ...wished]);
  // Where nothing of ours stands in it, what it is now is what it was before.
  const known = record && hasAny(text, group.format, ours) ? record : undefined;
  const before = known ? known.before : (current ?? null);
  const put_ = put(text, group.format, wanted, { ours, before: before ?? undefined });
  const isOurs = (entry: Entry): boolean =>
    !has(put_.kept, entry) && (has(ours, entry) || !has(there, entry));
  const mine = group.wishes.map((wish) => ({
    ...wish.owner,
    entries: wish.wanted.entries.filter(isOurs),
  }));
  const owned = [...others, ...mine].filter(({ entries }) => entries.length > 0);
  const next = put_.text === '' ? current : put_.text;
  const isAsLeft = known
    ? known.left.includes(digestOf(current))
    : !hasAny(text, group.format, wished.filter(isTelling));
  const left = next === current && known ? known.left : isAsLeft ? [digestOf(next)] : [];
  const made = current === undefined ? missingAbove(real) : [];
  const directories = [...new Set([...(record?.directories ?? []), ...made])];
  return {
    path: group.path,
    real,
    format: group.format,
    current,
    next,
    added: wished.filter((entry) => !has(there, entry) && !has(put_.kept, entry)),
    kept: wished.filter((entry) => has(put_.kept, entry)),
    restores: false,
    record:
      owned.length === 0
        ? undefined
        : { path: real, format: group.format, before, left, owned, directories },
    directories: [],
  };
};

/** Nothing of ours is to be left: what was there before is put back, or only our entries are taken out of what others have changed. */
const removal = (
  real: string,
  { path, format }: Group,
  current: string | undefined,
  { before, left, owned, directories }: FileRecord,
): Omit<Change, 'owners' | 'isWished'> => {
  const base = { path, real, format, current, added: [], kept: [], record: undefined, directories };
  const restores = left.includes(digestOf(current)) || current === before;
  if (restores) return { ...base, next: before ?? undefined, restores };
  if (current === undefined) return { ...base, next: current, restores };
  const next = take(current, format, { ours: entriesOf(owned), before: before ?? undefined });
  const isGone = before === null && saysNothing(next, format);
  return { ...base, next: isGone ? undefined : next, restores };
};
