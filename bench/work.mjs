// Contracts in a large store: what an agent and a person ask all day, a cycle of claim and publish, and eight processes that ask for work.

import { bodyOf, publishInput } from './artifact.mjs';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerOf, start } from './child.mjs';
import { makeFloor, recordCalls } from './floor.mjs';
import { storePath } from './history.mjs';
import { fact, interleave, judged, median, ms, now, percentile, spread } from './measure.mjs';
import { connectTo, freshDirectory, gitOutput, program, settled } from './place.mjs';
import { runNode } from './startup.mjs';

const atOnce = 500;
const many = 8;
const agents = 20;

const idOf = (number) => `work/task-${String(number).padStart(6, '0')}`;

/** In fives: two for anyone, one for an agent by name, and two that wait for the one before them. */
const contractOf = (number) => ({
  contractId: idOf(number),
  title: `Write the notes of part ${number}`,
  inputs: { context: bodyOf(`Part ${number}.`) },
  expectedOutputs: [{ artifactType: 'document', required: true }],
  ...(number % 5 > 1 && { assignee: `dev-${number % agents}` }),
  ...(number % 5 > 2 && { dependencies: [{ type: 'contract', contractId: idOf(number - 1) }] }),
});

const fill = async (connection, count) => {
  const samples = [];
  for (let first = 0; first < count; first += atOnce) {
    const contracts = Array.from({ length: atOnce }, (_, at) => contractOf(first + at));
    const begun = now();
    await connection.call('contract_create', { contracts });
    samples.push(now() - begun);
  }
  return samples;
};

/** One turn of an agent: it is given a contract, and completes it by its output. */
const cycle = (connection) => async (turn) => {
  const { contract } = await connection.call('contract_claim');
  const data = { title: `Notes ${turn}`, body: bodyOf(`turn ${turn}`) };
  await connection.call('artifact_publish', {
    contractId: contract.id,
    data,
    summary: `State ${turn} of the notes.`,
  });
};

export const work = async (options) => {
  const { root, quick, big } = options;
  const count = quick ? 2_000 : 10_000;
  const directory = storePath(root, big);
  const connection = connectTo(directory, 'dev-2');
  // Who is there before the work is given is told of it.
  await connection.call('artifact_publish', publishInput('notes-of-dev-2', 'first'));
  const lead = connectTo(directory, 'lead');
  const filling = await fill(lead, count);
  await lead.close();
  const turns = cycle(connection);
  // Some work is done, and some in hand.
  for (let turn = 0; turn < 40; turn += 1) await turns(turn);
  for (let turn = 0; turn < 10; turn += 1)
    await connection.call('contract_claim', { another: true });
  const asked = await questions(connection, { quick, count, big });
  const briefs = await coldBriefs(options, directory, count);
  const cycles = await cyclesOf(options, directory);
  await connection.close();
  const raced = await race(directory, quick ? 25 : 100);
  return [
    fact(
      `creating ${count.toLocaleString('en')} contracts, ${atOnce} at once`,
      `${spread(filling)}, ${Math.round((count * 1000) / filling.reduce((a, b) => a + b))}/s`,
    ),
    ...asked,
    ...briefs,
    ...cycles,
    ...raced,
  ];
};

const questions = async (connection, { quick, count, big }) => {
  const call = (name, input) => () => connection.call(name, input);
  const variants = Object.entries({
    'contract_get, one': call('contract_get', { contractId: idOf(3) }),
    'contract_get, list': call('contract_get', {}),
    'contract_get, list of an assignee': call('contract_get', { assignee: 'dev-3' }),
    team_status: call('team_status', {}),
    team_brief: call('team_brief', {}),
    // Each moves the cursor over the 20 items that the one before has shown.
    inbox_read: call('inbox_read', {}),
  }).map(([name, run]) => ({ name, run, block: 3 }));
  for (const { run } of variants) await run();
  const samples = await interleave(variants, quick ? 10 : 20);
  const at = `${count.toLocaleString('en')} contracts, ${big.versions.toLocaleString('en')} versions`;
  return variants.map(({ name }) =>
    judged(`${name}, at ${at}`, spread(samples.get(name)), {
      value: median(samples.get(name)),
      most: 10,
      show: (value) => ms(value).replace('.0 ms', ' ms'),
    }),
  );
};

/** What a session that begins waits for: a process of its own, and news since before all the work. */
const coldBriefs = async ({ root, quick, big }, directory, count) => {
  const empty = join(freshDirectory(root, 'bare'), 'empty.mjs');
  writeFileSync(empty, '');
  const since = gitOutput(directory, [
    'log',
    '-1',
    '--skip=2000',
    '--format=%H',
    'concord/main',
  ]).trim();
  const brief = (...more) => runNode(directory, [program, 'brief', '--as', 'dev-2', ...more]);
  const variants = [
    { name: 'empty', run: () => runNode(directory, [empty]) },
    { name: 'brief', run: () => brief() },
    { name: 'brief --since, 2,000 transactions', run: () => brief('--since', since) },
  ].map((variant) => ({ ...variant, block: 1 }));
  for (const { run } of variants) await run();
  const samples = await interleave(variants, quick ? 10 : 30);
  const bare = median(samples.get('empty'));
  const at = `${count.toLocaleString('en')} contracts, ${big.versions.toLocaleString('en')} versions`;
  return variants.slice(1).map(({ name }) => {
    const value = median(samples.get(name));
    const ratio = `${(value / bare).toFixed(1)} x an empty script`;
    return judged(`concord ${name}, cold, at ${at}`, `${spread(samples.get(name))}, ${ratio}`, {
      value,
      most: 200,
      show: (time) => ms(time).replace('.0 ms', ' ms'),
    });
  });
};

/** A session of its own: what it holds would be given to it again. */
const cyclesOf = async ({ root, quick }, directory) => {
  const connection = connectTo(directory, 'dev-7');
  const run = cycle(connection);
  for (let turn = 0; turn < 20; turn += 1) await run(turn);
  const calls = await recorded(directory, run);
  const floor = makeFloor(calls, directory, freshDirectory(root, 'work-floor'));
  for (let turn = 0; turn < 50; turn += 1) floor(1_000_000 + turn);
  const samples = await interleave(
    [
      { name: 'floor', run: floor },
      { name: 'cycle', run, after: () => settled(directory), block: 5 },
    ],
    quick ? 12 : 30,
  );
  await connection.close();
  const [bare, whole] = [samples.get('floor'), samples.get('cycle')];
  return [
    fact('floor: the writes and syncs of a claim and a publish in a bare loop', spread(bare)),
    judged('claim and publish, which completes the contract', spread(whole), {
      value: median(whole) / median(bare),
      most: 2.5,
      of: 'the floor',
    }),
  ];
};

/** What one turn does to the disk; not one in which packs are folded beside it. */
const recorded = async (directory, run) => {
  for (;;) {
    await settled(directory);
    const calls = await recordCalls(() => run(0));
    const folds = calls.some(({ values }) => String(values[0]).endsWith('fold.lock'));
    if (!folds) return calls;
  }
};

const race = async (directory, count) => {
  const children = [];
  for (let at = 0; at < many; at += 1) {
    const child = start('claimer.mjs', [directory, `racer-${at + 1}`, count]);
    await answerOf(child);
    children.push(child);
  }
  const results = await Promise.all(
    children.map((child) => {
      const answer = answerOf(child);
      child.send('go');
      return answer;
    }),
  );
  const won = results.flatMap(({ claimed }) => claimed);
  const inTime = won.length - results.reduce((sum, { warm }) => sum + warm, 0);
  const rate = (inTime * 1000) / Math.max(...results.map(({ total }) => total));
  const failures = results.flatMap((result) => result.failures);
  const samples = results.flatMap((result) => result.samples);
  const { lost, doubled } = witnessed(directory, won);
  return [
    fact(
      `${many} processes ask for work, ${count} times each`,
      `${Math.round(rate)} claims/s, p50 ${ms(median(samples))}, p99 ${ms(percentile(samples, 0.99))}`,
    ),
    judged(
      `${many} processes ask for work: lost + doubled`,
      `${lost} + ${doubled}, ${failures.length} refused`,
      { value: lost + doubled + failures.length, most: 0, show: String },
    ),
  ];
};

/** The history tells whether each claim that was answered is there, once, and for one. */
const witnessed = (directory, won) => {
  const log = gitOutput(directory, [
    'log',
    '--format=%(trailers:key=Concord-Event,valueonly)',
    '--author=racer-',
    'concord/main',
  ]);
  const claims = log.split('\n').filter((line) => line.startsWith('contract-claimed '));
  const there = new Set(claims.map((line) => line.split(' ')[1]));
  return {
    lost: won.filter((id) => !there.has(id)).length,
    doubled: won.length - new Set(won).size + claims.length - there.size,
  };
};
