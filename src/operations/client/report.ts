import { homedir } from 'node:os';
import { relative, sep } from 'node:path';
import { standsAt } from './edit-json.ts';
import type { Change } from './change.ts';
import type { Scope, Target } from './entry.ts';
import { trackedAmong } from './git-view.ts';
import { clients as everyClient } from './hooks.ts';
import type { Client } from './hooks.ts';
import { plans } from './plans.ts';
import type { Job, Plan } from './set-up.ts';

/** What became of a file; of a dry run: what would. */
export type FileState =
  | 'new'
  | 'changed'
  | 'unchanged'
  | 'restored'
  | 'removed'
  | 'taken-out'
  | 'left'
  | 'gone';

export type FileReport = {
  /** From the top of the work tree, or from the home directory. */
  readonly path: string;
  readonly state: FileState;
  readonly added: readonly string[];
  /** Places at which something of the user's own stands, and what. */
  readonly kept: readonly { readonly place: string; readonly stands: string }[];
  /** git knows the file: the change shows in "git status". */
  readonly tracked: boolean;
  /** Where the file is, when the path is a link. */
  readonly link: string | null;
};

export type ClientReport = {
  readonly client: Client;
  readonly title: string;
  readonly files: readonly FileReport[];
  readonly notes: readonly string[];
  readonly todo: readonly string[];
};

export type ClientsReport = {
  readonly done: 'set-up' | 'taken-out';
  readonly scope: Scope;
  readonly dryRun: boolean;
  readonly changed: boolean;
  /** What is said to git, so that it takes no notice of new files. */
  readonly exclude: FileReport | null;
  readonly clients: readonly ClientReport[];
};

const stateOf = ({ current, next, record, restores, isWished }: Change): FileState => {
  if (record || isWished) {
    if (next === current) return 'unchanged';
    return current === undefined ? 'new' : 'changed';
  }
  if (current === undefined) return 'gone';
  if (next === undefined) return 'removed';
  if (restores) return 'restored';
  return next === current ? 'left' : 'taken-out';
};

/** A path as its reader knows it. */
const short = (path: string, root: string | undefined): string => {
  if (root !== undefined && path.startsWith(root + sep)) return relative(root, path);
  const home = homedir();
  return path.startsWith(home + sep) ? `~${sep}${relative(home, path)}` : path;
};

const reportOf = (change: Change, root: string | undefined, isTracked: boolean): FileReport => ({
  path: short(change.path, root),
  state: stateOf(change),
  added: [...new Set(change.added.map(({ says }) => says))],
  kept: change.kept.map((entry) => ({
    place: entry.path.join('.') || 'mcp_servers.concord',
    stands: change.format === 'json' ? standsAt(change.current ?? '', entry) : 'your own',
  })),
  tracked: isTracked,
  link: change.path === change.real ? null : short(change.real, root),
});

/** A program that a package runner keeps for a while only is soon not there any more. */
const passing = ({ words }: Target): readonly string[] =>
  words.some((word) => /[\\/]_npx[\\/]/.test(word))
    ? [
        'This Concord lies in the cache of npx: install it (npm install --global git-concord), then call this again.',
      ]
    : [];

const isFor = ({ owners }: Change, client: Client): boolean =>
  owners.some((owner) => owner.client === client);

/** What was planned or done, client by client. */
export const reportFor = async (
  { target, place, dryRun }: Job,
  { changes, notes }: Plan,
  done: ClientsReport['done'],
  asked: readonly Client[],
): Promise<ClientsReport> => {
  const root = place?.root;
  const files = changes.filter(({ format }) => format !== 'exclude');
  const exclude = changes.find(({ format }) => format === 'exclude');
  const reals = changes.map(({ real }) => real);
  const tracked = place ? await trackedAmong(place, reals) : new Set<string>();
  const clients = everyClient.filter(
    (client) => asked.includes(client) || files.some((change) => isFor(change, client)),
  );
  return {
    done,
    scope: target.scope,
    dryRun,
    changed: changes.some(({ current, next }) => current !== next),
    exclude: exclude ? reportOf(exclude, root, false) : null,
    clients: clients.map((client) => ({
      client,
      title: plans[client].title,
      files: files
        .filter((change) => isFor(change, client))
        .map((change) => reportOf(change, root, tracked.has(change.real))),
      notes: [...(notes[client] ?? []), ...(done === 'set-up' ? passing(target) : [])],
      todo: done === 'set-up' ? plans[client].todo(target.scope) : [],
    })),
  };
};
