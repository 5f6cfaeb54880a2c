// Going back and running again: what a snapshot, a rollback and the start of a replay cost beside a publish, in a store of 10,000 artifacts.

import { itemId, publishInput } from './artifact.mjs';
import { storePath } from './history.mjs';
import { fact, interleave, judged, median, ms, now, spread } from './measure.mjs';
import { connectTo, settled } from './place.mjs';

const size = { artifacts: 10_000, versions: 10_000 };

export const travelStores = () => [size];

export const travel = async ({ root, quick }) => {
  const directory = storePath(root, size);
  const connection = connectTo(directory);
  const call = (name, input) => connection.call(name, input);
  const publish = (turn) =>
    call('artifact_publish', publishInput(itemId(turn % size.artifacts), `turn ${turn}`));
  // A line of work that is known from the first commit on.
  await call('contract_create', {
    contracts: [
      { contractId: 'first', expectedOutputs: ['document'] },
      { contractId: 'second', expectedOutputs: ['document'], dependencies: ['first'] },
    ],
  });
  await call('team_snapshot', { name: 'bench-start' });
  for (let turn = 0; turn < 5; turn += 1) await publish(9_000 + turn);
  const afterwards = [];
  const variants = [
    { name: 'publish', run: publish, block: 5 },
    { name: 'snapshot', run: (turn) => call('team_snapshot', { name: `bench-${turn}` }), block: 1 },
    {
      name: 'replay',
      run: (turn) =>
        call('team_replay', {
          snapshot: 'bench-start',
          name: `bench-${turn}`,
          overrides: { first: { inputs: { context: `Turn ${turn}` } } },
        }),
      block: 1,
      after: async () => {
        const [open] = (await call('team_replay', { action: 'list' })).replays;
        const begun = now();
        await call('team_status', { line: open.line });
        afterwards.push(now() - begun);
        await call('team_replay', { action: 'drop', name: open.line });
      },
    },
    {
      name: 'rollback',
      run: () => call('rollback', { snapshot: 'bench-start', reason: 'measured' }),
      block: 1,
      after: async () => {
        for (let turn = 0; turn < 5; turn += 1) await publish(turn);
      },
    },
  ].map((variant) => ({
    ...variant,
    after: async () => {
      await variant.after?.();
      await settled(directory);
    },
  }));
  const samples = await interleave(variants, quick ? 10 : 25);
  await connection.close();
  const base = median(samples.get('publish'));
  const against = (what, name) =>
    judged(what, spread(samples.get(name)), {
      value: median(samples.get(name)) / base,
      most: 5,
      of: 'a publish there',
    });
  return [
    fact('publish at 10,000 artifacts', spread(samples.get('publish'))),
    against('snapshot', 'snapshot'),
    against('rollback of five publishes', 'rollback'),
    against('start of a replay', 'replay'),
    fact(
      'what the first use of a replay costs on top: its state is made from that of main',
      ms(median(afterwards)),
    ),
  ];
};
