import type { Json } from '../../model/json.ts';
import { canonical, isObject } from '../../model/json.ts';
import type { Client, Words } from './hooks.ts';

/** local: this work tree, of which git is told nothing; shared: files to commit; user: the user's own, for all repositories. */
export type Scope = 'local' | 'shared' | 'user';

/**
 * What Concord puts into a file of a client. A value stands at a path, an element somewhere in the list at a path; a block is lines of
 * text between two marks.
 */
export type Entry = {
  readonly kind: 'value' | 'element' | 'block';
  readonly path: readonly string[];
  readonly value: Json;
  /** What it is, for whoever reads what was done. */
  readonly says: string;
};

/** json: also with comments; the others: what a mark looks like there. */
export type Format = 'json' | 'markdown' | 'toml' | 'exclude';

/** A file of a client, with what is to stand in it. */
export type Wanted = {
  /** Absolute. */
  readonly path: string;
  readonly format: Format;
  readonly entries: readonly Entry[];
};

/** Where the clients keep what is the user's own; all absolute. */
export type Homes = {
  readonly claude: string;
  /** The file beside its settings that holds the servers of the user. */
  readonly claudeServers: string;
  readonly codex: string;
  readonly gemini: string;
  readonly opencode: string;
  readonly cursor: string;
};

/** What a plan is made for. */
export type Target = {
  readonly scope: Scope;
  /** The top of the work tree; of no meaning for the user's own files. */
  readonly root: string;
  /** What starts Concord. */
  readonly words: Words;
  readonly homes: Homes;
};

/** What one client needs, as data. */
export type ClientPlan = {
  readonly title: string;
  /** The program by which it is detected. */
  readonly programs: readonly string[];
  /** Files or directories of a work tree that say that it is used there. */
  readonly signs: readonly string[];
  readonly files: (target: Target) => readonly Wanted[];
  /** What is left for the user to do. */
  readonly todo: (scope: Scope) => readonly string[];
};

export type ClientPlans = Readonly<Record<Client, ClientPlan>>;

export const value = (path: readonly string[], json: Json, says: string): Entry => ({
  kind: 'value',
  path,
  value: json,
  says,
});

export const element = (path: readonly string[], json: Json, says: string): Entry => ({
  kind: 'element',
  path,
  value: json,
  says,
});

export const block = (text: string, says: string): Entry => ({
  kind: 'block',
  path: [],
  value: text,
  says,
});

const program = /^(?:.*[\\/])?(?:git-)?concord(?:\.js|\.cmd)?$/;
/** The same in a line for a shell, with what stands before it. */
const inLine = /^.*?(?:git-)?concord(?:\.js|\.cmd)?'? (?=(?:.* )?hook )/;

/** The value with whatever starts Concord in it replaced by one word: the same for every installation. */
const normal = (json: Json): Json => {
  if (Array.isArray(json)) return withoutProgram(json.map((item: Json) => normal(item)));
  if (typeof json === 'string') return json.replace(inLine, 'concord ');
  if (!isObject(json)) return json;
  const { command, args, ...rest } = json;
  const others = Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, normal(item)]));
  if (command === undefined) return others;
  const words = [command, args ?? []].flat() as Json[];
  return { ...others, command: withoutProgram(words.map((item) => normal(item))) };
};

/** Whether a word names the program, wherever it is installed. */
export const isProgramOfOurs = (word: string): boolean => program.test(word);

const withoutProgram = (words: readonly Json[]): Json => {
  const at = words.findIndex((word) => typeof word === 'string' && program.test(word));
  return at < 0 ? words : ['concord', ...words.slice(at + 1)];
};

export const isSame = (one: Json, other: Json): boolean => canonical(one) === canonical(other);

/** Whether two values differ at most in where Concord is installed. */
export const isAlike = (one: Json, other: Json): boolean => isSame(normal(one), normal(other));

export const isSameEntry = (one: Entry, other: Entry): boolean =>
  one.kind === other.kind &&
  isSame([...one.path], [...other.path]) &&
  isSame(one.value, other.value);
