import { join } from 'node:path';
import { ConcordError } from '../../model/error.ts';
import type { Context } from '../operation.ts';
import { clientsOf, detected } from './detect.ts';
import type { Scope, Target } from './entry.ts';
import type { Client, Words } from './hooks.ts';
import { reportFor } from './report.ts';
import type { ClientsReport } from './report.ts';
import { rememberedIn, setUp, takeOut, takeOutAll } from './set-up.ts';
import type { Job } from './set-up.ts';
import { absoluteWords, findPlace, homesOf, placeOf, userDirectory } from './target.ts';

/** What was asked of `init`. */
export type Asked = {
  readonly clients: readonly (Client | 'detected')[];
  readonly scope: Scope;
  readonly dryRun: boolean;
  readonly remove: boolean;
};

const wordsFor = (scope: Scope, context: Context): Words => {
  if (scope === 'user') return absoluteWords();
  if (scope === 'local')
    return context.separate ? [...absoluteWords(), '--store', context.location] : absoluteWords();
  if (!context.separate) return ['concord'];
  throw new ConcordError(
    'NOT_ALLOWED',
    '--store names a place of this machine; nothing was changed.',
    {
      hint: 'Files that are shared cannot name it. Without --shared they are yours alone.',
    },
  );
};

export const jobFor = async (scope: Scope, dryRun: boolean, context: Context): Promise<Job> => {
  const place = scope === 'user' ? undefined : await placeOf(context.directory);
  const target: Target = {
    scope,
    root: place?.root ?? '',
    words: wordsFor(scope, context),
    homes: homesOf(),
  };
  const directory = place ? join(place.gitDir, 'concord') : userDirectory();
  return { target, place, directory, dryRun };
};

/** Refuses what cannot be set up, and changes nothing. */
export const checkClients = async (asked: Asked, context: Context): Promise<void> => {
  await runClients({ ...asked, dryRun: true }, context);
};

/** Clients that are found here, and of which nothing is remembered. */
export const detectedHere = async ({ directory }: Context): Promise<readonly Client[]> => {
  const place = await findPlace(directory);
  if (!place) return [];
  const known = rememberedIn(join(place.gitDir, 'concord'), place.root);
  return detected(place.root).filter((client) => !known.has(client));
};

/** Sets the clients up that were asked for, or takes out what they have of Concord. */
export const runClients = async (asked: Asked, context: Context): Promise<ClientsReport> => {
  const { scope, dryRun, remove } = asked;
  const job = await jobFor(scope, dryRun, context);
  if (remove && asked.clients.length === 0)
    return reportFor(job, await takeOut(job), 'taken-out', []);
  const clients = clientsOf(asked.clients, scope, job.place?.root);
  return remove
    ? reportFor(job, await takeOut(job, clients), 'taken-out', clients)
    : reportFor(job, await setUp(job, clients), 'set-up', clients);
};

/** Takes out what is remembered of all work trees of the repository; files of the user's own are not the repository's. */
export const ejectClients = async (
  context: Context,
  dryRun: boolean,
): Promise<ClientsReport | null> => {
  if (!(await findPlace(context.directory))) return null;
  const job = await jobFor('local', dryRun, context);
  return reportFor(job, await takeOutAll(job), 'taken-out', []);
};
