import { allStale } from '../../model/stale.ts';
import { FactsGraph } from '../../store/index/facts-graph.ts';
import type { Facts } from '../../store/index/facts.ts';
import type { Store } from '../../store/store.ts';

/** What was found last, by store: looking through all artifacts takes milliseconds, and a glance is asked for often. */
const found = new WeakMap<Store, { readonly head: string; readonly refs: readonly string[] }>();

/** The latest versions that are out of date on a line. */
export const staleRefs = (store: Store, facts: Facts, line: string): readonly string[] => {
  const head = `${line} ${facts.head(line)?.oid}`;
  const known = found.get(store);
  if (known?.head === head) return known.refs;
  const refs = allStale(new FactsGraph(facts, line), false).map(({ ref }) => ref);
  found.set(store, { head, refs });
  return refs;
};
