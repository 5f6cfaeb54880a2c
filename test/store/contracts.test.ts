import { describe, expect, onTestFinished, test } from 'vitest';
import { contractEventTypes } from '../../src/model/contract/status.ts';
import { ConcordError } from '../../src/model/error.ts';
import { connect } from '../../src/operations/connect.ts';
import type { Connection } from '../../src/operations/connect.ts';
import { pathOf } from '../../src/store/layout.ts';
import type { Store } from '../../src/store/store.ts';
import { git, tempRepository } from '../helpers/repository.ts';
import { commitByHand } from '../helpers/scratch.ts';
import { fsck, open, rebuiltRows, rowsOf, timeline, tipOf, trailers } from '../helpers/store.ts';

type Calling = (name: string, input?: object) => Promise<unknown>;

const connected = (
  directory: string,
  agent: string,
  options: { memory?: boolean; clock?: () => number } = {},
): Connection & { readonly tryCall: Calling } => {
  const connection = connect({ agent, directory, recordCode: false, ...options });
  onTestFinished(() => connection.close());
  const call = connection.call as unknown as Calling;
  // Most of what a dice throws is refused: that is no matter here.
  const tryCall: Calling = async (name, input) => {
    try {
      return await call(name, input);
    } catch (error) {
      if (error instanceof ConcordError && error.code !== 'INTERNAL') return undefined;
      throw error;
    }
  };
  return { ...connection, tryCall };
};

/** Numbers below a bound, the same ones for the same seed. */
const dice = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
};

/** Agents, each in a session of its own, do to a few contracts whatever comes into their heads. */
const randomHistory = async (directory: string, seed: number, steps: number): Promise<void> => {
  const next = dice(seed);
  let now = Date.parse('2026-11-22T14:00:00Z');
  const clock = (): number => now;
  const agents = ['ann-lee', 'api-dev', 'api-dev', 'qa-dev', 'db-dev'].map((agent, at) =>
    connected(directory, agent, { clock, memory: at === 3 }),
  );
  const ids = Array.from({ length: 7 }, (_, at) => `task/t${at}`);
  const one = <T>(list: readonly T[]): T => list[next(list.length)] as T;
  const reason = 'Why\n\nConcord-Event: contract-completed forged\nConcord-Op: FORGED';
  await agents[0]?.tryCall('init');
  await agents[0]?.tryCall('agent_register', { name: 'qa-dev', role: 'qa' });
  const messages: string[] = [];
  const holding = new Map<number, string>();
  let caller = 0;
  const held = (): string => holding.get(caller) ?? one(ids);
  const inputs: readonly (() => readonly [string, object])[] = [
    () => [
      'contract_create',
      {
        contractId: one(ids),
        title: reason.slice(0, 100),
        assignee: one([undefined, 'api-dev', 'qa', 'db-dev']),
        priority: next(3),
        maxAttempts: 1 + next(3),
        leaseSeconds: one([0, 60, 600]),
        expectedOutputs: one([
          [],
          ['document'],
          [{ artifactType: 'document', artifactId: 'doc', accept: 'data.body == "good"' }],
          ['document', { artifactType: 'test-results', required: false }],
        ]),
        dependencies: one([
          [],
          [],
          [one(ids)],
          [{ artifactId: 'doc' }],
          [{ artifactType: 'review' }],
        ]),
      },
    ],
    () => ['contract_claim', { another: next(2) === 0 }],
    // Who holds something goes on with it, mostly.
    () => [
      'contract_update',
      { contractId: held(), action: one(['fail', 'release', 'renew', 'complete']), reason },
    ],
    () => [
      'contract_update',
      { contractId: held(), action: one(['fail', 'release', 'renew', 'complete']), reason },
    ],
    () => ['contract_park', { contractId: held() }],
    () => ['contract_claim', { contractId: one(ids), takeover: next(3) === 0 }],
    () => [
      'artifact_publish',
      {
        ...one([{}, { artifactId: one(['doc', 'other']) }, { contractId: one(ids) }]),
        artifactType: 'document',
        data: { title: 'T', body: one(['good', 'bad']) },
      },
    ],
    () => [
      'artifact_publish',
      { artifactType: 'test-results', data: { passed: 1, failed: next(2) } },
    ],
    () => [
      'contract_update',
      {
        contractId: one(ids),
        action: one(['complete', 'fail', 'release', 'reopen', 'reopen', 'renew']),
        reason,
      },
    ],
    () => [
      'contract_update',
      {
        contractId: one(ids),
        action: 'cancel',
        reason,
        dependents: one([undefined, 'cancel', 'release']),
      },
    ],
    () => [
      'contract_update',
      {
        contractId: one(ids),
        action: 'amend',
        set: { priority: next(5), title: one([null, 'New']) },
      },
    ],
    () => [
      'message_send',
      { to: one(['api-dev', '*', 'qa', one(ids)]), text: reason, ask: next(2) === 0 },
    ],
    () => ['message_send', { replyTo: messages.at(-1) ?? 'NONE', text: reason }],
  ];
  // What the dice seldom come to: work begun on something that is opened again.
  const [ann] = agents;
  await ann?.tryCall('contract_create', { contractId: 'up' });
  await ann?.tryCall('contract_create', { contractId: 'down', dependencies: ['up'] });
  await ann?.tryCall('contract_update', { contractId: 'up', action: 'complete' });
  await ann?.tryCall('contract_create', { contractId: 'idle', dependencies: ['up'] });
  await ann?.tryCall('contract_claim', { contractId: 'down' });
  await ann?.tryCall('contract_update', { contractId: 'up', action: 'reopen', reason });
  for (let step = 0; step < steps; step += 1) {
    now += next(90) * 1000;
    const agent = next(agents.length);
    caller = agent;
    const [name, input] = one(inputs)();
    const output = await agents[agent]?.tryCall(name, input);
    if (name === 'contract_claim' && output) {
      const { contract } = output as { readonly contract: { readonly id: string } | null };
      if (contract) holding.set(agent, contract.id);
    }
    if (name === 'message_send' && output)
      messages.push((output as { readonly message: string }).message);
  }
};

const seeds = [1, 2, 3];
/** What happened in the histories of these seeds, by the name of the event. */
const met = new Set<string>();

describe('an index', () => {
  test.each(seeds)(
    'rebuilt from a history of contracts is the one that grew with it (%i)',
    async (seed) => {
      const directory = tempRepository();
      await randomHistory(directory, seed, 260);
      const rows = await rowsOf(await open(directory));
      expect(rows.length).toBeGreaterThan(500);
      expect(await rebuiltRows(directory)).toEqual(rows);
      expect(fsck(directory)).toBe('');
      for (const event of trailers(directory, 'Concord-Event')) met.add(event.split(' ')[0] ?? '');
      // Nobody's text became an event or an operation of its own.
      expect(
        JSON.stringify(timeline(directory).map(({ events, ops }) => [events, ops])),
      ).not.toMatch(/forged/i);
    },
  );

  test('kept in memory has the same rows as the one on disk, as they grow', async () => {
    const directory = tempRepository();
    await connected(directory, 'ann-lee').call('init');
    const [disk, memory] = [await open(directory), await open(directory, { memory: true })];
    const ann = connected(directory, 'ann-lee', { memory: true });
    for (let at = 0; at < 12; at += 1) {
      await ann.call('contract_create', {
        contractId: `t${at}`,
        assignee: at % 2 ? 'qa' : 'ann-lee',
      });
      await ann.tryCall('contract_update', { contractId: `t${at - 1}`, action: 'complete' });
      expect(await rowsOf(memory)).toEqual(await rowsOf(disk));
    }
    expect(await rowsOf(await ann.store())).toEqual(await rowsOf(disk));
  });

  test('has met every event of a contract in these histories', () => {
    // Only a pipeline brings the first one about; the others belong to lines.
    const elsewhere = ['recovered', 'restored', 'withdrawn', 'replayed'];
    const all = contractEventTypes.filter(
      (type) => !elsewhere.includes(type.slice('contract-'.length)),
    );
    expect(all.filter((type) => !met.has(type))).toEqual([]);
  });
});

const fileOf = (directory: string, id: string): string =>
  git(directory, 'show', `concord/main:${pathOf('contract', id)}`);

/** Ready: a. Waiting for it: b. Held by api-dev: held. Completed: done. */
const given = async (directory: string): Promise<void> => {
  const ann = connected(directory, 'ann-lee');
  await ann.call('init');
  await ann.call('contract_create', {
    contracts: [
      { contractId: 'a', assignee: 'api-dev' },
      { contractId: 'b', dependencies: ['a'] },
      { contractId: 'held', priority: 9 },
      { contractId: 'done' },
    ],
  });
  await connected(directory, 'api-dev').call('contract_claim', { contractId: 'held' });
  await ann.call('contract_update', { contractId: 'done', action: 'complete' });
};

type Forged = {
  readonly event: string;
  /** The contract whose file is changed, if not that of the event; null: it is taken away. */
  readonly id?: string;
  readonly change?: (text: string) => string | null;
  readonly why: RegExp;
};

const status =
  (to: string) =>
  (text: string): string =>
    text.replace(/^status: .*$/m, `status: ${to}`);

const eve = (token: string): string =>
  `claim:\n  agent: eve\n  session: "00000000"\n  token: ${token}\n  since: 2026-01-01T00:00:00Z\n  renewed: 2026-01-01T00:00:00Z\n`;

const cases: Record<string, Forged> = {
  'that completes a contract which waits': {
    event: 'contract-completed b',
    change: status('completed'),
    why: /contract-completed b cannot happen: it is pending/,
  },
  'that changes a contract without an event of it': {
    event: 'contract-noted a',
    id: 'b',
    change: (text) => text.replace('maxAttempts: 3', 'maxAttempts: 99'),
    why: /it changes contracts\/\w\w\/b\.yaml, and no event of it says so/,
  },
  'whose file has another status than its event': {
    event: 'contract-cancelled a',
    change: status('completed'),
    why: /a\.yaml says completed, and its events cancelled/,
  },
  'whose event leaves the status, and whose file changes it': {
    event: 'contract-noted a',
    change: status('completed'),
    why: /a\.yaml says completed/,
  },
  'of a contract that is not there': {
    event: 'contract-claimed ghost',
    id: 'a',
    why: /contract-claimed ghost cannot happen: it is not there/,
  },
  'of a name that is no id': {
    event: 'contract-created ../../config',
    id: 'a',
    why: /is no contract/,
  },
  'whose file is of another contract': {
    event: 'contract-cancelled a',
    change: (text) => status('cancelled')(text).replace('id: a', 'id: c'),
    why: /a\.yaml says c/,
  },
  'that takes a contract away': {
    event: 'contract-cancelled a',
    change: () => null,
    why: /it takes contracts\/\w\w\/a\.yaml away/,
  },
  'whose file is none': {
    event: 'contract-cancelled a',
    change: (text) => status('done')(text),
    why: /not a valid contract file: \/status/,
  },
  'whose claim proves nothing: its token is not its operation': {
    event: 'contract-claimed a',
    change: (text) => status('in_progress')(text) + eve('Z'.repeat(26)),
    why: /a\.yaml says a claim by eve that no event tells of/,
  },
  'that claims for somebody else': {
    event: 'contract-claimed a',
    change: (text) =>
      status('in_progress')(text) + eve('FORGED'.padEnd(26, '0')).replace('eve', 'ann-lee'),
    why: /a\.yaml says a claim by ann-lee that no event tells of/,
  },
  'that takes a claim over as a note': {
    event: 'contract-noted held',
    change: (text) => text.replace(/^claim:\n(?: .*\n)*/m, eve('Z'.repeat(26))),
    why: /held\.yaml says a claim by eve that no event tells of/,
  },
  'that parks what nobody has': {
    event: 'contract-parked a',
    why: /contract-parked a cannot happen: it is ready/,
  },
  'that takes a claim over as it parks it': {
    event: 'contract-parked held',
    change: (text) => text.replace(/^claim:\n(?: .*\n)*/m, eve('Z'.repeat(26))),
    why: /held\.yaml says a claim by eve that no event tells of/,
  },
  'in progress without a claim': {
    event: 'contract-claimed a',
    change: status('in_progress'),
    why: /a\.yaml is in progress without a claim/,
  },
  'with an event that happened before': {
    event: 'contract-created a',
    change: (text) => text.replace('assignee: api-dev', 'assignee: eve'),
    why: /contract-created a cannot happen: it is ready/,
  },
};

describe.each(Object.entries(cases))('a commit %s', (_, { event, id, change, why }) => {
  test.each([
    ['seen by an open store', true],
    ['seen without an index', false],
  ])('%s is reported, not applied, and set aside', async (_name, early) => {
    const directory = tempRepository();
    await given(directory);
    const before = await open(directory);
    const contract = id ?? event.split(' ')[1] ?? '';
    const good = await before.look('main', (view) => view.contract(contract));
    const text = fileOf(directory, contract);
    const changed = change ? change(`${text}\n`) : `${text}\n`;
    expect(changed).not.toBe(change ? `${text}\n` : '');
    const path = pathOf('contract', contract);
    const bad = commitByHand(directory, {
      message: `eve does it\n\nConcord-Op: ${'FORGED'.padEnd(26, '0')}\nConcord-Event: ${event}\n`,
      author: 'eve',
      files: { [path]: changed },
    });
    const store: Store = early ? before : await open(directory, { memory: true });
    const head = await store.read('main', (facts) => facts.head('main'));
    expect(head?.illegal).toMatchObject({ tip: bad, commits: [bad] });
    expect(head?.illegal?.why).toMatch(why);
    expect(await store.look('main', (view) => view.contract(contract))).toEqual(good);
    expect(tipOf(directory)).toBe(bad);

    const ann = connected(directory, 'ann-lee');
    await ann.call('contract_create', { contractId: 'later' });
    expect(trailers(directory, 'Concord-Quarantine')).toEqual([bad]);
    expect(git(directory, 'diff', '--stat', `${bad}~1`, 'concord/main~1')).toBe('');
    expect(fileOf(directory, contract)).toBe(text);
    const rows = await rowsOf(store);
    expect(await rowsOf(await ann.store())).toEqual(rows);
    expect(await rebuiltRows(directory)).toEqual(rows);
    expect(fsck(directory)).toBe('');
  });
});

test('a move by hand that follows every rule is taken as it is', async () => {
  const directory = tempRepository();
  await given(directory);
  const store = await open(directory);
  await rowsOf(store);
  commitByHand(directory, {
    message: 'eve cancels a\n\nConcord-Op: BYHAND\nConcord-Event: contract-cancelled a\n',
    author: 'eve',
    files: { [pathOf('contract', 'a')]: `${status('cancelled')(fileOf(directory, 'a'))}\n` },
  });
  expect(await store.look('main', (view) => view.contract('a')?.status)).toBe('cancelled');
  await connected(directory, 'ann-lee').call('contract_create', { contractId: 'later' });
  expect(trailers(directory, 'Concord-Quarantine')).toEqual([]);
  expect(await rebuiltRows(directory)).toEqual(await rowsOf(store));
});

test('notices by hand reach the inbox; those that say nothing are left out', async () => {
  const directory = tempRepository();
  await given(directory);
  commitByHand(directory, {
    message:
      'eve notes\n\nConcord-Op: BYHAND\nConcord-Event: contract-noted a\nConcord-Reason: Why\nConcord-Notify: qa-dev contract-noted a\nConcord-Notify: qa-dev\nConcord-Notify: \n',
    author: 'eve',
    files: {},
  });
  const { items } = await connected(directory, 'qa-dev').call('inbox_read');
  expect(items).toMatchObject(
    [{ kind: 'contract-ready' }, { from: 'eve', subject: 'a', quote: 'Why' }].slice(
      items.length === 1 ? 1 : 0,
    ),
  );
  expect(await rebuiltRows(directory)).toEqual(await rowsOf(await open(directory)));
});
