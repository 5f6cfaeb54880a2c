// How much the first read of a process costs: `node first-read.mjs DIRECTORY REF`.

import { now } from './measure.mjs';
import { connectTo } from './place.mjs';

const [directory, artifactId] = process.argv.slice(2);
const before = process.memoryUsage.rss();
const start = now();
const connection = connectTo(directory);
await connection.call('artifact_get', { artifactId });
const time = now() - start;
const grown = (process.memoryUsage.rss() - before) / 2 ** 20;
await connection.close();
process.send({ time, grown }, () => process.disconnect());
