import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { ConcordError } from '../../model/error.ts';
import type { Entry, Format, Scope } from './entry.ts';
import type { Client } from './hooks.ts';
import { readText, removeText, writeText } from './text-file.ts';

/** Who put entries into a file: a client as it was set up in one place. */
export type Owner = {
  readonly client: Client;
  readonly scope: Scope;
  /** The top of the work tree; empty for the user's own files. */
  readonly root: string;
};

export type Owned = Owner & { readonly entries: readonly Entry[] };

/** What is known of one file of the user's that Concord has changed. */
export type FileRecord = {
  /** Real and absolute. */
  readonly path: string;
  readonly format: Format;
  /** What it was before; null where it was not there. */
  readonly before: string | null;
  /** Digests of what Concord left: two while it is at work. Another content is somebody else's, and is only edited. */
  readonly left: readonly string[];
  readonly owned: readonly Owned[];
  /** Directories that were made for it. */
  readonly directories: readonly string[];
};

export type Records = readonly FileRecord[];

export const digestOf = (text: string | undefined): string =>
  text === undefined ? 'none' : createHash('sha256').update(text).digest('hex');

const fileName = 'clients.json';
/** The files that are remembered may hold what is nobody else's business. */
const secret = 0o600;

const isRecord = (item: Json): boolean =>
  isObject(item) &&
  typeof item['path'] === 'string' &&
  typeof item['format'] === 'string' &&
  (item['before'] === null || typeof item['before'] === 'string') &&
  ['left', 'owned', 'directories'].every((key) => Array.isArray(item[key]));

/** What is remembered in a directory; a file that makes no sense is refused, since what stood before stands nowhere else. */
export const readRecords = (directory: string): Records => {
  const path = join(directory, fileName);
  const text = readText(path);
  if (text === undefined) return [];
  const files = filesOf(text);
  if (files?.every(isRecord)) return files as unknown as Records;
  throw new ConcordError('STORAGE', `${path} is broken; nothing was changed.`, {
    hint: 'It remembers what the files of your clients were before. Remove it to go on without: then only entries that stand as Concord wrote them are taken out.',
  });
};

const filesOf = (text: string): readonly Json[] | undefined => {
  try {
    const read = JSON.parse(text) as Json;
    return isObject(read) && Array.isArray(read['files']) ? read['files'] : undefined;
  } catch {
    return undefined;
  }
};

export const writeRecords = (directory: string, files: Records): void => {
  const path = join(directory, fileName);
  if (files.length === 0) removeText(path);
  else writeText(path, `${JSON.stringify({ version: 1, files }, undefined, 1)}\n`, secret);
};
