// Large stores, quickly: one artifact is published through the library, and its commit and file serve as the pattern for the others, which
// `git fast-import` writes. The library reads and checks the result like any other history.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { bodyOf, itemId, publishInput } from './artifact.mjs';
import { connectTo, gitOutput, makeRepository } from './place.mjs';

const id = 'pattern-of-items';
const token = 'TOKEN-OF-PATTERN';
const source = 'source-of-items@1';

export const storePath = (root, { artifacts, versions }) =>
  join(root, `store-${artifacts}-artifacts-${versions}-versions`);

/** The store of that many versions, of artifacts 0 to `artifacts` - 1 in turn; made when it is not there yet. */
export const buildStore = async (root, size) => {
  const directory = storePath(root, size);
  const done = join(directory, '.git', 'bench-done');
  if (existsSync(done)) return directory;
  makeRepository(directory);
  const pattern = await publishPattern(directory);
  await importAll(directory, pattern, size);
  for (const ending of ['', '-wal', '-shm'])
    rmSync(join(directory, '.git', 'concord', `index.db${ending}`), { force: true });
  await checkAndIndex(directory, size);
  writeFileSync(done, '');
  return directory;
};

const publishPattern = async (directory) => {
  const connection = connectTo(directory);
  await connection.call('init');
  await connection.call('artifact_publish', publishInput('source-of-items', 'source'));
  const { path } = await connection.call('artifact_publish', publishInput(id, token, [source]));
  await connection.close();
  const commit = gitOutput(directory, ['cat-file', 'commit', 'concord/main']);
  const end = commit.indexOf('\n\n');
  const header = commit.slice(0, end).split('\n');
  return {
    file: gitOutput(directory, ['show', `concord/main:${path}`]),
    people: header.filter((line) => /^(author|committer) /.test(line)),
    message: commit.slice(end + 2),
    op: /^Concord-Op: (.*)$/m.exec(commit)?.[1],
    line: /^Concord-Artifact: (?:\S+) \S+ (?<blob>\S+) (?<content>\S+)$/m.exec(commit)?.groups,
  };
};

const sha1 = (...parts) => {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** Each version is made from the newest one of the artifact at half its number: a tree with item 0 at the root. */
const parentOf = (number, version) =>
  number === 0 ? source : `${itemId((number - 1) >> 1)}@${version}`;

const itemOf = ({ artifacts }, serial) => ({
  number: serial % artifacts,
  version: Math.floor(serial / artifacts) + 1,
});

const commitText = (pattern, size, serial) => {
  const { number, version } = itemOf(size, serial);
  const name = itemId(number);
  const filled = (text) =>
    text.replaceAll(source, parentOf(number, version)).replaceAll(token, `${name}-${version}`);
  const file = filled(pattern.file)
    .replace(id, name)
    .replace('version: 1\n', `version: ${version}\n`);
  const blob = sha1(`blob ${Buffer.byteLength(file)}\0`, file);
  const message = filled(pattern.message)
    .replaceAll(`${id}@1`, `${name}@${version}`)
    .replace(pattern.op, pattern.op.slice(0, 16) + String(serial).padStart(10, '0'))
    .replace(pattern.line.blob, blob)
    .replace(pattern.line.content, sha1(bodyOf(`${name} ${version}`)).slice(0, 32));
  const path = `artifacts/${sha1(name).slice(0, 2)}/${name}.yaml`;
  const from = serial === 0 ? ['from refs/concord/main^0'] : [];
  return [
    'commit refs/concord/main',
    ...pattern.people,
    `data ${Buffer.byteLength(message)}\n${message}`,
    ...from,
    `M 100644 inline ${path}`,
    `data ${Buffer.byteLength(file)}\n${file}`,
    '',
  ].join('\n');
};

const importAll = async (directory, pattern, size) => {
  const git = spawn('git', ['fast-import', '--quiet'], {
    cwd: directory,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const ended = once(git, 'close');
  for (let serial = 0; serial < size.versions; serial += 1)
    if (!git.stdin.write(commitText(pattern, size, serial))) await once(git.stdin, 'drain');
  git.stdin.end('done\n');
  const [status] = await ended;
  if (status !== 0) throw new Error(`git fast-import ended with ${status}`);
};

/** The library has to find every version where it belongs, or the store is no store. */
const checkAndIndex = async (directory, size) => {
  const connection = connectTo(directory);
  const { number, version } = itemOf(size, size.versions - 1);
  const latest = await connection.call('artifact_get', { artifactId: itemId(number) });
  const first = await connection.call('artifact_get', { artifactId: `${itemId(0)}@1` });
  const { total } = await connection.call('artifact_list', { limit: 1 });
  await connection.close();
  const wanted = Math.min(size.artifacts, size.versions) + 2;
  if (latest.version !== version || first.version !== 1 || total !== wanted)
    throw new Error(`the library does not read the store as it was made (${total} of ${wanted})`);
};
