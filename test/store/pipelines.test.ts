import { describe, expect, onTestFinished, test } from 'vitest';
import { ConcordError } from '../../src/model/error.ts';
import { connect } from '../../src/operations/connect.ts';
import type { Connection } from '../../src/operations/connect.ts';
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

const forged = 'Why\n\nConcord-Event: contract-completed forged\nConcord-Op: FORGED';

/** Agents make pipelines, change, pause and remove them, and do what triggers them. */
const randomHistory = async (directory: string, seed: number, steps: number): Promise<void> => {
  const next = dice(seed);
  let now = Date.parse('2026-11-22T14:00:00Z');
  const clock = (): number => now;
  const agents = ['ann-lee', 'api-dev', 'qa-dev'].map((agent, at) =>
    connected(directory, agent, { clock, memory: at === 2 }),
  );
  const one = <T>(list: readonly T[]): T => list[next(list.length)] as T;
  const contracts = ['a', 'b', 'c', 'd'];
  const pipelines = ['p', 'q', 'team/r', 's'];
  const action = () =>
    one([
      {
        type: 'notify_session',
        target: one(['api-dev', '*', ...contracts]),
        message: '${data.body}',
      },
      { type: 'reopen_contract', contractId: one(contracts), reason: '${data.body} ${event.type}' },
      { type: 'reopen_contract', contractId: '${contract.id}', reason: forged },
      { type: 'fail_contract', contractId: one(contracts), reason: 'No' },
      { type: 'cancel_contract', contractId: one(contracts), reason: forged },
      {
        type: 'create_contract',
        contractId: one(['e', 'made/${artifact.id}']),
        title: '${data.title}',
        dependencies: one([[], [one(contracts)]]),
        expectedOutputs: ['document'],
      },
    ]);
  const trigger = () =>
    one<object>([
      { type: 'artifact_published' },
      { type: 'artifact_published', artifactType: 'document' },
      { type: 'artifact_stale' },
      { type: 'contract_completed', contractId: one(contracts) },
      { type: 'contract_reopened' },
      { type: 'contract_noted', contractId: one(contracts) },
      { type: 'contract_created' },
      { type: 'message_sent' },
    ]);
  const rule = () => ({
    trigger: trigger(),
    ...one([{}, {}, { condition: 'data.body == "bad"' }, { condition: 'data.body > 1' }]),
    actions: Array.from({ length: 1 + next(3) }, action),
  });
  const publish = () => [
    'artifact_publish',
    {
      ...one([{}, { artifactId: one(['doc', 'other']) }, { artifactId: 'doc' }]),
      artifactType: 'document',
      data: { title: forged, body: one(['good', 'bad', forged]) },
      ...one([{}, { derivedFrom: [one(['doc', 'other'])] }]),
    },
  ];
  const inputs: readonly (() => readonly unknown[])[] = [
    () => [
      'pipeline_create',
      { pipelineId: one(pipelines), rules: Array.from({ length: 1 + next(3) }, rule) },
    ],
    () => [
      'pipeline_create',
      {
        action: one(['pause', 'resume', 'resume', 'resume', 'remove']),
        pipelineId: one(pipelines),
        reason: forged,
      },
    ],
    () => [
      'contract_create',
      {
        contractId: one(contracts),
        assignee: one([undefined, 'api-dev']),
        dependencies: one([[], [one(contracts)]]),
        expectedOutputs: one([[], ['document']]),
      },
    ],
    () => ['contract_claim', { another: true }],
    () => [
      'contract_update',
      { contractId: one(contracts), action: one(['complete', 'complete', 'reopen']), reason: 'r' },
    ],
    () => ['message_send', { to: one(['*', 'qa-dev']), text: forged }],
    publish,
    publish,
    publish,
  ];
  await agents[0]?.tryCall('init');
  for (let step = 0; step < steps; step += 1) {
    now += next(90) * 1000;
    const [name, input] = one(inputs)();
    await agents[next(agents.length)]?.tryCall(name as string, input as object);
  }
  // What the dice seldom come to: rules without an end.
  const endless = { type: 'reopen_contract', contractId: 'endless', reason: 'again' };
  await agents[0]?.tryCall('contract_create', { contractId: 'endless' });
  await agents[0]?.tryCall('pipeline_create', {
    pipelineId: 'endless',
    rules: ['artifact_published', 'contract_noted'].map((type) => ({
      trigger: type,
      action: endless,
    })),
  });
  await agents[0]?.tryCall('artifact_publish', {
    artifactId: 'last',
    artifactType: 'document',
    data: { title: 'T', body: 'B' },
  });
};

const met = new Set<string>();

describe('an index', () => {
  test.each([1, 2, 3, 4])(
    'rebuilt from a history with pipelines is the one that grew with it (%i)',
    async (seed) => {
      const directory = tempRepository();
      await randomHistory(directory, seed, 160);
      const rows = await rowsOf(await open(directory));
      expect(rows.length).toBeGreaterThan(300);
      expect(await rebuiltRows(directory)).toEqual(rows);
      expect(fsck(directory)).toBe('');
      for (const event of trailers(directory, 'Concord-Event')) met.add(event.split(' ')[0] ?? '');
      // Nobody's text became an event or an operation of its own.
      expect(
        JSON.stringify(timeline(directory).map(({ events, ops }) => [events, ops])),
      ).not.toMatch(/forged/i);
    },
  );

  test('has met every event of a pipeline in these histories', () => {
    const all = ['created', 'changed', 'paused', 'resumed', 'removed', 'fired', 'erred'];
    expect(all.filter((event) => !met.has(`pipeline-${event}`))).toEqual([]);
    expect([...met]).toEqual(
      expect.arrayContaining(['session-notified', 'contract-reopened', 'contract-noted']),
    );
  });

  test('kept in memory has the same rows as the one on disk, as they grow', async () => {
    const directory = tempRepository();
    await connected(directory, 'ann-lee').call('init');
    const [disk, memory] = [await open(directory), await open(directory, { memory: true })];
    const { call } = connected(directory, 'ann-lee');
    const rules = (message: string) => [
      { trigger: 'artifact_published', action: { type: 'notify_session', target: '*', message } },
    ];
    const data = { title: 'T', body: 'B' };
    for (const [name, input] of [
      ['pipeline_create', { pipelineId: 'p', rules: rules('one') }],
      ['artifact_publish', { artifactId: 'doc', artifactType: 'document', data }],
      ['pipeline_create', { pipelineId: 'p', rules: rules('two ${data.none}') }],
      ['artifact_publish', { artifactId: 'doc', artifactType: 'document', data }],
      ['pipeline_create', { action: 'pause', pipelineId: 'p' }],
      ['pipeline_create', { action: 'resume', pipelineId: 'p' }],
      ['pipeline_create', { action: 'remove', pipelineId: 'p' }],
      ['pipeline_create', { pipelineId: 'p', rules: rules('three') }],
    ] as const) {
      await call(name as never, input as never);
      expect(await rowsOf(memory)).toEqual(await rowsOf(disk));
    }
  });
});

const path = 'pipelines/p.yaml';
const text = (directory: string): string => `${git(directory, 'show', `concord/main:${path}`)}\n`;

/** The pipeline p, which tells qa-dev of documents. */
const given = async (directory: string): Promise<Connection> => {
  const ann = connected(directory, 'ann-lee');
  await ann.call('init');
  await ann.call('contract_create', { contractId: 'a' });
  await ann.call('pipeline_create', {
    pipelineId: 'p',
    rules: [
      {
        trigger: { type: 'artifact_published' },
        action: { type: 'notify_session', target: 'qa-dev', message: 'New' },
      },
    ],
  });
  return ann;
};

type Forged = {
  readonly events: readonly string[];
  readonly files: (text: string) => Readonly<Record<string, string | null>>;
  readonly why: RegExp;
};

const owner = (to: string) => (of: string) => of.replace(/^owner: .*$/m, `owner: ${to}`);

const cases: Record<string, Forged> = {
  'that changes a pipeline without an event of it': {
    events: ['contract-noted a'],
    files: (of) => ({ [path]: owner('eve')(of) }),
    why: /it changes pipelines\/p\.yaml, and no event of it says so/,
  },
  'that takes one away without an event': {
    events: ['pipeline-fired p#1 0123456789abcdef'],
    files: () => ({ [path]: null }),
    why: /it changes pipelines\/p\.yaml, and no event of it says so/,
  },
  'that says it changes one and does not': {
    events: ['pipeline-changed p'],
    files: () => ({}),
    why: /it says it changes pipelines\/p\.yaml but does not/,
  },
  'that says it removes another': {
    events: ['pipeline-removed q'],
    files: () => ({ [path]: null }),
    why: /it says it changes pipelines\/q\.yaml but does not/,
  },
  'whose file is none': {
    events: ['pipeline-changed p'],
    files: (of) => ({ [path]: of.replace('language: cel', 'language: js') }),
    why: /not a valid pipeline file: \/language/,
  },
  'whose file is no YAML': {
    events: ['pipeline-changed p'],
    files: () => ({ [path]: 'rules: [' }),
    why: /p\.yaml/,
  },
  'whose file is of another pipeline': {
    events: ['pipeline-changed p'],
    files: (of) => ({ [path]: of.replace(/^id: p$/m, 'id: q') }),
    why: /p\.yaml says q/,
  },
  'with an action that nobody knows': {
    events: ['pipeline-changed p'],
    files: (of) => ({ [path]: of.replace('notify_session', 'run_command') }),
    why: /not a valid pipeline file: \/rules\/0\/actions\/0/,
  },
  'of a name that is no id': {
    events: ['pipeline-created ../../config'],
    files: (of) => ({ [path]: `${of}# more\n` }),
    why: /it says it changes pipelines|is no/,
  },
  'with an event of pipelines that this program does not know': {
    events: ['pipeline-forked p'],
    files: (of) => ({ [path]: owner('eve')(of) }),
    why: /it has an event this Concord does not know: pipeline-forked/,
  },
};

describe.each(Object.entries(cases))('a commit %s', (_, { events, files, why }) => {
  test.each([
    ['seen by an open store', true],
    ['seen without an index', false],
  ])('%s is reported, not applied, and set aside', async (_name, early) => {
    const directory = tempRepository();
    const ann = await given(directory);
    const before = await open(directory);
    const good = await before.look('main', (view) => view.pipeline('p'));
    const was = text(directory);
    const bad = commitByHand(directory, {
      message: `eve does it\n\nConcord-Op: ${'FORGED'.padEnd(26, '0')}\n${events.map((event) => `Concord-Event: ${event}\n`).join('')}`,
      author: 'eve',
      files: files(was),
    });
    const store = early ? before : await open(directory, { memory: true });
    const head = await store.read('main', (facts) => facts.head('main'));
    expect(head?.illegal).toMatchObject({ tip: bad, commits: [bad] });
    expect(head?.illegal?.why).toMatch(why);
    expect(await store.look('main', (view) => view.pipeline('p'))).toEqual(good);
    expect(tipOf(directory)).toBe(bad);
    // The next transaction restores the last good state, and the pipeline runs in it as it was.
    const data = { title: 'T', body: 'B' };
    await ann.call('artifact_publish', { artifactId: 'doc', artifactType: 'document', data });
    expect(trailers(directory, 'Concord-Quarantine')).toEqual([bad]);
    expect(trailers(directory, 'Concord-Event')).toContain('session-notified qa-dev p');
    expect(text(directory)).toBe(was);
    const rows = await rowsOf(store);
    expect(await rowsOf(await ann.store())).toEqual(rows);
    expect(await rebuiltRows(directory)).toEqual(rows);
    expect(fsck(directory)).toBe('');
  });
});

test('a pipeline made by hand that follows every rule runs', async () => {
  const directory = tempRepository();
  const ann = await given(directory);
  const made = text(directory)
    .replace(/^id: p$/m, 'id: by-hand')
    .replace('qa-dev', 'api-dev');
  commitByHand(directory, {
    message: 'eve makes one\n\nConcord-Op: BYHAND\nConcord-Event: pipeline-created by-hand\n',
    author: 'eve',
    files: { 'pipelines/by-hand.yaml': made },
  });
  const data = { title: 'T', body: 'B' };
  await ann.call('artifact_publish', { artifactId: 'doc', artifactType: 'document', data });
  expect(trailers(directory, 'Concord-Quarantine')).toEqual([]);
  expect(trailers(directory, 'Concord-Event')).toContain('session-notified api-dev by-hand');
  commitByHand(directory, {
    message: 'eve removes it\n\nConcord-Op: BYHAND2\nConcord-Event: pipeline-removed by-hand\n',
    author: 'eve',
    files: { 'pipelines/by-hand.yaml': null },
  });
  expect((await ann.call('pipeline_create', { action: 'list' })) as object).toMatchObject({
    pipelines: [{ id: 'p' }],
  });
  expect(await rebuiltRows(directory)).toEqual(await rowsOf(await ann.store()));
});
