// Publishes once for every message, with its index in memory, so that nobody hears of it but by the ref: `node stranger.mjs DIRECTORY`.

import { itemId, publishInput } from './artifact.mjs';
import { connect } from './place.mjs';

const [directory] = process.argv.slice(2);
const connection = connect({ agent: 'stranger', directory, recordCode: false, memory: true });
let turn = 0;
process.on('message', async () => {
  turn += 1;
  await connection.call('artifact_publish', publishInput(itemId(turn), `stranger ${turn}`));
  process.send('done');
});
process.once('disconnect', () => process.exit(0));
