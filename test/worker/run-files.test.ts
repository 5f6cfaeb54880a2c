import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processMark } from '../../src/operations/session/process.ts';
import { isTrusted, trust } from '../../src/operations/team/trusted.ts';
import { hasProcesses, isAlive, tell, throughPs } from '../../src/worker/process.ts';
import {
  archive,
  directoryOf,
  listRuns,
  newRunId,
  ownerOf,
  ownershipOf,
  readRecord,
  runsIn,
  take,
  thisHost,
  writeNew,
} from '../../src/worker/records.ts';
import type { RunRecord, Runs } from '../../src/worker/records.ts';
import { codeIn, prevent, startChild, startedIn } from '../../src/worker/script.ts';
import type { Started } from '../../src/worker/script.ts';
import { tempDirectory } from '../helpers/repository.ts';
import { until } from '../helpers/supervisor.ts';

const newRun = (now = Date.now()): { runs: Runs; record: RunRecord; directory: string } => {
  const runs = runsIn(tempDirectory());
  const record: RunRecord = {
    id: newRunId(now),
    agent: 'api-dev',
    contract: 'task',
    line: 'main',
    began: new Date(now).toISOString(),
    host: thisHost(),
    limit: 60,
    command: './agent.sh',
  };
  writeNew(runs, record);
  return { runs, record, directory: directoryOf(runs, record.id) };
};

const start = (directory: string, id: string, ...words: [string, ...string[]]) =>
  startChild(directory, {
    words,
    environment: { PATH: process.env['PATH'] ?? '', CONCORD_RUN: id },
    cwd: directory,
    stdin: 'what is asked\n',
    files: [],
    usage: 'none',
  });

const ended = (child: Awaited<ReturnType<typeof start>>): Promise<number | null> =>
  new Promise((resolve) => child.once('exit', resolve));

test('a record is found again, and is its maker’s', () => {
  const { runs, record } = newRun();
  expect(listRuns(runs)).toEqual([record.id]);
  expect(readRecord(runs, record.id)).toEqual(record);
  expect(ownerOf(runs, record.id)).toBe(processMark());
});

test('a record that is broken, or of another run, counts for nothing', () => {
  const { runs, record, directory } = newRun();
  const path = join(directory, 'run.json');
  for (const text of ['', '{', '[]', '{"id":"x"}', JSON.stringify({ ...record, id: 'other' })]) {
    writeFileSync(path, text);
    expect(readRecord(runs, record.id)).toBeUndefined();
  }
});

test('of several who take a run over, one gets it', () => {
  const { runs, record, directory } = newRun();
  const dead = '1-1-gone.1';
  renameSync(join(directory, `owner-${processMark()}`), join(directory, `owner-${dead}`));
  expect([take(runs, record.id, dead), take(runs, record.id, dead)]).toEqual([true, false]);
  expect(ownerOf(runs, record.id)).toBe(processMark());
});

test('whose a run is, by the mark of its process', () => {
  const [pid = '', start = '', space = ''] = processMark().split('-');
  const [boot = '', names = ''] = space.split('.');
  const host = thisHost();
  expect(ownershipOf(undefined, host)).toBe('none');
  expect(ownershipOf(processMark(), host)).toBe('mine');
  // The same number, begun at another time; then the test's own parent, which lives.
  expect(ownershipOf(`${pid}-${Number(start) + 1}-${space}`, host)).toBe('gone');
  expect(ownershipOf(`${process.ppid}-0-${space}`, host)).toBe('alive');
  // The machine was started again; another container; another machine.
  expect(ownershipOf(`${pid}-${start}-00000000.${names}`, host)).toBe('gone');
  expect(ownershipOf(`${pid}-${start}-${boot}.1`, host)).toBe('unknown');
  expect(ownershipOf(`${pid}-${start}-00000000.${names}`, 'elsewhere')).toBe('unknown');
});

test('the command gets its input, and its output and exit code stay', async () => {
  const { record, directory } = newRun();
  const child = await start(directory, record.id, 'sh', '-c', 'cat; echo error >&2; exit 7');
  expect(await ended(child)).toBe(7);
  expect(codeIn(directory)).toBe(7);
  expect(readFileSync(join(directory, 'output'), 'utf8')).toBe('what is asked\nerror\n');
});

test('nothing of a command is made part of a program', async () => {
  const { record, directory } = newRun();
  const words = ['$(touch a)', '`touch b`', '; touch c', '"', "'", '\n', '*'] as const;
  expect(await ended(await start(directory, record.id, 'printf', '%s\\n', ...words))).toBe(0);
  expect(readFileSync(join(directory, 'output'), 'utf8')).toBe(`${words.join('\n')}\n`);
  expect(readdirSync(directory).filter((name) => /^[abc]$/.test(name))).toEqual([]);
});

test('a run that was prevented never begins', async () => {
  const { record, directory } = newRun();
  expect(startedIn(directory)).toBe('none');
  expect(prevent(directory)).toBe(true);
  expect(await ended(await start(directory, record.id, 'touch', 'was-run'))).toBe(75);
  expect(existsSync(join(directory, 'was-run'))).toBe(false);
  expect(startedIn(directory)).toBe('never');
});

test('a run that has begun cannot be prevented, and its processes are known from others', async () => {
  const { record, directory } = newRun();
  const child = await start(directory, record.id, 'sh', '-c', 'sleep 300 & sleep 300');
  await until(() => existsSync(join(directory, 'output')), 'begun');
  expect(prevent(directory)).toBe(false);
  const started = startedIn(directory) as Started;
  expect(started.pid).toBe(child.pid);
  expect(isAlive(started)).toBe(true);
  expect(isAlive({ ...started, birth: started.birth.replace(/\d+/g, '1') })).toBe(false);
  expect(tell(started, 'another run', 'SIGKILL')).toBe(false);
  const over = ended(child);
  expect(tell(started, record.id, 'SIGKILL')).toBe(true);
  await over;
  await until(() => !hasProcesses(started, record.id), 'ended');
  expect(isAlive(started)).toBe(false);
  expect(codeIn(directory)).toBeUndefined();
});

test('the shell around a command outlives the signal that ends it, and says how it ended', async () => {
  const { record, directory } = newRun();
  const child = await start(directory, record.id, 'sleep', '300');
  await until(() => existsSync(join(directory, 'output')), 'begun');
  const over = ended(child);
  tell(startedIn(directory) as Started, record.id, 'SIGTERM');
  expect(await over).toBe(143);
  expect(codeIn(directory)).toBe(143);
  expect(readFileSync(join(directory, 'output'), 'utf8')).toBe('');
});

test('the last fifty are kept to be read, without what only the run needed', () => {
  const { runs } = newRun(0);
  for (let at = 1; at <= 55; at += 1) {
    const id = newRunId(at);
    mkdirSync(join(directoryOf(runs, id), 'bin'), { recursive: true });
    writeFileSync(join(directoryOf(runs, id), 'output'), 'words');
    archive(runs, id);
  }
  const kept = readdirSync(runs.ended);
  expect(kept).toHaveLength(50);
  expect(kept.every((id) => readdirSync(join(runs.ended, id)).join() === 'output')).toBe(true);
});

test('a command counts as meant only with all that decides what it may do', () => {
  const local = tempDirectory();
  const agent = { name: 'api-dev', registered: '', command: ['claude'] };
  expect(isTrusted(local, agent)).toBe(false);
  trust(local, agent);
  expect(isTrusted(local, agent)).toBe(true);
  expect(isTrusted(local, { ...agent, name: 'other' })).toBe(true);
  expect(isTrusted(local, { ...agent, command: ['claude', '--yolo'] })).toBe(false);
  expect(isTrusted(local, { ...agent, permissionMode: 'bypassPermissions' })).toBe(false);
  expect(isTrusted(local, { ...agent, tools: ['Bash'] })).toBe(false);
});

test('where there is no /proc, the system’s list of processes says the same', async () => {
  const { record, directory } = newRun();
  const child = await start(directory, record.id, 'sh', '-c', 'sleep 300 & sleep 300');
  await until(() => existsSync(join(directory, 'output')), 'begun');
  const pid = child.pid ?? 0;
  const words = ['-o', 'lstart=', '-p', String(pid)];
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const birth = spawnSync('ps', words, { encoding: 'utf8', env }).stdout.trim();
  expect(throughPs.isAlive({ pid, birth })).toBe(true);
  expect(throughPs.isAlive({ pid, birth: 'Thu Jan  1 00:00:00 1970' })).toBe(false);
  expect(throughPs.isAlive({ pid, birth: '' })).toBe(false);
  expect(throughPs.members(pid, record.id)).toContain(pid);
  const over = ended(child);
  tell(startedIn(directory) as Started, record.id, 'SIGKILL');
  await over;
  await until(() => throughPs.members(pid, record.id).length === 0, 'ended');
  expect(throughPs.isAlive({ pid, birth })).toBe(false);
});
