import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConcordError } from '../model/error.ts';
import { count, oneLine } from '../model/text.ts';
import { prepare } from './batch.ts';
import { apply, StopsAt } from './catch-up.ts';
import { DerivedIndex } from './derived-index.ts';
import type { Check } from './check.ts';
import { checkLines, checkSnapshots } from './doctor-lines.ts';
import { foldIsDue, fold, sweepKeeps } from './fold.ts';
import { git } from './git.ts';
import { readChanges } from './history.ts';
import { Facts } from './index/facts.ts';
import { MemoryRows } from './index/memory-rows.ts';
import type { Rows } from './index/rows.ts';
import { lineRef } from './layout.ts';
import { sweepOwners } from './lock-owner.ts';
import { porcelain } from './porcelain.ts';
import { readRefByGit } from './refs.ts';
import type { Store } from './store.ts';

/** Tables that keep what is at hand, and may differ between two indexes of one state. */
const caches = new Set(['tree', 'body', 'head', 'open', 'unreadable']);

/** Looks at everything; `full` also compares every commit with its files and lets git check every object. */
export const examine = async (
  store: Store,
  line: string,
  full: boolean,
): Promise<readonly Check[]> => {
  const tip = await readRefByGit(store.repository, lineRef(line));
  if (tip === undefined)
    return [
      await gitVersion(),
      { name: 'store', ok: false, detail: `There is no ${lineRef(line)}.` },
    ];
  return [
    await gitVersion(),
    ...(await checkHistory(store, line, tip, full)),
    await checkIndex(store, line),
    await checkLines(store),
    await checkSnapshots(store),
    await checkObjects(store, full),
    leftovers(store),
    await packs(store),
    fetches(store),
  ];
};

const gitVersion = async (): Promise<Check> => {
  const text = (await git('.', ['version'])).toString('utf8').trim();
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(text) ?? [];
  const ok = Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 36);
  return { name: 'git', ok, detail: ok ? text : `${text}; Concord needs 2.36 or newer` };
};

/** The history from its first commit, in memory: the state every other copy is held against. */
const checkHistory = async (
  store: Store,
  line: string,
  tip: string,
  full: boolean,
): Promise<Check[]> => {
  const facts = new Facts(new MemoryRows());
  let commits = 0;
  try {
    for (const one of await linesOf(store, line)) {
      const end = one === line ? tip : await readRefByGit(store.repository, lineRef(one));
      if (end !== undefined) commits += await readLine(store, facts, { line: one, tip: end, full });
    }
  } catch (error) {
    if (error instanceof StopsAt)
      return [
        {
          name: 'history',
          ok: false,
          detail: `${error.illegal.why}. The next write sets it aside; what came before is read.`,
        },
      ];
    if (error instanceof ConcordError)
      return [{ name: 'history', ok: false, detail: error.message }];
    throw error;
  }
  const looked = full
    ? 'each follows the rules and agrees with its files'
    : 'each follows the rules (--full compares the files as well)';
  return [{ name: 'history', ok: true, detail: `${count(commits, 'commit')}, ${looked}` }];
};

/** The lines of which a line's history consists, main first; of a replay that was taken over, main's history tells. */
const linesOf = async (store: Store, line: string): Promise<readonly string[]> =>
  line === 'main'
    ? [line]
    : store.read(line, (facts) =>
        facts.lines
          .course(line)
          .flatMap((stand) => (facts.lines.closing(stand.line) ? [] : [stand.line]))
          .toReversed(),
      );

type Read = { readonly line: string; readonly tip: string; readonly full: boolean };

/** Judges all commits of one line, on what is known of those before it; returns how many there are. */
const readLine = async (
  { repository, objects }: Store,
  facts: Facts,
  { line, tip, full }: Read,
): Promise<number> => {
  const after = line === 'main' ? undefined : facts.head('main')?.oid;
  const lineOf = (fork: string) => {
    const place = facts.place(fork);
    return place && { head: facts.head(place.line)?.oid };
  };
  const wanted = { line, head: undefined, tip, ...(line !== 'main' && { after, lineOf }) };
  const batch = await prepare(repository, objects, wanted);
  const commits = batch.records.map(({ oid }) => oid);
  const checked = full ? await readChanges(repository, commits) : undefined;
  apply(facts, checked ? { ...batch, checked } : batch);
  return commits.length;
};

/** The index as it is used, against one made anew from the history of all lines. */
const checkIndex = async (store: Store, line: string): Promise<Check> => {
  const facts = await store.index.ready(line);
  if (!facts.head(line)) return { name: 'index', ok: false, detail: 'The index is empty.' };
  const anew = new DerivedIndex({ ...store.parts, memory: true });
  await anew.ready(line);
  const difference = firstDifference(store.index.rows, anew.rows);
  const where = store.index.disk ? join(store.repository.local, 'index.db') : 'in memory';
  if (difference === undefined)
    return { name: 'index', ok: true, detail: `${where} agrees with the history` };
  store.index.discard();
  await store.index.ready(line);
  return {
    name: 'index',
    ok: true,
    detail: `${where} differed from the history (${difference})`,
    repaired: 'The index was built anew.',
  };
};

const entriesOf = (rows: Rows): Map<string, string> =>
  new Map(
    [...rows.dump()].flatMap(([table, partition, item, value]) =>
      caches.has(table) ? [] : [[`${table} ${partition} ${item}`, String(value)] as const],
    ),
  );

const firstDifference = (used: Rows, anew: Rows): string | undefined => {
  const [a, b] = [entriesOf(used), entriesOf(anew)];
  for (const [key, value] of b) if (a.get(key) !== value) return oneLine(key, 80);
  for (const key of a.keys()) if (!b.has(key)) return oneLine(key, 80);
  return undefined;
};

const checkObjects = async (store: Store, full: boolean): Promise<Check> => {
  const args = full
    ? ['fsck', '--strict', '--no-dangling', '--no-progress']
    : ['fsck', '--connectivity-only', '--no-dangling', '--no-progress'];
  try {
    await porcelain(store.repository, args);
    return {
      name: 'objects',
      ok: true,
      detail: `git fsck ${full ? '--strict ' : ''}finds nothing wrong`,
    };
  } catch (error) {
    return {
      name: 'objects',
      ok: false,
      detail: `git fsck: ${oneLine(error instanceof Error ? error.message : String(error), 300)}`,
    };
  }
};

/** What killed writers left: half-written packs, `.keep` files and lock owners of dead processes. */
const leftovers = ({ repository }: Store): Check => {
  const swept = sweepKeeps(repository) + sweepOwners(repository);
  const lock = join(repository.gitDir, `${lineRef('main')}.lock`);
  if (existsSync(lock))
    return {
      name: 'leftovers',
      ok: false,
      detail: `${lock} is held, or was left by a killed program; the next write decides which.`,
    };
  return {
    name: 'leftovers',
    ok: true,
    detail: 'none',
    ...(swept > 0 && { repaired: `${count(swept, 'file')} of killed writers removed.` }),
  };
};

const packs = async ({ repository }: Store): Promise<Check> => {
  if (!foldIsDue(repository)) return { name: 'packs', ok: true, detail: 'few enough' };
  const folded = await fold(repository);
  return {
    name: 'packs',
    ok: true,
    detail: 'many small ones',
    ...(folded && { repaired: 'Folded into larger ones.' }),
  };
};

const fetches = ({ repository }: Store): Check => {
  const skipping = repository.config.get('fetch.negotiationalgorithm') === 'skipping';
  const hint =
    'git config fetch.negotiationAlgorithm skipping keeps "git fetch" short in a store with a long history';
  return { name: 'fetch', ok: true, detail: skipping ? 'negotiation skips' : hint };
};
