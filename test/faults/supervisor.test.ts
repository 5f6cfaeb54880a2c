import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ok, storeRepository } from '../helpers/cli.ts';
import { buildPrograms } from '../helpers/programs.ts';
import type { Programs } from '../helpers/programs.ts';
import { atWorkIn, documents, eventsOf, script, supervise } from '../helpers/supervisor.ts';
import type { Supervised } from '../helpers/supervisor.ts';

const isFull = process.env['CONCORD_RACE'] === 'full';
const seed = Number(process.env['CONCORD_SEED'] ?? Math.floor(Math.random() * 1e9));

let programs: Programs;
beforeAll(async () => {
  programs = await buildPrograms();
});
afterAll(() => programs.remove());

/** Repeats with its seed (mulberry32). */
const chance = (from: number): (() => number) => {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};

/** A line when it begins and one when it has published; each is written whole. */
const recording = `echo "begins $CONCORD_CONTRACT $CONCORD_ATTEMPT $CONCORD_RUN" >>log
sleep "0.$(( $$ % 8 ))"
concord publish --data '{"title":"A text","body":"words"}' || exit 1
echo "ends $CONCORD_CONTRACT $CONCORD_ATTEMPT $CONCORD_RUN" >>log`;

type Entry = { readonly what: string; readonly contract: string; readonly run: string };

const logOf = (directory: string): readonly Entry[] =>
  readFileSync(join(directory, 'log'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [what = '', contract = '', , run = ''] = line.split(' ');
      return { what, contract, run };
    });

const count = (values: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    [...new Set(values)].sort().map((one) => [one, values.filter((value) => value === one).length]),
  );

/** The history and the commands' own log are the witnesses: each contract once, no attempt lost, no two commands at one contract. */
const judge = (directory: string, contracts: number): void => {
  const names = Array.from(
    { length: contracts },
    (_, at) => `task-${String(at + 1).padStart(2, '0')}`,
  );
  const once = Object.fromEntries(names.map((name) => [name, 1]));
  const events = eventsOf(directory);
  const of = (event: string): string[] =>
    events.filter((one) => one.startsWith(`${event} `)).map((one) => one.split(' ')[1] ?? '');
  expect(count(of('contract-completed'))).toEqual(once);
  expect(of('contract-attempt-failed')).toEqual([]);
  expect(of('contract-failed')).toEqual([]);
  const log = logOf(directory);
  expect(count(log.filter(({ what }) => what === 'ends').map(({ contract }) => contract))).toEqual(
    once,
  );
  // Each command that began also ended, before another one began for its contract.
  for (const name of names) {
    const own = log.filter(({ contract }) => contract === name);
    expect(own.map(({ what }) => what)).toEqual(['begins', 'ends']);
    expect(new Set(own.map(({ run }) => run)).size).toBe(1);
  }
  // One that was killed before it could put its name to a directory leaves that empty, for a minute.
  const runs = join(directory, '.git/concord/runs');
  expect(readdirSync(runs).filter((name) => readdirSync(join(runs, name)).length > 0)).toEqual([]);
  expect(atWorkIn(directory)).toEqual([]);
};

const args = [
  'run',
  '--until-idle',
  '--no-worktree',
  '--parallel',
  '4',
  '--agent',
  'api-dev=./agent.sh',
];

const killedAfter = async (one: Supervised, milliseconds: number): Promise<number | null> => {
  const ended = await Promise.race([
    one.ended.then(() => true),
    sleep(milliseconds).then(() => false),
  ]);
  if (!ended) one.child.kill('SIGKILL');
  return one.ended;
};

test(`a supervisor killed again and again completes each contract once (CONCORD_SEED=${seed})`, async () => {
  const contracts = isFull ? 50 : 12;
  const random = chance(seed);
  const directory = await storeRepository();
  await ok(directory, ['apply', documents(directory, contracts)]);
  script(directory, 'agent.sh', recording);
  let kills = 0;
  for (let code: number | null = null; code !== 0;) {
    const last = kills >= contracts;
    const one = supervise(directory, args);
    code = await killedAfter(one, last ? 120_000 : 200 + Math.floor(random() * 1500));
    if (code === null) kills += 1;
    else expect({ code, err: one.err() }).toEqual({ code: 0, err: '' });
  }
  console.log(`supervisor: ${contracts} contracts, ${kills} kills, seed ${seed}`);
  judge(directory, contracts);
}, 600_000);

test('two supervisors of the same agents at once, of which one is killed, share the work', async () => {
  const contracts = isFull ? 24 : 8;
  const directory = await storeRepository();
  await ok(directory, ['apply', documents(directory, contracts)]);
  script(directory, 'agent.sh', recording);
  const [first, second] = [supervise(directory, args), supervise(directory, args)];
  await first.says('started');
  await killedAfter(first, 700);
  expect(await second.ended).toBe(0);
  judge(directory, contracts);
}, 120_000);

const sweepOf = async (at: number, when: 'before' | 'after'): Promise<string> => {
  const directory = await storeRepository();
  await ok(directory, ['apply', documents(directory, 1)]);
  script(directory, 'agent.sh', recording);
  const struck = supervise(directory, args, {
    preload: ['--import', programs.runSaboteur],
    env: { STRIKE: JSON.stringify({ at, when }) },
  });
  await struck.ended;
  const next = supervise(directory, args);
  expect(await next.ended).toBe(0);
  expect(next.err()).toBe('');
  judge(directory, 1);
  return struck.err();
};

test('killed at each step of the protocol, before it and after it, the next one goes on', async () => {
  const said = await sweepOf(1_000_000, 'before');
  const calls = Number(/calls (\d+)/.exec(said)?.[1]);
  expect(calls).toBeGreaterThan(30);
  const step = isFull || process.env['CONCORD_SWEEP'] === 'full' ? 1 : 10;
  const from = seed % step;
  for (let at = 1 + from; at <= calls; at += step) {
    await sweepOf(at, 'before');
    if (step === 1) await sweepOf(at, 'after');
  }
  console.log(`supervisor: killed at ${Math.ceil((calls - from) / step)} of ${calls} calls`);
}, 900_000);
