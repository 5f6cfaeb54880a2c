import { join } from 'node:path';
import { isObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { readIfThere } from '../../store/disk.ts';
import type { Context } from '../operation.ts';
import { foundAlike } from './edit-json.ts';
import { found, orNone } from './edit.ts';
import { isSame } from './entry.ts';
import type { Entry, Scope, Target, Wanted } from './entry.ts';
import { clients } from './hooks.ts';
import type { Client } from './hooks.ts';
import { programIn, tryProgram } from './named-program.ts';
import type { Started } from './named-program.ts';
import { plans } from './plans.ts';
import { readRecords } from './record.ts';
import type { Records } from './record.ts';
import { absoluteWords, findPlace, homesOf, onPathAt, userDirectory } from './target.ts';
import type { Place } from './target.ts';
import { readText, realPath } from './text-file.ts';

/** How a client is set up in one scope. */
export type ScopeHealth = {
  readonly scope: Scope;
  /** Entries that are missing, of those it should have. */
  readonly missing: readonly string[];
  readonly program: Started;
};

export type ClientHealth = {
  readonly client: Client;
  readonly title: string;
  readonly scopes: readonly ScopeHealth[];
  readonly lastHook: { readonly event: string; readonly time: string } | null;
};

export type ClientsHealth = {
  readonly clients: readonly ClientHealth[];
  /** Where the PATH has the program; null where it has none. */
  readonly onPath: string | null;
};

/** A file that cannot be read is as good as one that is not there: whoever sets it up is told why. */
const textOf = (path: string): string => {
  try {
    return readText(realPath(path)) ?? '';
  } catch {
    return '';
  }
};

const lookIn = (text: string, { format, entries }: Wanted): readonly Entry[] =>
  orNone(() => {
    if (format === 'json') return foundAlike(text, entries);
    // A block is ours by its marks; what a server of another installation is started by may differ.
    return format === 'toml' && programIn(text, format, { path: [] }).length > 0
      ? entries
      : found(text, format, entries);
  });

type Known = (words: readonly string[]) => boolean;

/** Undefined where nothing in the files of a scope starts Concord. */
const scopeHealth = async (
  client: Client,
  target: Target,
  isKnown: Known,
): Promise<ScopeHealth | undefined> => {
  const files = plans[client].files(target).map((file) => ({ file, text: textOf(file.path) }));
  const looked = files.map(({ file, text }) => ({ file, there: lookIn(text, file) }));
  const server = files.flatMap(({ file, text }) =>
    file.entries
      .filter(({ says }) => says.startsWith('MCP server'))
      .map((entry) => programIn(text, file.format, entry)),
  );
  const words = server.find((list) => list.length > 0);
  if (words === undefined) return undefined;
  return {
    scope: target.scope,
    missing: looked.flatMap(({ file, there }) =>
      file.entries.filter((entry) => !there.includes(entry)).map(({ says }) => says),
    ),
    program: await tryProgram(words, isKnown),
  };
};

const lastHook = (gitDir: string, client: Client): ClientHealth['lastHook'] => {
  try {
    const text = readIfThere(join(gitDir, 'concord/hooks', `${client}.json`))?.toString('utf8');
    const note = text === undefined ? undefined : (JSON.parse(text) as Json);
    const { event, time } = isObject(note) ? note : {};
    return typeof event === 'string' && typeof time === 'string' ? { event, time } : null;
  } catch {
    return null;
  }
};

/** What this user's own records name may be started, and this very program. */
const knownFrom = (records: Records): Known => {
  const written = JSON.stringify(records.map(({ owned }) => owned.map(({ entries }) => entries)));
  return (words) =>
    isSame([...words], [...absoluteWords()]) ||
    words.every((word) => written.includes(JSON.stringify(word)));
};

const recordsOf = (place: Place | undefined): Records => {
  try {
    const own = readRecords(userDirectory());
    return place ? [...readRecords(join(place.gitDir, 'concord')), ...own] : own;
  } catch {
    return [];
  }
};

/** Looks at the files of all clients, and starts what they name. Changes nothing. */
export const examineClients = async ({ directory }: Context): Promise<ClientsHealth> => {
  const place = await findPlace(directory);
  const isKnown = knownFrom(recordsOf(place));
  const base = { root: place?.root ?? '', homes: homesOf() };
  const targets: readonly Target[] = [
    ...(place ? [{ ...base, scope: 'local', words: absoluteWords() } as const] : []),
    { ...base, scope: 'user', words: absoluteWords() },
  ];
  const all: ClientHealth[] = [];
  for (const client of clients) {
    const scopes: ScopeHealth[] = [];
    for (const target of targets) {
      const health = await bestOf(client, target, isKnown);
      if (health) scopes.push(health);
    }
    const hook = place ? lastHook(place.gitDir, client) : null;
    if (scopes.length > 0 || hook)
      all.push({ client, title: plans[client].title, scopes, lastHook: hook });
  }
  return { clients: all, onPath: onPathAt('concord') ?? null };
};

/** Files of a work tree are either one's own or shared: whichever lacks less. */
const bestOf = async (
  client: Client,
  target: Target,
  isKnown: Known,
): Promise<ScopeHealth | undefined> => {
  const one = await scopeHealth(client, target, isKnown);
  if (target.scope !== 'local' || !one || one.missing.length === 0) return one;
  const shared = { ...target, scope: 'shared', words: ['concord'] } as const;
  const other = await scopeHealth(client, shared, isKnown);
  return other && other.missing.length < one.missing.length ? other : one;
};
