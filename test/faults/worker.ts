// A program: publishes as one agent and reports every answer as one line of JSON.

import type { EventEmitter } from 'node:events';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { publish } from '../../src/model/artifact.ts';
import { ConcordError } from '../../src/model/error.ts';
import { openStore } from '../../src/store/store.ts';
import type { Work } from '../helpers/programs.ts';

const work = JSON.parse(process.env['WORK'] ?? '') as Work;
const types = { shipped: ['document'], check: () => [], example: () => undefined };

const report = (line: object): void => {
  fs.writeSync(1, `${JSON.stringify(line)}\n`);
};

const store = await openStore(work.directory, {
  warn: (text) => fs.writeSync(2, `warning: ${text}\n`),
});
while (work.start !== undefined && !fs.existsSync(work.start)) await sleep(2);
const goesOn = (done: number): boolean =>
  work.until === undefined ? done < work.count : !fs.existsSync(work.until);

for (let done = 0; goesOn(done); done += 1) {
  const { agent, line = 'main' } = work;
  const id = work.ids[done % work.ids.length] ?? '';
  const data = `${agent} ${done}`;
  const began = performance.now();
  const took = (): number => performance.now() - began;
  (process as EventEmitter).emit('publish');
  try {
    const { result, commit } = await store.write({ agent, line }, (transaction) => {
      const { time } = transaction.circumstances;
      const request = { id, type: 'document', data: { data }, agent, time, content: () => data };
      const events = publish(transaction.view, request, types);
      transaction.append(events);
      const last = events.at(-1);
      return last?.type === 'artifact-published' ? `${id}@${last.artifact.version}` : '';
    });
    report({ data, ref: result, commit, ms: took() });
  } catch (error) {
    const code = error instanceof ConcordError ? error.code : `BUG ${String(error)}`;
    report({ data, error: code, message: String(error), ms: took() });
  }
}
await store.close();
