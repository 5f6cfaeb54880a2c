import { spawn } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildPrograms } from '../helpers/programs.ts';
import type { Programs, Report } from '../helpers/programs.ts';
import { git, gitEnv, tempDirectory, tempRepository } from '../helpers/repository.ts';
import { fsck, newStore, put } from '../helpers/store.ts';

/** What Concord made in a bare repository, with its mode. */
const modesIn = (directory: string): Map<string, number> => {
  const paths = ['concord', 'refs/concord'].flatMap((top) => [
    top,
    ...readdirSync(join(directory, top), { recursive: true, encoding: 'utf8' }).map((name) =>
      join(top, name),
    ),
  ]);
  const packs = readdirSync(join(directory, 'objects/pack')).map((name) =>
    join('objects/pack', name),
  );
  return new Map(
    [...paths, ...packs].map((path) => [path, lstatSync(join(directory, path)).mode & 0o7777]),
  );
};

test.each([
  ['umask', 0o700, 0o600, 0o400],
  ['group', 0o2770, 0o660, 0o440],
  ['true', 0o2770, 0o660, 0o440],
  ['1', 0o2770, 0o660, 0o440],
  ['all', 0o2775, 0o664, 0o444],
  ['everybody', 0o2775, 0o664, 0o444],
  ['2', 0o2775, 0o664, 0o444],
  ['0640', 0o2750, 0o640, 0o440],
  ['0666', 0o2777, 0o666, 0o444],
])('in a repository shared as %s all has its mode', async (shared, folder, file, pack) => {
  const umask = process.umask(0o077);
  onTestFinished(() => void process.umask(umask));
  const directory = tempRepository('--bare');
  git(directory, 'config', 'core.sharedRepository', shared);
  const store = await newStore(directory);
  await put(store, 'doc', 1);
  const modes = modesIn(directory);
  expect([...modes.keys()]).toEqual(
    expect.arrayContaining(['concord/locks', 'concord/packs', 'concord/index.db']),
  );
  for (const [path, mode] of modes) {
    const name = path.replace(/^objects\/pack\/.*/, 'pack');
    const isFolder = lstatSync(join(directory, path)).isDirectory();
    const wanted = isFolder ? folder : name === 'pack' ? pack : file;
    expect([path, mode.toString(8)]).toEqual([path, wanted.toString(8)]);
  }
});

const group = 61_000;

/** A program run by another user of the group; its exit status and what it said. */
const runAs = (
  uid: number,
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly status: number | null; readonly said: string }> =>
  new Promise((resolve, reject) => {
    const options = { cwd, env, uid, gid: group };
    const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, said }));
  });

/** Why two users cannot be tried here; undefined when they can. */
const whyNot = async ({ worker }: Programs): Promise<string | undefined> => {
  if (process.geteuid?.() !== 0) return 'only root can run programs as other users';
  const code = `require('libsql'); require('fs').readFileSync(${JSON.stringify(worker)})`;
  const tried = await runAs(61_001, dirname(worker), ['-e', code], gitEnv).catch(
    (error: unknown) => ({ status: -1, said: String(error) }),
  );
  return tried.status === 0 ? undefined : `another user cannot run the program: ${tried.said}`;
};

test('the users of a group publish in turn in a shared repository', async (context) => {
  const programs = await buildPrograms();
  onTestFinished(programs.remove);
  chmodSync(dirname(programs.worker), 0o755);
  const why = await whyNot(programs);
  if (why !== undefined) {
    process.stderr.write(`skipped: ${why}\n`);
    context.skip(why);
  }
  const base = tempDirectory();
  chownSync(base, 0, group);
  chmodSync(base, 0o2770);
  const config = join(base, '.gitconfig');
  writeFileSync(config, '[safe]\n\tdirectory = *\n');
  // Some of git's commands are run without any variable of git's: those find the file in HOME.
  const env = { ...gitEnv, HOME: base, GIT_CONFIG_GLOBAL: config };
  git(base, 'init', '-q', '--bare', '--shared=group', 'store.git');
  const directory = join(base, 'store.git');
  const store = await newStore(directory);
  expect((await put(store, 'doc', 1)).ref).toBe('doc@1');
  const publish = async (uid: number, agent: string): Promise<readonly string[]> => {
    const work = { directory, agent, ids: ['doc'], count: 10 };
    const worker = await runAs(uid, directory, [programs.worker], {
      ...env,
      WORK: JSON.stringify(work),
    });
    const lines = worker.said.trimEnd().split('\n');
    return lines.map((line) =>
      line.startsWith('{') ? ((JSON.parse(line) as Report).ref ?? line) : line,
    );
  };
  const refs = (from: number): string[] =>
    Array.from({ length: 10 }, (_, at) => `doc@${from + at}`);
  expect(await publish(61_001, 'ann')).toEqual(refs(2));
  expect(await publish(61_002, 'bob')).toEqual(refs(12));
  expect(await publish(61_001, 'ann')).toEqual(refs(22));
  const together = await Promise.all([publish(61_001, 'ann'), publish(61_002, 'bob')]);
  expect(new Set(together.flat())).toEqual(new Set([...refs(32), ...refs(42)]));
  expect((await put(store, 'doc', 2)).ref).toBe('doc@52');
  expect(fsck(directory)).toBe('');
});
