import { ConcordError, invalid } from './error.ts';
import { shown } from './text.ts';

/** A version of an artifact; without a number, the line's latest. */
export type Ref = { readonly id: string; readonly version?: number };

const segment = /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/;
/** Names that Windows gives to devices, with any ending: a checkout of the tree must be possible there too. */
const device = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/;
const ending = /\.(yaml|files|lock)$/;

const idRule = 'lower-case segments of a-z 0-9 . _ - joined by "/", such as auth/login-api';
const slugRule = 'one lower-case word of a-z 0-9 . _ -, at most 64 characters, such as api-dev';

const isSegment = (text: string): boolean =>
  text.length <= 64 &&
  segment.test(text) &&
  !text.includes('..') &&
  !device.test(text) &&
  !ending.test(text);

export const isId = (text: string): boolean =>
  text.length <= 200 && text.split('/').every(isSegment);
export const isSlug = isSegment;

/** An artifact's id (contracts and pipelines follow the same rule); throws INVALID with the rule. */
export const checkId = (text: string, field: string): string => {
  if (isId(text)) return text;
  throw invalid(field, idRule, shown(text), { hint: reason(text) });
};

/** The name of an agent, a type or a tag. */
export const checkSlug = (text: string, field: string): string => {
  if (isSlug(text)) return text;
  throw invalid(field, slugRule, shown(text), { hint: reason(text) });
};

const reason = (text: string): string => {
  const bad = text.split('/').find((part) => !isSegment(part)) ?? text;
  if (text.length > 200) return 'An id has at most 200 characters.';
  if (bad === '') return 'A segment is empty.';
  if (bad.length > 64) return 'A segment has at most 64 characters.';
  if (bad.includes('..')) return 'Two dots in a row are not allowed.';
  if (device.test(bad)) return `${shown(bad)} is a device name on Windows.`;
  if (ending.test(bad)) return 'A segment may not end in .yaml, .files or .lock.';
  return 'Segments begin and end with a letter or digit.';
};

/** Any text as a name: lower case, other characters become "-". "Ann Lee" is ann-lee. */
export const toSlug = (text: string): string | undefined => {
  const slug = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9._]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .slice(0, 64)
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  return isSlug(slug) ? slug : undefined;
};

/** "x", "x@3" or "x@v3". */
export const parseRef = (text: string, field: string): Ref => {
  const at = text.lastIndexOf('@');
  if (at < 0) return { id: checkId(text, field) };
  const id = checkId(text.slice(0, at), field);
  const digits = /^v?([1-9][0-9]{0,8})$/.exec(text.slice(at + 1))?.[1];
  if (!digits)
    throw invalid(field, 'an id, or an id with a version such as schema-users@2', shown(text));
  return { id, version: Number(digits) };
};

export const formatRef = (id: string, version: number): string => `${id}@${version}`;

const versioned = /^(.+)@([1-9][0-9]{0,8})$/;

/** The parts of `id@n`; undefined for a text that is none. */
export const versionedRef = (text: string): { id: string; version: number } | undefined => {
  const [, id = '', digits = ''] = versioned.exec(text) ?? [];
  return isId(id) ? { id, version: Number(digits) } : undefined;
};

/** A ref that must name its version. */
export const splitRef = (ref: string): { id: string; version: number } => {
  const { id, version } = parseRef(ref, 'ref');
  if (version === undefined) throw new ConcordError('INTERNAL', `${shown(ref)} names no version.`);
  return { id, version };
};

const line = /^(main|replay\/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)$/;

/** The name of a line: "main", or "replay/<name>". */
export const checkLine = (text: string): string => {
  if (line.test(text) && text.split('/').every(isSegment)) return text;
  throw invalid('line', '"main" or "replay/<name>"', shown(text));
};
