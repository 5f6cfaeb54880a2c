// A process that claims contracts and publishes for them, and reports every answer on one line.

import type { EventEmitter } from 'node:events';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConcordError } from '../../src/model/error.ts';
import { connect } from '../../src/operations/connect.ts';
import type { Answer, Call, Claims } from '../helpers/programs.ts';

const work = JSON.parse(process.env['WORK'] ?? '') as Claims;
const { agent } = work;

const connection = connect({
  agent,
  directory: work.directory,
  recordCode: false,
  warn: (text) => fs.writeSync(2, `warning: ${text}\n`),
});
await connection.store();

/** The clock that all processes of the machine share. */
const now = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

const awaited = async (path: string | undefined): Promise<void> => {
  while (path !== undefined && !fs.existsSync(path)) await sleep(2);
};

const answerTo = async ({
  operation,
  input = {},
}: Call): Promise<Pick<Answer, 'output' | 'error' | 'message'>> => {
  try {
    return { output: await connection.call(operation, input) };
  } catch (error) {
    if (!(error instanceof ConcordError)) return { error: 'BUG', message: String(error) };
    return { error: error.code, message: `${error.message}\n${error.hint ?? ''}` };
  }
};

const call = async (asked: Call): Promise<Answer> => {
  await awaited(asked.after);
  const began = now();
  if (asked.struck) (process as EventEmitter).emit('publish');
  const answer = await answerTo(asked);
  const told = { operation: asked.operation, agent, began, ended: now(), ...answer };
  fs.writeSync(1, `${JSON.stringify(told)}\n`);
  return told;
};

/** Claims one; its id, or undefined when there is none to be had. */
const claim = async (input: Call['input'] = {}): Promise<string | undefined> => {
  const { output } = await call({ operation: 'contract_claim', input });
  return (output?.['contract'] as { id: string } | null | undefined)?.id;
};

let count = 0;
const publish = (contractId: string): Promise<Answer> => {
  count += 1;
  const data = { title: contractId, body: `${agent} ${process.pid} ${count}` };
  const input = { contractId, artifactType: 'document', data };
  return call({ operation: 'artifact_publish', input });
};

/** Claims what it is to take, and publishes for all of it; false when there was nothing. */
const round = async (take: 'one' | 'two'): Promise<boolean> => {
  const wanted = take === 'one' ? [{}] : [{ another: true }, { another: true }];
  const got: string[] = [];
  for (const input of wanted) {
    const id = await claim(input);
    if (id !== undefined) got.push(id);
  }
  for (const id of got) await publish(id);
  return got.length > 0;
};

const byName = async (ids: readonly string[]): Promise<void> => {
  for (const contractId of ids) if (await claim({ contractId })) await publish(contractId);
};

const whileThereIsWork = async (take: 'one' | 'two'): Promise<void> => {
  const { until } = work;
  while (until === undefined || !fs.existsSync(until)) {
    if (await round(take)) continue;
    if (until === undefined) return;
    await sleep(50);
  }
};

await awaited(work.start);
const { calls, take = 'one' } = work;
if (calls) for (const asked of calls) await call(asked);
else if (take === 'one' || take === 'two') await whileThereIsWork(take);
else await byName(take);
await connection.close();
