// Disk space per transaction, before and after packs are folded, in a store of 1,000 artifacts.

import { join } from 'node:path';
import { itemId, publishInput } from './artifact.mjs';
import { buildStore } from './history.mjs';
import { fact, judged } from './measure.mjs';
import { connectTo, diskUse, freshDirectory, gitOutput } from './place.mjs';

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
const show = (value) => `${Number(value.toFixed(2))} KB`;

/** Fewer than the number at which folding begins. */
const unfolded = 20;

export const disk = async ({ root, quick }) => {
  const directory = await buildStore(freshDirectory(root, 'disk'), {
    artifacts: 1_000,
    versions: 1_000,
  });
  const objects = join(directory, '.git', 'objects');
  const connection = connectTo(directory);
  const publish = async (from, to) => {
    for (let turn = from; turn < to; turn += 1)
      await connection.call(
        'artifact_publish',
        publishInput(itemId((turn * 7919) % 1_000), `turn ${turn}`),
      );
  };
  const start = diskUse(objects);
  await publish(0, unfolded);
  const before = (diskUse(objects) - start) / unfolded;
  const total = quick ? 300 : 2_000;
  await publish(unfolded, total);
  await connection.close();
  const running = (diskUse(objects) - start) / total;
  gitOutput(directory, ['repack', '-d', '-q', '--geometric=2']);
  const after = (diskUse(objects) - start) / total;
  gitOutput(directory, ['gc', '--quiet', '--prune=now']);
  const collected = diskUse(objects) / (total + 1_000);
  return [
    judged('disk per transaction, before folding', kilobytes(before), {
      value: before / 1024,
      most: 16,
      show,
    }),
    judged('disk per transaction, after folding', kilobytes(after), {
      value: after / 1024,
      most: 2,
      show,
    }),
    fact(
      `the same as it lies after ${total.toLocaleString('en')} transactions`,
      kilobytes(running),
    ),
    fact('the same after the own git gc of the user, whole store', kilobytes(collected)),
    fact(
      'derived index per version',
      kilobytes(diskUse(join(directory, '.git', 'concord')) / (total + 1_000)),
    ),
  ];
};
