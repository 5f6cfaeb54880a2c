import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  agent,
  document,
  finishedApi,
  refOf,
  refsOf,
  sameWhenRebuilt,
  startReplay,
  work,
} from '../helpers/lines.ts';
import type { Agent } from '../helpers/lines.ts';
import { buildPrograms, startClaimer, startWorker } from '../helpers/programs.ts';
import type { Call, Programs, Report, Running, Strike } from '../helpers/programs.ts';
import { git, tempDirectory, tempRepository } from '../helpers/repository.ts';
import { fsck, timeline } from '../helpers/store.ts';
import { publishedIn } from '../helpers/witness.ts';
import { callsIn, copyOf, harmless, sweep } from './sweep.ts';
import type { Point } from './sweep.ts';

const full = process.env['CONCORD_RACE'] === 'full';
let programs: Programs;

beforeAll(async () => {
  programs = await buildPrograms();
});
afterAll(() => programs.remove());

/** A store in which nothing has been done, with the snapshot pre. */
const emptyStore = async (directory: string): Promise<Agent> => {
  const ann = agent(directory, 'ann-lee');
  await ann.call('init');
  await ann.call('team_snapshot', { name: 'pre' });
  return ann;
};

/** Begins, publishes with all others at once on these lines, and ends when told to, or after so many. */
const race = async (
  directory: string,
  lines: readonly string[],
  count: number,
  meanwhile?: () => Promise<void>,
): Promise<ReadonlyMap<string, readonly Report[]>> => {
  const [start, until] = [join(tempDirectory(), 'start'), join(tempDirectory(), 'until')];
  const running = lines.map((line, at) => ({
    line,
    program: startWorker(programs, {
      directory,
      agent: `agent-${at}`,
      ids: ['shared', `own-${at % 3}`],
      count,
      line,
      start,
      ...(meanwhile && { until }),
    }),
  }));
  await sleep(1000);
  writeFileSync(start, '');
  try {
    await meanwhile?.();
  } finally {
    writeFileSync(until, '');
  }
  const ends = await Promise.all(running.map(({ program }) => program.ended));
  expect(running.map(({ program }) => program.said()).join('')).toBe('');
  expect(ends).toEqual(ends.map(() => ({ code: 0, signal: null })));
  const reports = new Map<string, Report[]>();
  for (const { line, program } of running)
    reports.set(line, [...(reports.get(line) ?? []), ...program.reports]);
  return reports;
};

/** Each answer stands in the history of its line once, as it was given, and no number was given out twice over all lines. */
const judge = (
  directory: string,
  reports: ReadonlyMap<string, readonly Report[]>,
): ReadonlyMap<string, number> => {
  const commits = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const [line, told] of reports) {
    const published = publishedIn(directory, line);
    for (const { ref, commit } of published) {
      expect(commits.get(ref) ?? commit, `${ref} was given out twice`).toBe(commit);
      commits.set(ref, commit);
    }
    const there = new Map(published.map((one) => [one.data, one]));
    expect(told.filter(({ error }) => error !== undefined)).toEqual([]);
    const lost = told.filter(({ data, ref, commit }) => {
      const found = there.get(data);
      return found?.ref !== ref || found?.commit !== commit;
    });
    expect(lost).toEqual([]);
    counts.set(line, told.length);
  }
  expect(fsck(directory)).toBe('');
  return counts;
};

test('8 processes on main and two replays use no number twice, and no line loses anything', async () => {
  const directory = tempRepository();
  const ann = await emptyStore(directory);
  for (const name of ['a', 'b']) await startReplay(ann, name, 'pre', {});
  const [a, b] = ['replay/a', 'replay/b'];
  const lines = ['main', a, b, 'main', a, b, 'main', a];
  const each = full ? 100 : 20;
  const reports = await race(directory, lines, each);
  const counts = judge(directory, reports);
  expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(lines.length * each);
  await sameWhenRebuilt(directory);
}, 120_000);

test('replays begin and are dropped while others publish: nobody loses anything, no number comes twice', async () => {
  const directory = tempRepository();
  const ann = await emptyStore(directory);
  await startReplay(ann, 'stays', 'pre', {});
  const used: string[] = [];
  const rounds = full ? 30 : 3;
  const reports = await race(directory, ['main', 'replay/stays', 'main', 'main'], 0, async () => {
    for (let round = 0; round < rounds; round += 1) {
      const line = `replay/r${round}`;
      await startReplay(ann, `r${round}`, 'main', {});
      const input = { artifactId: 'shared', data: document(line), line };
      for (let times = 0; times < 2; times += 1)
        used.push(String((await ann.call('artifact_publish', input))['ref']));
      await ann.call('team_replay', { action: 'drop', name: `r${round}` });
    }
  });
  judge(directory, reports);
  const refs = [...reports.values()].flat().map(({ ref }) => ref);
  expect(refs.length).toBeGreaterThan(rounds);
  expect(used).toHaveLength(2 * rounds);
  expect(refs.filter((ref) => used.includes(ref ?? ''))).toEqual([]);
  const events = timeline(directory).flatMap((commit) => commit.events);
  expect(events.filter((event) => event.startsWith('replay-dropped '))).toHaveLength(rounds);
  expect(git(directory, 'show', 'refs/concord/lines')).toBe('replay/stays');
  await sameWhenRebuilt(directory);
}, 120_000);

test('a rollback while 6 processes publish comes to its end, and loses nothing', async () => {
  const directory = tempRepository();
  const ann = await emptyStore(directory);
  const reports = await race(
    directory,
    Array.from({ length: 6 }, () => 'main'),
    0,
    async () => {
      for (let times = 0; times < (full ? 20 : 3); times += 1) {
        await sleep(200);
        await ann.call('rollback', { snapshot: 'pre', reason: `the ${times}th time` });
      }
    },
  );
  judge(directory, reports);
  const events = timeline(directory).flatMap((commit) => commit.events);
  const back = events.filter((event) => event.startsWith('line-rolled-back '));
  expect(back).toHaveLength(full ? 20 : 3);
  await sameWhenRebuilt(directory);
}, 120_000);

/** What a victim does to lines, and is killed while it does it. */
type Deed = {
  readonly call: Call;
  /** The event that says on main, or on the replay that begins, that it has happened. */
  readonly event: string;
  readonly on?: string;
  /** What it is told when it does it again after it has happened. */
  readonly again: RegExp;
};

const names = (refs: string): string[] =>
  refs.split('\n').flatMap((line) => (line.includes('/inbox/') ? [] : [line.split(' ')[0] ?? '']));

const hasRef = (directory: string, line: string): boolean =>
  names(refsOf(directory)).includes(`refs/concord/${line}`);

const happenedIn = (directory: string, { event, on = 'main' }: Deed): number =>
  hasRef(directory, on)
    ? timeline(directory, on).filter(({ events }) => events.includes(event)).length
    : 0;

const run = async (
  directory: string,
  { call }: Deed,
  strike: Strike,
): Promise<Running<{ readonly error?: string }>> => {
  const calls = [{ ...call, struck: true as const }];
  const running = startClaimer(programs, { directory, agent: 'victim', calls }, strike);
  await running.ended;
  return running;
};

const doAgain = ({ says }: Agent, { call }: Deed): Promise<string> =>
  says(call.operation, call.input);

const killAt = async (
  template: string,
  deed: Deed,
  whole: readonly string[],
  { at, when }: Point,
): Promise<boolean> => {
  const directory = copyOf(template);
  const before = happenedIn(directory, deed);
  const victim = await run(directory, deed, { at, when, signal: 'SIGKILL' });
  const place = `${when} call ${at}: ${victim.said()}`;
  expect((await victim.ended).signal, place).toBe('SIGKILL');
  expect(fsck(directory), place).toBe('');
  const happened = happenedIn(directory, deed) === before + 1;
  if (!happened) expect(happenedIn(directory, deed), place).toBe(before);
  if (victim.reports.length > 0) expect(happened, place).toBe(true);
  if (!happened) expect(refOf(directory, 'main'), place).toBe(refOf(template, 'main'));

  const next = agent(directory, 'victim');
  const answer = await doAgain(next, deed);
  expect(answer, place).toMatch(happened ? deed.again : /^\{/);
  expect(happenedIn(directory, deed), place).toBe(before + 1);
  const { ref } = await next.call('artifact_publish', {
    artifactId: 'next',
    artifactType: 'document',
    data: document('next'),
  });
  expect(ref, place).toBe('next@1');
  const { healthy } = await next.call('doctor', {});
  expect(healthy, place).toBe(true);
  expect(names(refsOf(directory)), place).toEqual(whole);
  await sameWhenRebuilt(directory);
  return happened;
};

const back: Deed = {
  call: { operation: 'rollback', input: { snapshot: 'pre', reason: 'all of it' } },
  event: 'line-rolled-back pre',
  again: /^NOT_ALLOWED The line is as it was at pre/,
};

const closing = (action: string): Deed => ({
  call: { operation: 'team_replay', input: { action, name: 'a' } },
  event: `replay-${action}p?ed`.replace('p?', action === 'drop' ? 'p' : '') + ' replay/a',
  again: /^NOT_FOUND replay\/a was (adopt|dropp)ed by victim/,
});

const deeds: Record<string, Deed> = {
  'the snapshot of a line': {
    call: { operation: 'team_snapshot', input: { name: 'now', label: 'As it is' } },
    event: 'snapshot-created now',
    again: /^CONFLICT There is a (snapshot|tag)/,
  },
  'a rollback': back,
  'the start of a replay': {
    call: {
      operation: 'team_replay',
      input: { snapshot: 'pre', name: 'b', overrides: { api: { title: 'Other' } } },
    },
    event: 'replay-started replay/b',
    on: 'replay/b',
    again: /^CONFLICT There is, or was, a line replay\/b/,
  },
  'an adoption': closing('adopt'),
  'a drop': closing('drop'),
};

test.each(Object.entries(deeds))(
  'kill -9 at every writing call of %s: it has happened or not, and what comes next works',
  async (what, deed) => {
    const template = tempRepository();
    const ann = await finishedApi(template);
    await startReplay(ann, 'a');
    await work(ann, 'api', 'two', 'replay/a');
    await work(ann, 'docs', 'more');
    await agent(template, 'victim').call('agent_register', { name: 'victim' });
    const counting = copyOf(template);
    const counted = await run(counting, deed, harmless);
    expect(counted.reports.map(({ error }) => error)).toEqual([undefined]);
    expect(happenedIn(counting, deed)).toBe(1);
    const whole = names(refsOf(counting));
    const calls = callsIn(counted.said());
    expect(calls.length).toBeGreaterThan(15);
    const seen = { old: 0, new: 0 };
    await sweep(what, calls, Math.ceil((2 * calls.length) / 3), async (point) => {
      seen[(await killAt(template, deed, whole, point)) ? 'new' : 'old'] += 1;
    });
    console.log(`kill sweep, ${what}: ${seen.old} times as before, ${seen.new} times done`);
  },
  300_000,
);
