// One of the processes that publish to the same line at once: `node writer.mjs DIRECTORY AGENT COUNT (own | same)`.

import { publishInput } from './artifact.mjs';
import { now } from './measure.mjs';
import { connectTo } from './place.mjs';

const [directory, agent, count, which] = process.argv.slice(2);
const connection = connectTo(directory, agent);
const id = which === 'same' ? 'shared' : `of-${agent}`;
const samples = [];
const refs = [];
const failures = [];

const publishOne = async (turn) => {
  const begun = now();
  try {
    const { ref } = await connection.call('artifact_publish', publishInput(id, `${agent} ${turn}`));
    refs.push(ref);
  } catch (error) {
    failures.push(String(error));
  }
  samples.push(now() - begun);
};

// Everything is loaded, open and warm before the start: that is not what is measured.
for (let turn = 0; turn < 30; turn += 1)
  await connection.call('artifact_publish', publishInput(`warm-${agent}`, `${turn}`));
process.once('message', async () => {
  const start = now();
  for (let turn = 0; turn < Number(count); turn += 1) await publishOne(turn);
  const total = now() - start;
  await connection.close();
  process.send({ samples, refs, failures, total }, () => process.disconnect());
});
process.send('ready');
