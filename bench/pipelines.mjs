// A publish that triggers a pipeline against one that does not, and one that a hundred pipelines look at in vain.

import { bodyOf } from './artifact.mjs';
import { fact, interleave, judged, median, spread, times } from './measure.mjs';
import { newStore, settled } from './place.mjs';

const many = 100;

const results = (artifactId, turn, failed) => ({
  artifactId,
  artifactType: 'test-results',
  data: {
    passed: 40 + (turn % 7),
    failed,
    failures: [{ test: 'login', message: bodyOf(`run ${turn}`) }],
  },
  summary: `Run ${turn}: ${failed} failed.`,
});

/** The second rule of the loop that heals itself, and the one that tells the tester. */
const loop = (reopening) => [
  {
    trigger: { type: 'artifact_published', artifactType: 'test-results' },
    condition: 'data.failed > 0',
    action: reopening
      ? {
          type: 'reopen_contract',
          contractId: 'build-api',
          reason: 'Tests failing: ${data.failed} failures',
        }
      : {
          type: 'notify_session',
          target: 'api-dev',
          message: '${data.failed} failed in ${artifact.ref}',
        },
  },
];

/** What they look at happens, and their conditions do not hold; or they look at another type. */
const idle = (artifactType) => (at) => ({
  pipelineId: `idle-${at}`,
  rules: [
    {
      trigger: { type: 'artifact_published', artifactType },
      condition: `data.failed > ${1000 + at}`,
      action: { type: 'notify_session', target: 'nobody', message: 'Never.' },
    },
  ],
});

const idling = (artifactType) => Array.from({ length: many }, (_, at) => idle(artifactType)(at));

const idleGoal = (value) => ({ value, most: 1.2, of: 'the publish' });

const storeWith = async (root, name, pipelines) => {
  const { directory, connection } = await newStore(root, name);
  await connection.call('contract_create', {
    contracts: [{ contractId: 'build-api', maxAttempts: 100 }],
  });
  for (const pipeline of pipelines) await connection.call('pipeline_create', pipeline);
  let turn = 0;
  const publish = (failed = 1) => {
    turn += 1;
    return connection.call('artifact_publish', results(`results-${turn % 20}`, turn, failed));
  };
  /** Something to be reopened again: not measured. */
  const complete = () =>
    connection.call('contract_update', { contractId: 'build-api', action: 'complete' });
  for (let warm = 0; warm < 60; warm += 1) await publish(0);
  return { directory, connection, publish, complete };
};

export const pipelines = async ({ root, quick }) => {
  const plain = await storeWith(root, 'plain', []);
  const noted = await storeWith(root, 'notify', [{ pipelineId: 'loop', rules: loop(false) }]);
  const healed = await storeWith(root, 'reopen', [{ pipelineId: 'loop', rules: loop(true) }]);
  const watched = await storeWith(root, 'watched', idling('test-results'));
  const elsewhere = await storeWith(root, 'elsewhere', idling('api-contract'));
  const variant = (name, { directory, publish }, block = 5) => ({
    name,
    block,
    run: () => publish(),
    after: () => settled(directory),
  });
  // One publish a turn reopens the contract; afterwards it is completed again, and its attempts begin anew. The other one, alone in its
  // turn as well, has as much going on around it.
  const single = (name, store, between) => ({
    ...variant(name, store, 1),
    after: async () => {
      await store.publish(0);
      await between();
      await settled(store.directory);
    },
  });
  let priority = 0;
  const change = () =>
    plain.connection.call('contract_update', {
      contractId: 'build-api',
      action: 'amend',
      set: { priority: (priority += 1) % 1000 },
    });
  await healed.complete();
  const samples = await interleave(
    [
      variant('plain', plain),
      variant('notify', noted),
      single('alone', plain, change),
      single('reopen', healed, healed.complete),
      variant('watched', watched),
      variant('elsewhere', elsewhere),
      // The same program on the same store twice: how far apart two equal things are on this machine.
      variant('again', plain),
    ],
    quick ? 40 : 100,
  );
  await assertReopened(healed, samples.get('reopen').length);
  for (const { connection } of [plain, noted, healed, watched, elsewhere]) await connection.close();
  const base = median(samples.get('plain'));
  const over = (name) => median(samples.get(name)) / base;
  return [
    fact('a publish that nothing looks at', spread(samples.get('plain'))),
    fact('the same once more, for comparison', times(over('again'))),
    judged('one that a rule tells somebody of (condition, notify)', spread(samples.get('notify')), {
      value: over('notify'),
      most: 1.5,
      of: 'the publish',
    }),
    fact('a publish alone in its turn', spread(samples.get('alone'))),
    judged(
      'one that a rule reopens a contract for, alone in its turn',
      spread(samples.get('reopen')),
      {
        value: median(samples.get('reopen')) / median(samples.get('alone')),
        most: 1.5,
        of: 'the publish',
      },
    ),
    judged(
      `one while ${many} pipelines look at another type`,
      spread(samples.get('elsewhere')),
      idleGoal(over('elsewhere')),
    ),
    judged(
      `one that ${many} pipelines look at, of which no condition holds`,
      spread(samples.get('watched')),
      idleGoal(over('watched')),
    ),
  ];
};

/** What was measured did happen. */
const assertReopened = async ({ connection }, wanted) => {
  const { log } = await connection.call('pipeline_create', {
    action: 'show',
    pipelineId: 'loop',
    limit: 200,
  });
  const fired = log.filter(({ event }) => event === 'pipeline-fired').length;
  const { status } = await connection.call('contract_get', { contractId: 'build-api' });
  if (fired < wanted) throw new Error(`${fired} of ${wanted} publishes fired`);
  if (status !== 'completed') throw new Error(`the contract is ${status}`);
};
