import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/operations/connect.ts';
import type { Connection } from '../../src/operations/connect.ts';
import type { InboxOutput } from '../../src/operations/inbox/read.ts';
import { buildPrograms, startClaimer } from '../helpers/programs.ts';
import type { Answer, Call, Programs, Running, Strike } from '../helpers/programs.ts';
import { git, tempRepository } from '../helpers/repository.ts';
import { fsck, rebuiltRows, rowsOf, tipOf } from '../helpers/store.ts';
import { acknowledgedIn, historyOf, wrongWithClaims } from '../helpers/witness.ts';
import { callsIn, copyOf, harmless, sweep } from './sweep.ts';
import type { Point } from './sweep.ts';

let programs: Programs;

beforeAll(async () => {
  programs = await buildPrograms();
});
afterAll(() => programs.remove());

const connected = (directory: string, agent: string): Connection => {
  const connection = connect({ agent, directory, recordCode: false });
  onTestFinished(() => connection.close());
  return connection;
};

const refsOf = (directory: string): string =>
  git(directory, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/concord');

/** Two contracts, of which one waits for the other, and three messages for the victim. */
const offered = async (): Promise<{ directory: string; planner: Connection }> => {
  const directory = tempRepository();
  const planner = connected(directory, 'planner');
  await planner.call('init');
  await planner.call('agent_register', { name: 'victim' });
  const contracts = [
    { contractId: 'api', expectedOutputs: [{ artifactType: 'document', artifactId: 'guide' }] },
    { contractId: 'tests', dependencies: ['api'], expectedOutputs: ['document'] },
  ];
  await planner.call('contract_create', { contracts });
  for (const text of ['one', 'two', 'three'])
    await planner.call('message_send', { to: 'victim', text });
  return { directory, planner };
};

/** Something that a victim does, and is killed while it does it. */
type Deed = {
  readonly template: string;
  readonly calls: readonly Call[];
  /** Whether it has happened, all of it: refs are as they were (false), or as they have to be after it (true). */
  readonly hasHappened: (directory: string, refs: string) => boolean;
  /** The next thing that a new session of the victim does. */
  readonly goOn: (call: Connection['call'], happened: boolean) => Promise<void>;
};

const run = async (deed: Deed, directory: string, strike: Strike): Promise<Running<Answer>> => {
  const work = { directory, agent: 'victim', calls: deed.calls };
  const running = startClaimer(programs, work, strike);
  await running.ended;
  return running;
};

const checkWhole = async (directory: string, place: string): Promise<void> => {
  const connection = connect({ agent: 'planner', directory, recordCode: false });
  const rows = await rowsOf(await connection.store());
  await connection.close();
  expect(await rebuiltRows(directory), place).toEqual(rows);
  expect(fsck(directory), place).toBe('');
  git(directory, 'gc', '-q', '--prune=now');
  expect(fsck(directory), place).toBe('');
};

const killAt = async (deed: Deed, { at, when }: Point): Promise<boolean> => {
  const directory = copyOf(deed.template);
  const victim = await run(deed, directory, { at, when, signal: 'SIGKILL' });
  const place = `${when} call ${at}: ${victim.said()}`;
  expect((await victim.ended).signal, place).toBe('SIGKILL');
  const refs = refsOf(directory);
  const happened = deed.hasHappened(directory, refs);
  if (!happened) expect(refs, place).toBe(refsOf(deed.template));
  const isAcknowledged = victim.reports.length === deed.calls.length;
  if (isAcknowledged) expect(happened, place).toBe(true);
  const acknowledged = acknowledgedIn(victim.reports);
  expect(wrongWithClaims(historyOf(directory), acknowledged), place).toEqual([]);
  expect(fsck(directory), place).toBe('');

  const next = connect({ agent: 'victim', directory, recordCode: false });
  try {
    await deed.goOn(next.call, happened);
  } catch (error) {
    throw new Error(`the next call fails, ${place}`, { cause: error });
  } finally {
    await next.close();
  }
  await checkWhole(directory, place);
  return happened;
};

const sweepOf = async (what: string, deed: Deed): Promise<void> => {
  const counting = copyOf(deed.template);
  const counted = await run(deed, counting, harmless);
  expect(counted.reports.map(({ error }) => error)).toEqual(deed.calls.map(() => undefined));
  expect(deed.hasHappened(counting, refsOf(counting))).toBe(true);
  const calls = callsIn(counted.said());
  expect(calls.length).toBeGreaterThan(15);
  const seen = { old: 0, new: 0 };
  await sweep(what, calls, 10, async (point) => {
    seen[(await killAt(deed, point)) ? 'new' : 'old'] += 1;
  });
  console.log(`kill sweep, ${what}: ${seen.old} times as before, ${seen.new} times done`);
};

/** One new commit on the line, with just these events, and no other ref changed. */
const isCommitted =
  (template: string, events: readonly string[]): Deed['hasHappened'] =>
  (directory, refs) => {
    const [before, after] = [tipOf(template), tipOf(directory)];
    if (before === after) return false;
    expect(refs).toBe(refsOf(template).replace(before, after));
    const last = historyOf(directory).at(-1);
    expect(last).toMatchObject({ id: after, parent: before, events });
    return true;
  };

const document = (text: string) => ({ title: text, body: text });

test('kill -9 at every writing call of a claim: it has a winner, or none', async () => {
  const { directory: template, planner } = await offered();
  await planner.close();
  await sweepOf('claim', {
    template,
    calls: [{ operation: 'contract_claim', struck: true }],
    hasHappened: isCommitted(template, ['contract-claimed api']),
    goOn: async (call, happened) => {
      const nothing = { contract: null, token: null };
      const api = { contract: { id: 'api', attempt: 1 }, still: false };
      expect(await call('contract_claim')).toMatchObject(happened ? nothing : api);
      const takeover = { contractId: 'api', takeover: true };
      expect(await call('contract_claim', takeover)).toMatchObject({ ...api, still: !happened });
      expect(await call('artifact_publish', { data: document('next') })).toMatchObject({
        ref: 'guide@1',
        contract: { id: 'api', status: 'completed' },
        ready: [{ id: 'tests' }],
      });
    },
  });
}, 300_000);

test('kill -9 at every writing call of a publish that completes: all that follows, or nothing', async () => {
  const { directory: template, planner } = await offered();
  await planner.close();
  const victim = connected(template, 'victim');
  const { token } = (await victim.call('contract_claim')) as { token: string };
  await victim.close();
  const publish = { contractId: 'api', token, data: document('it') };
  await sweepOf('completing publish', {
    template,
    calls: [{ operation: 'artifact_publish', input: publish, struck: true }],
    hasHappened: isCommitted(template, [
      'artifact-published guide@1',
      'contract-output api',
      'contract-completed api',
      'contract-ready tests',
    ]),
    goOn: async (call, happened) => {
      const status = async (contractId: string): Promise<unknown> =>
        ((await call('contract_get', { contractId })) as { status: string }).status;
      expect(await status('api')).toBe(happened ? 'completed' : 'in_progress');
      expect(await status('tests')).toBe(happened ? 'ready' : 'pending');
      if (!happened)
        expect(await call('artifact_publish', publish)).toMatchObject({
          ref: 'guide@1',
          contract: { status: 'completed' },
          ready: [{ id: 'tests' }],
        });
      expect(await call('artifact_get', { artifactId: 'guide' })).toMatchObject({
        version: 1,
        data: publish.data,
      });
      expect(await call('contract_claim')).toMatchObject({
        contract: { id: 'tests' },
        inputs: [{ ref: 'guide@1' }],
      });
    },
  });
}, 300_000);

type Item = InboxOutput['items'][number];

const cursorOf = (refs: string): string | undefined =>
  /^refs\/concord\/inbox\/main\/victim (.*)$/m.exec(refs)?.[1];

test.each([
  ['for the first time', 0],
  ['further on', 1],
])(
  'kill -9 at every writing call that moves the cursor of an inbox %s: it stands where it stood, or behind what was read',
  async (how, read) => {
    const { directory: template, planner } = await offered();
    await planner.close();
    const one: Call = { operation: 'inbox_read', input: { limit: 1 } };
    const reader = connected(template, 'victim');
    // The call after the one that showed an item moves the cursor.
    for (let times = 0; times < read; times += 1) await reader.call('inbox_read', { limit: 1 });
    await reader.call('team_status');
    await reader.close();
    const calls: Call[] = [one, { ...one, struck: true }];
    const whole = connected(copyOf(template), 'victim');
    const { items: all } = await whole.call('inbox_read', { all: true });
    expect(all.map(({ quote }) => quote).slice(-3)).toEqual(['one', 'two', 'three']);
    await whole.close();
    const counting = copyOf(template);
    const undisturbed = startClaimer(programs, { directory: counting, agent: 'victim', calls });
    await undisturbed.ended;
    const [before, after] = [template, counting].map((place) => cursorOf(refsOf(place)));
    expect(before === undefined).toBe(read === 0);
    expect(after).not.toBe(before);
    await sweepOf(`cursor ${how}`, {
      template,
      calls,
      hasHappened: (_directory, refs) => {
        if (cursorOf(refs) !== after) return false;
        expect(refs.split('\n').filter((line) => !line.includes('/inbox/'))).toEqual(
          refsOf(template)
            .split('\n')
            .filter((line) => !line.includes('/inbox/')),
        );
        return true;
      },
      goOn: async (call, happened) => {
        const seen: Item[] = [];
        for (;;) {
          const { items } = await call('inbox_read', { limit: 1 });
          if (items.length === 0) break;
          seen.push(...items);
        }
        expect(seen).toEqual(all.slice(read + (happened ? 1 : 0)));
      },
    });
  },
  300_000,
);
