import { applyEdits, findNodeAtLocation, getNodeValue, modify, parseTree } from 'jsonc-parser';
import type { JSONPath, Node, ParseError } from 'jsonc-parser';
import type { Json } from '../../model/json.ts';
import { shown } from '../../model/text.ts';
import { isAlike, isSame } from './entry.ts';
import type { Entry } from './entry.ts';
import { Unfit } from './unfit.ts';

/** What came of putting entries into a text. */
export type Put = {
  readonly text: string;
  /** Entries at whose place something else stands. */
  readonly kept: readonly Entry[];
};

const mark = '\uFEFF';

/** The object that a text holds; comments and commas too many do no harm. */
const rootOf = (text: string): Node => {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first) throw new Unfit('cannot be read as JSON', text, first.offset);
  if (root?.type !== 'object') throw new Unfit(`must hold an object, not ${nameOf(root)}`, text, 0);
  return root;
};

const nameOf = (node: Node | undefined): string =>
  node === undefined ? 'nothing' : node.type === 'array' ? 'a list' : `a ${node.type}`;

const at = (text: string, path: JSONPath): Node | undefined =>
  findNodeAtLocation(rootOf(text), path);

/** A place inside something that is no object is refused: it belongs to the user. */
const checkAbove = (text: string, path: readonly string[]): void => {
  for (const depth of path.keys()) {
    const node = at(text, path.slice(0, depth));
    if (node && node.type !== 'object')
      throw new Unfit(
        `must hold an object at ${path.slice(0, depth).join('.')}, not ${nameOf(node)}`,
        text,
        node.offset,
      );
  }
};

const itemsAt = (text: string, path: readonly string[]): readonly Json[] => {
  checkAbove(text, path);
  const node = at(text, [...path]);
  if (node === undefined) return [];
  if (node.type !== 'array')
    throw new Unfit(
      `must hold a list at ${path.join('.')}, not ${nameOf(node)}`,
      text,
      node.offset,
    );
  return getNodeValue(node) as Json[];
};

const valueAt = (text: string, path: readonly string[]): Json | undefined => {
  checkAbove(text, path);
  const node = at(text, [...path]);
  return node === undefined ? undefined : (getNodeValue(node) as Json);
};

const change = (text: string, path: JSONPath, value: Json | undefined, insert = false): string =>
  applyEdits(
    text,
    modify(text, path, value, {
      isArrayInsertion: insert,
      formattingOptions: {
        insertSpaces: !/^\t/m.test(text),
        tabSize: /^( +)\S/m.exec(text)?.[1]?.length ?? 2,
        eol: text.includes('\r\n') ? '\r\n' : '\n',
      },
    }),
  );

const isThere = (text: string, { kind, path, value }: Entry): boolean => {
  if (kind === 'element') return itemsAt(text, path).some((item) => isSame(item, value));
  const there = valueAt(text, path);
  return there !== undefined && isSame(there, value);
};

/** An element that stands there as it is goes before one that only looks like it. */
const takeOne = (text: string, { kind, path, value }: Entry): string => {
  if (kind === 'value') return change(text, [...path], undefined);
  const items = itemsAt(text, path);
  const same = items.findIndex((item) => isSame(item, value));
  const index = same >= 0 ? same : items.findIndex((item) => isAlike(item, value));
  return change(text, [...path, index], undefined);
};

/** Takes the value that stands there for an older form of ours, or leaves it alone. */
const putValue = (text: string, entry: Entry, known: readonly Entry[]): string | undefined => {
  const there = valueAt(text, entry.path);
  const ours = known.some(
    ({ path, value }) => isSame([...path], [...entry.path]) && isSame(value, there ?? null),
  );
  if (there !== undefined && !ours && !isAlike(there, entry.value)) return undefined;
  return change(text, [...entry.path], entry.value);
};

/** An element that differs only in where Concord is installed is one of ours of before. */
const putElement = (text: string, entry: Entry): string => {
  const index = itemsAt(text, entry.path).findIndex((item) => isAlike(item, entry.value));
  if (index >= 0) return change(text, [...entry.path, index], entry.value);
  if (at(text, [...entry.path]) === undefined) return change(text, [...entry.path], [entry.value]);
  return change(text, [...entry.path, itemsAt(text, entry.path).length], entry.value, true);
};

/** Works on the text without its mark of order, and puts that back. */
const withoutMark = (text: string, edit: (text: string) => string): string =>
  text.startsWith(mark) ? mark + edit(text.slice(1)) : edit(text);

/** Entries known to be ours that are not wanted any more; another value at a place is put there instead. */
const outdated = (known: readonly Entry[], entries: readonly Entry[]): readonly Entry[] =>
  known.filter(
    (old) =>
      !entries.some(
        ({ kind, path, value }) =>
          isSame([...path], [...old.path]) && (kind === 'value' || isSame(value, old.value)),
      ),
  );

/** What is known of a file that holds entries of ours. */
export type Known = {
  readonly ours: readonly Entry[];
  /** What it was before. */
  readonly before: string | undefined;
};

/** The text with these entries in it; those that are known to be ours, and are not wanted any more, are taken out. */
export const putJson = (given: string, entries: readonly Entry[], { ours, before }: Known): Put => {
  const kept: Entry[] = [];
  const text = withoutMark(given, (bare) => {
    const begun = bare.trim() === '' ? '{}\n' : bare;
    rootOf(begun);
    let next = takeJson(begun, outdated(ours, entries), before);
    for (const entry of entries) {
      if (isThere(next, entry)) continue;
      const put = entry.kind === 'value' ? putValue(next, entry, ours) : putElement(next, entry);
      if (put === undefined) kept.push(entry);
      else next = put;
    }
    return next === '{}\n' ? bare : next;
  });
  return { text, kept };
};

/** Which of these entries stand in the text as they are. */
export const foundInJson = (text: string, entries: readonly Entry[]): readonly Entry[] => {
  const bare = text.startsWith(mark) ? text.slice(1) : text;
  return bare.trim() === '' ? [] : entries.filter((entry) => isThere(bare, entry));
};

/** Which of these entries stand in the text, maybe with another installation of Concord in them. */
export const foundAlike = (text: string, entries: readonly Entry[]): readonly Entry[] => {
  const bare = text.startsWith(mark) ? text.slice(1) : text;
  if (bare.trim() === '') return [];
  return entries.filter(({ kind, path, value }) => {
    const there = kind === 'element' ? itemsAt(bare, path) : [valueAt(bare, path) ?? null];
    return there.some((item) => isAlike(item, value));
  });
};

/**
 * The text without these entries, as far as they stand there, maybe with another installation of Concord in them. Lists and objects that are empty then go too, if `before` did not
 * have them.
 */
export const takeJson = (
  given: string,
  entries: readonly Entry[],
  before: string | undefined,
): string =>
  withoutMark(given, (bare) => {
    let next = bare;
    for (const entry of foundAlike(bare, entries)) {
      next = takeOne(next, entry);
      const depth = entry.path.length - (entry.kind === 'value' ? 1 : 0);
      for (let length = depth; length > 0; length -= 1)
        next = prune(next, entry.path.slice(0, length), before);
    }
    return next;
  });

const prune = (text: string, path: readonly string[], before: string | undefined): string => {
  const node = at(text, [...path]);
  const isEmpty = node?.children?.length === 0;
  return isEmpty && !hasPath(before, path) ? change(text, [...path], undefined) : text;
};

const hasPath = (before: string | undefined, path: readonly string[]): boolean => {
  if (before === undefined) return false;
  const root = parseTree(before.startsWith(mark) ? before.slice(1) : before);
  return root !== undefined && findNodeAtLocation(root, [...path]) !== undefined;
};

/** Whether nothing stands in the text any more. */
export const isEmptyJson = (text: string): boolean => {
  const bare = text.replace(mark, '').trim();
  return bare === '' || /^\{\s*\}$/.test(bare);
};

/** What stands at the place of an entry that was kept, for a message. */
export const standsAt = (text: string, { path }: Entry): string =>
  shown(valueAt(text.replace(mark, ''), path));
