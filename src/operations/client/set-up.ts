import { existsSync } from 'node:fs';
import { changesFor } from './change.ts';
import type { Change, Wish } from './change.ts';
import { found, orNone } from './edit.ts';
import { lacking } from './elsewhere.ts';
import type { Entry, Scope, Target } from './entry.ts';
import { excludeWish } from './git-view.ts';
import type { Client } from './hooks.ts';
import { clients as everyClient } from './hooks.ts';
import { plans } from './plans.ts';
import { readRecords } from './record.ts';
import type { FileRecord, Owner, Records } from './record.ts';
import type { Place } from './target.ts';
import { readText, realPath } from './text-file.ts';
import { locked, makeChanges } from './write.ts';

/** What is to be done to the files of clients, and where. */
export type Job = {
  readonly target: Target;
  /** Undefined for the user's own files. */
  readonly place: Place | undefined;
  /** Where what is remembered is kept. */
  readonly directory: string;
  readonly dryRun: boolean;
};

/** What is planned, or done. */
export type Plan = {
  readonly changes: readonly Change[];
  /** What is to be known of a client besides its files. */
  readonly notes: Readonly<Partial<Record<Client, readonly string[]>>>;
};

const ownerOf = ({ target, place }: Job, client: Client): Owner => ({
  client,
  scope: target.scope,
  root: place?.root ?? '',
});

const isExclude = ({ format }: FileRecord): boolean => format === 'exclude';

/** Work trees that are gone took their files with them; what is left of them elsewhere goes with the next change. */
const goneFrom = (records: Records): readonly Owner[] =>
  records
    .flatMap(({ owned }) => owned)
    .filter(({ root }) => root !== '' && !existsSync(root))
    .map(({ client, scope, root }) => ({ client, scope, root }));

const run = async (job: Job, plan: (records: Records) => Promise<Plan>): Promise<Plan> => {
  if (job.dryRun) return plan(readRecords(job.directory));
  return locked(job.directory, async () => {
    const records = readRecords(job.directory);
    const planned = await plan(records);
    makeChanges(job.directory, records, planned.changes);
    return planned;
  });
};

/** Puts what these clients need into their files. */
export const setUp = (job: Job, clients: readonly Client[]): Promise<Plan> =>
  run(job, async (records) => {
    const needs = clients.map((client) => ({
      owner: ownerOf(job, client),
      ...lacking(client, job.target),
    }));
    const stays = ({ owner, files, isShared }: (typeof needs)[number]): boolean =>
      files.length === 0 || (isShared && scopeOf(records, owner) === 'shared');
    const needing = needs.filter((need) => !stays(need));
    const owners = needing.map(({ owner }) => owner);
    const wishes = needing.flatMap(({ owner, files }) =>
      files.map((wanted): Wish => ({ owner, wanted })),
    );
    const files = records.filter((record) => !isExclude(record));
    const changes = changesFor(files, [...owners, ...goneFrom(files)], wishes);
    const hidden = await excludes(job, records, owners, changes);
    return {
      // First what hides the files, then the files.
      changes: [...hidden, ...changes],
      notes: Object.fromEntries(needs.map(({ owner, notes }) => [owner.client, notes])),
    };
  });

const excludes = async (
  { place, target }: Job,
  records: Records,
  owners: readonly Owner[],
  changes: readonly Change[],
): Promise<readonly Change[]> => {
  const known = records.filter(isExclude);
  const ours = known.flatMap(({ owned }) => owned.flatMap(({ entries }) => entries));
  const wishes: Wish[] = [];
  for (const owner of place && target.scope === 'local' ? owners : [])
    if (place) wishes.push(...(await excludeWish(place, owner, changes, ours)));
  return changesFor(known, [...owners, ...goneFrom(known)], wishes);
};

/** Entries that name Concord, and how it is installed here if they are no shared ones: only those are known for ours by themselves. */
const isTelling =
  (target: Target) =>
  ({ kind, value }: Entry): boolean =>
    JSON.stringify(value).includes(
      target.scope === 'shared' ? 'concord' : (target.words[1] ?? ''),
    ) ||
    (kind === 'element' && typeof value === 'string');

/** Files of which nothing is remembered, with what stands in them exactly as it would be written now. */
const unremembered = (records: Records, owners: readonly Owner[], target: Target): Records =>
  owners.flatMap((owner) =>
    plans[owner.client].files(target).flatMap(({ path, format, entries }): FileRecord[] => {
      const real = realPath(path);
      const text = readText(real);
      if (text === undefined || records.some((record) => record.path === real)) return [];
      const ours = orNone(() => found(text, format, entries)).filter(isTelling(target));
      if (ours.length === 0) return [];
      const owned = [{ ...owner, entries: ours }];
      return [{ path: real, format, before: null, left: [], owned, directories: [] }];
    }),
  );

/** First the files, then what hides them. */
const inOrder = (changes: readonly Change[]): readonly Change[] => {
  const isHiding = ({ format }: Change): boolean => format === 'exclude';
  return [...changes.filter((change) => !isHiding(change)), ...changes.filter(isHiding)];
};

/** Takes what these clients have of Concord out of their files; of all clients where none is named. */
export const takeOut = (job: Job, clients: readonly Client[] = everyClient): Promise<Plan> =>
  run(job, async (records) => {
    const owners = clients.map((client) => ownerOf(job, client));
    const all = [...records, ...unremembered(records, owners, job.target)];
    return { changes: inOrder(changesFor(all, [...owners, ...goneFrom(all)], [])), notes: {} };
  });

/** The same in all work trees. */
export const takeOutAll = (job: Job): Promise<Plan> =>
  run(job, async (records) => {
    const owners = everyClient.map((client) => ownerOf(job, client));
    const all = [...records, ...unremembered(records, owners, job.target)];
    const everyone = all.flatMap(({ owned }) => owned);
    return { changes: inOrder(changesFor(all, everyone, [])), notes: {} };
  });

/** Which scope a client is set up in, by what is remembered. */
const scopeOf = (records: Records, { client, root }: Pick<Owner, 'client' | 'root'>) =>
  records.flatMap(({ owned }) => owned).find((one) => one.client === client && one.root === root)
    ?.scope;

/** Clients that are set up in a place, by what is remembered. */
export const rememberedIn = (directory: string, root: string): ReadonlyMap<Client, Scope> => {
  const records = readRecords(directory);
  return new Map(
    everyClient.flatMap((client) => {
      const scope = scopeOf(records, { client, root });
      return scope === undefined ? [] : [[client, scope] as const];
    }),
  );
};
