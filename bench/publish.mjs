// One publish through the whole API, durable, in a long-lived process.

import { itemId, publishInput } from './artifact.mjs';
import { countCalls, makeFloor, recordCalls } from './floor.mjs';
import {
  fact,
  interleave,
  judged,
  median,
  ms,
  now,
  percentile,
  spread,
  times,
} from './measure.mjs';
import {
  connectTo,
  freshDirectory,
  gitOutput,
  makeRepository,
  newStore,
  settled,
} from './place.mjs';
import { makePlumbing } from './plumbing.mjs';

const publisher = (connection) => (turn) =>
  connection.call('artifact_publish', publishInput(itemId(turn % 50), `turn ${turn}`));

export const publish = async ({ root, quick }) => {
  const store = await newStore(root, 'publish');
  const withCode = connectTo(store.directory, 'bench', true);
  const run = publisher(store.connection);
  for (let turn = 0; turn < 200; turn += 1) await run(turn);
  await settled(store.directory);
  const calls = await recordCalls(() => run(0));
  const floor = makeFloor(calls, store.directory, freshDirectory(root, 'floor'));
  for (let turn = 0; turn < 100; turn += 1) floor(1_000_000 + turn);
  const plumbing = plumbingOf(root, store.directory);
  const after = () => settled(store.directory);
  const samples = await interleave(
    [
      { name: 'floor', run: floor },
      { name: 'publish', run, after },
      { name: 'code', run: publisher(withCode), after, block: 3 },
      { name: 'plumbing', run: plumbing, block: 1 },
    ],
    quick ? 25 : 80,
  );
  await withCode.close();
  const steady = await continuous(run, quick ? 200 : 1000);
  await store.connection.close();
  return rowsOf(calls, samples, steady);
};

/** The file and message of a real publish, committed by git's commands into a repository of its own. */
const plumbingOf = (root, from) => {
  const git = makePlumbing(makeRepository(freshDirectory(root, 'plumbing')), { sync: true });
  const message = gitOutput(from, ['log', '-1', '--format=%B', 'concord/main']);
  const paths = gitOutput(from, ['ls-tree', '-r', '--name-only', 'concord/main', 'artifacts/']);
  const [path = ''] = paths.split('\n');
  const file = gitOutput(from, ['show', `concord/main:${path}`]);
  return (turn) => git({ path, file: `${file}# ${turn}\n`, message: `${message}\n${turn}\n` });
};

/** Without a pause between the calls: folding of packs goes on beside them. */
const continuous = async (run, count) => {
  const samples = [];
  const start = now();
  for (let turn = 0; turn < count; turn += 1) {
    const begun = now();
    await run(turn);
    samples.push(now() - begun);
  }
  return { samples, rate: (count * 1000) / (now() - start) };
};

const rowsOf = (calls, samples, steady) => {
  const [floor, bare, code, plumbing] = ['floor', 'publish', 'code', 'plumbing'].map((name) =>
    samples.get(name),
  );
  const syncs = countCalls(calls, 'fsyncSync', 'fdatasyncSync');
  const moves = countCalls(calls, 'renameSync', 'linkSync', 'unlinkSync');
  const over = (many) => median(many) / median(floor);
  return [
    judged('syncs per publish', `${syncs} (and ${moves} renames, links, unlinks)`, {
      value: syncs,
      most: 6,
      show: String,
    }),
    fact('floor: the same writes and syncs in a bare loop', spread(floor)),
    judged('publish through the whole API', spread(bare), {
      value: over(bare),
      most: 2.5,
      of: 'the floor',
    }),
    judged('the same with the state of the code (a git process)', spread(code), {
      value: over(code),
      most: 2.5,
      of: 'the floor',
    }),
    judged('the same commit by git commands, synced', spread(plumbing), {
      value: median(plumbing) / median(bare),
      least: 10,
      of: 'slower than publish',
    }),
    fact(
      'publishes without a pause, folding beside them',
      `${spread(steady.samples)}, ${Math.round(steady.rate)}/s, slowest ${ms(percentile(steady.samples, 1))}, p50 ${times(over(steady.samples))} the floor`,
    ),
  ];
};
