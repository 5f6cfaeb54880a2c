// Eight processes publish to one line at once, durably, against one process alone.

import { answerOf, start } from './child.mjs';
import { fact, judged, median, ms, now, percentile, times } from './measure.mjs';
import { gitOutput, newStore } from './place.mjs';

const many = 8;

const race = async (root, processes, count, which) => {
  const { directory, connection } = await newStore(root, `race-${processes}`);
  await connection.close();
  const names = Array.from({ length: processes }, (_, at) => `agent-${at + 1}`);
  const children = [];
  for (const name of names) {
    const child = start('writer.mjs', [directory, name, count, which]);
    await answerOf(child);
    children.push(child);
  }
  const begun = now();
  const results = await Promise.all(
    children.map((child) => {
      const answer = answerOf(child);
      child.send('go');
      return answer;
    }),
  );
  return summary(directory, results, now() - begun);
};

const summary = (directory, results, elapsed) => {
  const refs = results.flatMap((result) => result.refs);
  const history = gitOutput(directory, [
    'log',
    '--format=%(trailers:key=Concord-Event,valueonly)',
    'concord/main',
  ])
    .split('\n')
    .flatMap((line) => (line.startsWith('artifact-published ') ? [line.split(' ')[1]] : []));
  const times = new Map();
  for (const ref of history) times.set(ref, (times.get(ref) ?? 0) + 1);
  const totals = results.map(({ total }) => total);
  return {
    rate: (refs.length * 1000) / elapsed,
    samples: results.flatMap((result) => result.samples),
    unfair: Math.max(...totals) / Math.min(...totals),
    lost: refs.filter((ref) => !times.has(ref)).length,
    doubled: refs.length - new Set(refs).size + history.length - times.size,
    failures: results.flatMap((result) => result.failures),
    waste: wasteOf(directory),
  };
};

/** Objects that were written against those that the history needs. */
const wasteOf = (directory) => {
  const lines = (text) => text.trimEnd().split('\n').length;
  const all = gitOutput(directory, [
    'cat-file',
    '--batch-all-objects',
    '--batch-check=%(objectname)',
  ]);
  return lines(all) / lines(gitOutput(directory, ['rev-list', '--objects', '--all']));
};

export const contention = async ({ root, quick }) => {
  const [rounds, count] = quick ? [2, 25] : [3, 100];
  const runs = { alone: [], own: [], same: [] };
  for (let round = 0; round < rounds; round += 1) {
    runs.alone.push(await race(root, 1, count * 4, 'own'));
    runs.own.push(await race(root, many, count, 'own'));
    runs.same.push(await race(root, many, count, 'same'));
  }
  const alone = median(runs.alone.map(({ samples }) => median(samples)));
  const rate = median(runs.alone.map((run) => run.rate));
  return [
    fact('one process alone', `${Math.round(rate)}/s, p50 ${ms(alone)} (${rounds} x ${count * 4})`),
    ...rowsOf(`${many} processes, each its own artifact`, runs.own, { alone, rate }),
    ...rowsOf(`${many} processes, all the same artifact`, runs.same, { alone, rate }),
  ];
};

const rowsOf = (name, runs, { alone, rate }) => {
  const of = (key) => median(runs.map((run) => run[key]));
  const sum = (key) => runs.reduce((total, run) => total + run[key], 0);
  const slowest = percentile(
    runs.flatMap(({ samples }) => samples),
    0.99,
  );
  const failures = runs.flatMap((run) => run.failures);
  return [
    judged(`${name}: total`, `${Math.round(of('rate'))}/s`, {
      value: of('rate') / rate,
      least: 0.9,
      of: 'one process',
    }),
    judged(`${name}: p99`, ms(slowest), {
      value: slowest / alone,
      most: 30,
      of: "one process's p50",
    }),
    judged(`${name}: slowest / fastest process`, times(of('unfair')), {
      value: of('unfair'),
      most: 1.2,
    }),
    judged(
      `${name}: lost + doubled`,
      `${sum('lost')} + ${sum('doubled')}, ${failures.length} refused`,
      {
        value: sum('lost') + sum('doubled') + failures.length,
        most: 0,
        show: String,
      },
    ),
    judged(`${name}: objects written`, times(of('waste')), {
      value: of('waste'),
      most: 1.1,
      of: 'needed',
    }),
  ];
};
