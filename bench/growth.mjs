// Does a publish cost more in a larger store? Beside it the design that Concord replaces, which does.

import { itemId, publishInput } from './artifact.mjs';
import { storePath } from './history.mjs';
import { makeJsonIndex } from './json-index.mjs';
import { fact, interleave, judged, median, ms, spread } from './measure.mjs';
import { connectTo, freshDirectory, newStore, settled } from './place.mjs';

const count = (number) => number.toLocaleString('en');

const sizesOf = ({ quick, large }) => [100, 1_000, 10_000, ...(quick ? [] : [large])];

export const growthStores = (options) => [
  ...sizesOf(options).map((versions) => ({ artifacts: Math.min(1_000, versions / 10), versions })),
  { artifacts: 10_000, versions: 10_000 },
  { artifacts: 1, versions: options.quick ? 2_000 : 10_000 },
];

const concordVariant = (name, directory, connection, artifacts) => ({
  name,
  run: (turn) => {
    const number = (turn * 7919) % artifacts;
    const from = [itemId((number * 31 + 1) % artifacts)].filter((id) => id !== itemId(number));
    return connection.call('artifact_publish', publishInput(itemId(number), `turn ${turn}`, from));
  },
  after: () => settled(directory),
  close: () => connection.close(),
});

export const growth = async (options) => {
  const { root, quick } = options;
  const empty = await newStore(root, 'empty');
  const first = (turn) =>
    empty.connection.call('artifact_publish', publishInput(itemId(turn % 10), `turn ${turn}`));
  for (let turn = 0; turn < 10; turn += 1) await first(turn);
  const concord = [
    { ...concordVariant('empty', empty.directory, empty.connection, 10) },
    ...growthStores(options).map((size) => {
      const directory = storePath(root, size);
      return concordVariant(
        `${size.artifacts}/${size.versions}`,
        directory,
        connectTo(directory),
        size.artifacts,
      );
    }),
  ];
  for (const { run } of concord) for (let turn = 0; turn < 5; turn += 1) await run(turn + 9_000);
  const json = sizesOf(options).map((versions) => ({
    name: `json/${versions}`,
    run: jsonPublish(makeJsonIndex(freshDirectory(root, 'json'), versions)),
    block: versions > 10_000 ? 1 : versions > 1_000 ? 3 : 10,
    every: versions > 10_000 ? 3 : 1,
  }));
  const samples = await interleave([...concord, ...json], quick ? 12 : 30);
  for (const { close } of concord) await close();
  return rowsOf(options, samples);
};

const jsonPublish = (publish) => (turn) => publish(publishInput(itemId(turn), `turn ${turn}`));

const rowsOf = (options, samples) => {
  const p50 = (name) => median(samples.get(name));
  const base = p50('empty');
  const sizes = sizesOf(options);
  const series = (names) => names.map((name) => ms(p50(name))).join(' / ');
  const stores = growthStores(options);
  const largest = stores[sizes.length - 1];
  const deep = stores.at(-1);
  const key = ({ artifacts, versions }) => `${artifacts}/${versions}`;
  const against = (what, size, most) =>
    judged(what, spread(samples.get(key(size))), {
      value: p50(key(size)) / base,
      most,
      of: 'an empty store',
    });
  const jsons = sizes.map((versions) => `json/${versions}`);
  return [
    fact('publish in an empty store', spread(samples.get('empty'))),
    against(`publish at ${count(largest.versions)} versions`, largest, 1.3),
    against('publish at 10,000 artifacts', { artifacts: 10_000, versions: 10_000 }, 2),
    against(`publish of one artifact with ${count(deep.versions)} versions`, deep, 1.3),
    judged(
      `publish at ${sizes.map(count).join(' / ')} versions`,
      series(stores.slice(0, sizes.length).map(key)),
      {
        value: p50(key(largest)) / p50(key(stores[0])),
        most: 1.3,
        of: 'from first to last (flat)',
      },
    ),
    fact(
      'the same in the design it replaces (JSON files, lock, index file; not synced)',
      `${series(jsons)}: ${(p50(jsons.at(-1)) / p50(jsons[0])).toFixed(0)} x from first to last`,
    ),
  ];
};
