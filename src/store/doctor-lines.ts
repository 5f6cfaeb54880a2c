import { count } from '../model/text.ts';
import type { Check } from './check.ts';
import type { Facts } from './index/facts.ts';
import { lineRef } from './layout.ts';
import { readTip } from './refs.ts';
import type { Store } from './store.ts';
import { ensureTag, snapshotRef } from './tag.ts';

const list = (names: readonly string[]): string =>
  names.length > 5
    ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`
    : names.join(', ');

/** Whether a snapshot has its tag, also where the tags were kept when it was made. */
const isTagged = async ({ repository }: Store, name: string): Promise<boolean> => {
  for (const ref of [snapshotRef(repository, name), `refs/tags/concord/${name}`])
    if ((await readTip(repository, ref)) !== undefined) return true;
  return false;
};

/** Every snapshot that a commit tells of has its tag; a missing one is made from that commit, as it was. */
export const checkSnapshots = async (store: Store): Promise<Check> => {
  const all = await store.read('main', (facts) => facts.lines.snapshots());
  const made: string[] = [];
  const without: string[] = [];
  for (const fact of all) {
    if (await isTagged(store, fact.name)) continue;
    const done = await ensureTag(store.repository, store.objects, fact).catch(() => false);
    (done ? made : without).push(fact.name);
  }
  return {
    name: 'snapshots',
    ok: without.length === 0,
    detail:
      without.length > 0
        ? `no tag can be made for ${list(without)}`
        : count(all.length, 'snapshot'),
    ...(made.length > 0 && { repaired: `Tags made again: ${list(made)}.` }),
  };
};

/** Replays that main says are closed, and whose ref still stands at the end that main names. */
const leftOpen = async ({ repository }: Store, facts: Facts): Promise<[string, string][]> => {
  const left: [string, string][] = [];
  for (const { line, tip } of facts.lines.closings())
    if ((await readTip(repository, lineRef(line))) === tip) left.push([line, tip]);
  return left;
};

/** What whoever closed a replay could not tidy up any more is tidied up. */
export const checkLines = async (store: Store): Promise<Check> => {
  const facts = await store.index.ready('main');
  const left = await leftOpen(store, facts);
  for (const [line, tip] of left) await store.endLine(line, tip);
  const open = facts.lines.open()?.names ?? [];
  const unread = open.filter((name) => !facts.head(name) && !facts.lines.closing(name));
  const broken: string[] = [];
  for (const name of unread)
    if ((await readTip(store.repository, lineRef(name))) !== undefined) broken.push(name);
  return {
    name: 'lines',
    ok: broken.length === 0,
    detail:
      broken.length > 0
        ? `${list(broken)} cannot be read; the other lines are not affected`
        : `main and ${count(open.length - unread.length, 'replay')}`,
    ...(left.length > 0 && {
      repaired: `What was left of ${list(left.map(([line]) => line))} is gone.`,
    }),
  };
};
