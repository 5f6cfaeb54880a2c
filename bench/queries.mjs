// Lineage, impact, stale and lists in a large store.

import { itemId, publishInput } from './artifact.mjs';
import { storePath } from './history.mjs';
import { interleave, judged, median, ms, spread, timed } from './measure.mjs';
import { connectTo } from './place.mjs';

const goal = (value) => ({
  value,
  most: 50,
  show: (milliseconds) => ms(milliseconds).replace('.0 ms', ' ms'),
});

export const queries = async ({ root, quick, big }) => {
  const connection = connectTo(storePath(root, big));
  const call = (name, input) => () => connection.call(name, input);
  const leaf = itemId(big.artifacts - 1);
  // Something of its own to be out of date: all that was made from item 3.
  await connection.call('artifact_publish', publishInput(itemId(3), 'newer', [itemId(1)]));
  const variants = Object.entries({
    'lineage of a leaf': call('lineage_trace', { ref: leaf, direction: 'upstream' }),
    'impact of the root (one version)': call('lineage_trace', {
      ref: `${itemId(0)}@1`,
      direction: 'downstream',
    }),
    'impact of the root (all versions)': call('lineage_trace', {
      ref: itemId(0),
      direction: 'downstream',
    }),
    stale: call('lineage_trace', { direction: 'stale' }),
    'list by type': call('artifact_list', { artifactType: 'document' }),
    'list by tag': call('artifact_list', { tag: 'notes' }),
    'list by text': call('artifact_list', { text: 'expiry and the scopes' }),
    status: call('team_status', {}),
  }).map(([name, run]) => ({ name, run, block: 2 }));
  const first = new Map();
  for (const { name, run } of variants) first.set(name, await timed(run));
  const samples = await interleave(variants, quick ? 8 : 20);
  await connection.close();
  const at = `at ${big.versions.toLocaleString('en')} versions of ${big.artifacts.toLocaleString('en')} artifacts`;
  return variants.map(({ name }) =>
    judged(
      `${name}, ${at}`,
      `${spread(samples.get(name))}, first ${ms(first.get(name))}`,
      goal(median(samples.get(name))),
    ),
  );
};
