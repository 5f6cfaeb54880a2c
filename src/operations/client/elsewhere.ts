import { join } from 'node:path';
import { isObject } from '../../model/json.ts';
import { readIfThere } from '../../store/disk.ts';
import { foundAlike } from './edit-json.ts';
import { found, orNone } from './edit.ts';
import type { Entry, Target, Wanted } from './entry.ts';
import { isAlike, isSame } from './entry.ts';
import type { Client } from './hooks.ts';
import { plans } from './plans.ts';
import { readText, realPath } from './text-file.ts';

/** An entry that stands in a file. */
type There = { readonly file: string; readonly entry: Entry };

type Look = (text: string, file: Wanted) => readonly Entry[];

/** A server or a hook: what would be there twice. The rest means the same wherever it stands. */
const runs = ({ format }: Wanted, { value }: Entry): boolean =>
  isObject(value) || format === 'toml';

const isHook = ({ entry }: There): boolean => entry.path[0] === 'hooks';

/** What runs something, and stands in the files of another scope. */
const thereIn = (files: readonly Wanted[], look: Look): readonly There[] =>
  files.flatMap((file) =>
    orNone(() => look(readText(realPath(file.path)) ?? '', file))
      .filter((entry) => runs(file, entry))
      .map((entry) => ({ file: file.path, entry })),
  );

const exactly: Look = (text, { format, entries }) => found(text, format, entries);
const anyInstallation: Look = (text, { format, entries }) =>
  format === 'json' ? foundAlike(text, entries) : [];

/** A file has one block, whatever stands in it. */
const isThere = (list: readonly There[], file: Wanted, entry: Entry): boolean =>
  list.some(({ file: where, entry: { kind, path, value } }) =>
    kind === 'block'
      ? where === file.path && entry.kind === 'block'
      : isSame([...path], [...entry.path]) && isAlike(value, entry.value),
  );

export type Lack = {
  readonly files: readonly Wanted[];
  /** Something of it is there for all who work here. */
  readonly isShared: boolean;
  readonly notes: readonly string[];
};

const notesOn = (shared: readonly There[], own: readonly There[]): readonly string[] => [
  ...(shared.length > 0
    ? [
        'Files that are shared here set it up already; --shared keeps those as they should be, --remove takes them out.',
      ]
    : []),
  ...(own.length > 0 ? ['Your own files (--user) have the hooks already.'] : []),
];

const enabled = /"enabledPlugins"\s*:\s*\{[^}]*"concord@[^"]*"\s*:\s*true/;

/** Whether Claude Code has Concord as a plugin here, which brings server and hooks along. What is shared says nothing of one user's. */
const hasPlugin = ({ homes, root, scope }: Target): boolean => {
  const own = [join(homes.claude, 'settings.json')];
  const here = ['settings.json', 'settings.local.json'].map((name) => join(root, '.claude', name));
  const files = { user: own, local: [...own, ...here], shared: [] }[scope];
  return files.some((path) => enabled.test(readIfThere(path)?.toString('utf8') ?? ''));
};

const byPlugin: Lack = {
  files: [],
  isShared: false,
  notes: ['The plugin concord is enabled: it brings the server and the hooks; nothing is added.'],
};

/**
 * What a client needs in this work tree beyond what it has already: a hook that is registered twice runs twice, and a server that is
 * committed is not written over.
 */
export const lacking = (client: Client, target: Target): Lack => {
  const { files: filesOf } = plans[client];
  if (client === 'claude' && hasPlugin(target)) return byPlugin;
  const wanted = filesOf(target);
  if (target.scope !== 'local') return { files: wanted, isShared: false, notes: [] };
  const shared = thereIn(filesOf({ ...target, scope: 'shared', words: ['concord'] }), exactly);
  const own = thereIn(filesOf({ ...target, scope: 'user' }), anyInstallation).filter(isHook);
  const files = wanted
    .map((file) => ({
      ...file,
      entries: file.entries.filter(
        (entry) => !isThere(shared, file, entry) && !isThere(own, file, entry),
      ),
    }))
    .filter(({ entries }) => entries.length > 0);
  const isLacking = files.some((file) => file.entries.some((entry) => runs(file, entry)));
  return {
    files: shared.length > 0 && !isLacking ? [] : files,
    isShared: shared.length > 0,
    notes: notesOn(shared, own),
  };
};
