// One of the processes that ask for work on the same line at once: `node claimer.mjs DIRECTORY AGENT COUNT`.

import { now } from './measure.mjs';
import { connectTo } from './place.mjs';

const [directory, agent, count] = process.argv.slice(2);
const connection = connectTo(directory, agent);
const samples = [];
const claimed = [];
const failures = [];

const claimOne = async () => {
  const begun = now();
  try {
    const { contract } = await connection.call('contract_claim', { another: true });
    if (contract === null) failures.push('nothing was ready');
    else claimed.push(contract.id);
  } catch (error) {
    failures.push(String(error));
  }
  samples.push(now() - begun);
};

// Everything is loaded, open and warm before the start: that is not what is measured.
for (let turn = 0; turn < 3; turn += 1) await claimOne();
process.once('message', async () => {
  samples.length = 0;
  const warm = claimed.length;
  const start = now();
  for (let turn = 0; turn < Number(count); turn += 1) await claimOne();
  const total = now() - start;
  await connection.close();
  process.send({ samples, claimed, warm, failures, total }, () => process.disconnect());
});
process.send('ready');
