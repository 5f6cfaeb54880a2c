// Building the derived index anew, against `git log` printing the same, and catching up with one commit of somebody else.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { answerOf, start } from './child.mjs';
import { storePath } from './history.mjs';
import { fact, interleave, judged, median, ms, spread, timed } from './measure.mjs';
import { connectTo, openStore } from './place.mjs';

const fields = ['%H', '%T', '%P', '%an', '%at', '%s', '%B'].join('%x00');

const gitLog = async (directory) => {
  const args = [
    'log',
    '-z',
    '--topo-order',
    '--reverse',
    '--first-parent',
    `--format=${fields}`,
    'concord/main',
  ];
  const git = spawn('git', args, { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
  let bytes = 0;
  git.stdout.on('data', (chunk) => (bytes += chunk.length));
  await once(git, 'close');
  return bytes;
};

const rebuildAnew = async (directory, turn) => {
  const local = join(directory, '.git', 'concord');
  const aside = join(directory, '.git', `index-aside-${turn}`);
  mkdirSync(aside);
  for (const name of ['index.db', 'index.db-wal', 'index.db-shm'])
    if (existsSync(join(local, name))) renameSync(join(local, name), join(aside, name));
  const store = await openStore(directory);
  await store.read('main', (facts) => facts.head('main'));
  await store.close();
};

export const rebuild = async ({ root, quick, big }) => {
  const directory = storePath(root, big);
  const caught = await catchUp(directory, quick ? 10 : 30);
  const samples = await interleave(
    [
      { name: 'log', run: () => gitLog(directory), block: 1 },
      { name: 'rebuild', run: (turn) => rebuildAnew(directory, turn), block: 1 },
    ],
    quick ? 3 : 2,
  );
  const [log, whole] = [median(samples.get('log')), median(samples.get('rebuild'))];
  const size = big.versions.toLocaleString('en');
  return [
    fact(`git log printing the same, ${size} commits`, ms(log)),
    judged(`index rebuild, ${size} commits`, ms(whole), {
      value: whole / log,
      most: 2.5,
      of: 'git log',
    }),
    judged('catching up with one commit', spread(caught), {
      value: median(caught),
      most: 15,
      show: (value) => `${Number(value.toFixed(1))} ms`,
    }),
  ];
};

/** The other one is a process of its own: a large one like it would start git slowly, and that is not what is asked. */
const catchUp = async (directory, count) => {
  const other = start('stranger.mjs', [directory]);
  const ours = connectTo(directory);
  const store = await ours.store();
  const samples = [];
  for (let turn = 0; turn <= count; turn += 1) {
    other.send('publish');
    await answerOf(other);
    samples.push(await timed(() => store.read('main', (facts) => facts.head('main'))));
  }
  other.disconnect();
  await ours.close();
  // The first one starts the reader of objects.
  return samples.slice(1);
};
