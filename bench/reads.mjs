// Reading `id@n` in a long-lived process against a long-lived `git cat-file --batch`.

import { spawn } from 'node:child_process';
import { itemId } from './artifact.mjs';
import { answerOf, start } from './child.mjs';
import { storePath } from './history.mjs';
import { fact, interleave, judged, median, ms, spread } from './measure.mjs';
import { connectTo, gitOutput } from './place.mjs';

/** Asks for objects by id, one at a time. */
const catFile = (directory) => {
  const child = spawn('git', ['cat-file', '--batch'], {
    cwd: directory,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let answered;
  let text = '';
  child.stdout.setEncoding('latin1');
  child.stdout.on('data', (chunk) => {
    text += chunk;
    const end = text.indexOf('\n');
    const size = Number(text.slice(0, end).split(' ')[2]);
    if (end < 0 || text.length < end + size + 2) return;
    text = '';
    answered();
  });
  const read = (oid) =>
    new Promise((resolve) => {
      answered = resolve;
      child.stdin.write(`${oid}\n`);
    });
  return { read, close: () => child.stdin.end() };
};

const blobsOf = (directory, refs) => {
  const log = gitOutput(directory, [
    'log',
    '--format=%(trailers:key=Concord-Artifact,valueonly)',
    'concord/main',
  ]);
  const known = new Map(log.split('\n').map((line) => [line.split(' ')[0], line.split(' ')[2]]));
  return refs.map((ref) => known.get(ref));
};

export const reads = async ({ root, quick, big }) => {
  const directory = storePath(root, big);
  const deep = Math.floor(big.versions / big.artifacts);
  const refs = Array.from(
    { length: 1_000 },
    (_, at) => `${itemId((at * 7919) % big.artifacts)}@${((at * 104_729) % deep) + 1}`,
  );
  const first = await firstRead(directory, refs[1]);
  const blobs = blobsOf(directory, refs);
  const connection = connectTo(directory);
  const git = catFile(directory);
  const samples = await interleave(
    [
      {
        name: 'get',
        run: (turn) => connection.call('artifact_get', { artifactId: refs[turn % refs.length] }),
      },
      { name: 'git', run: (turn) => git.read(blobs[(turn + 500) % blobs.length]) },
    ],
    quick ? 40 : 100,
  );
  await connection.close();
  git.close();
  return [
    fact('git cat-file --batch, by object id', spread(samples.get('git'))),
    judged(
      `read id@n at ${big.versions.toLocaleString('en')} versions`,
      spread(samples.get('get')),
      {
        value: median(samples.get('get')) / median(samples.get('git')),
        most: 2,
        of: 'git cat-file --batch',
      },
    ),
    judged('first read of a process: memory', `${ms(first.time)}, the index at hand`, {
      value: first.grown,
      most: 30,
      show: (megabytes) => `${Number(megabytes.toFixed(1))} MB`,
    }),
  ];
};

const firstRead = async (directory, ref) => {
  const results = [];
  for (let run = 0; run < 5; run += 1) {
    results.push(await answerOf(start('first-read.mjs', [directory, ref])));
  }
  return {
    grown: median(results.map(({ grown }) => grown)),
    time: median(results.map(({ time }) => time)),
  };
};
