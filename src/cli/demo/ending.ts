import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { word } from '../speak.ts';
import { program } from './stage.ts';
import type { Stage } from './stage.ts';
import { shellLines } from './tell.ts';
import type { Shown, Step } from './tell.ts';

/** A line a transaction, and below it who is told of what. */
const format = '%h  %s%w(0,0,4)%+(trailers:key=Concord-Notify,valueonly,separator=%x2C )';

const inOne = '%s%n%(trailers:key=Concord-Event,key=Concord-Notify)';

/** What is left when the agents have gone: all of it plain git, or derived from it. */
export const ending = async (stage: Stage): Promise<readonly Step[]> => {
  const log = ['log', 'concord/main', '--reverse', `--format=${format}`];
  const timeline = await show(stage, ['git', ...log], ...happened);
  const [made = ''] = /^\w+(?=  api-dev publishes api-contract)/m.exec(timeline.reply) ?? [];
  const one = ['log', '-1', `--format=${inOne}`, made];
  const commit = await show(stage, ['git', ...one], ...together);
  const lineage = await show(
    stage,
    ['concord', 'lineage', 'test-results-auth'],
    '─ api-contract-user-auth@1',
    '─ schema-users@1 (input, superseded)',
  );
  return [
    {
      text: 'Each transaction is one commit, a cause with all that follows: git alone tells the story.',
      calls: [timeline],
    },
    {
      text: 'A result, the end of its contract, the start of the next, who is told: all in one commit.',
      calls: [commit],
    },
    {
      text: 'How did the test results come about? Nobody had to say: the claims fixed their inputs.',
      calls: [lineage],
    },
    {
      text: 'Nothing else was touched: no file, no branch, and git finds no fault. Both print nothing.',
      calls: await untouched(stage),
    },
  ];
};

const happened = [
  'lead creates 3 contracts: setup-schema, build-api, write-tests',
  'db-dev claims setup-schema',
  'db-dev publishes schema-users@1',
  'api-dev claims build-api',
  'qa-dev claims write-tests',
  'qa-dev publishes test-results-auth@1',
  'qa-dev gives fix-sql-injection to api-dev',
];

const together = [
  'Concord-Event: artifact-published api-contract-user-auth@1',
  'Concord-Event: contract-completed build-api',
  'Concord-Notify: lead contract-completed build-api',
  'Concord-Event: contract-ready write-tests',
  'Concord-Notify: qa-dev contract-ready write-tests',
];

const show = async (
  stage: Stage,
  [name, ...args]: readonly ['git' | 'concord', ...string[]],
  ...parts: readonly string[]
): Promise<Shown> => {
  const ran = await stage.run(name, ...args);
  ran.expect(...parts);
  return { call: shellLines([name, ...args]), reply: ran.out };
};

const untouched = async (stage: Stage): Promise<readonly Shown[]> => {
  const branches = await stage.run('git', 'for-each-ref', '--format=%(refname)', 'refs/heads');
  branches.expect();
  if (branches.out !== 'refs/heads/main')
    throw new Error(`There are other branches:\n${branches.out}`);
  const calls = [
    await show(stage, ['git', 'status', '--short']),
    await show(stage, ['git', 'fsck', '--strict', '--no-dangling']),
  ];
  const loud = calls.find(({ reply }) => reply !== '');
  if (loud) throw new Error(`"${loud.call}" should print nothing. It said:\n${loud.reply}`);
  return calls;
};

/** Where it lies and what to try: each command is tried here first. */
export const onward = async (stage: Stage): Promise<readonly string[]> => {
  const tries = [
    ['git', 'log', '-p', 'concord/main', '--', '*/schema-users.yaml'],
    ['concord', 'artifact', 'diff', 'schema-users'],
  ] as const;
  const parts = ['passkey', 'passkey'];
  const ran = await Promise.all(tries.map(([name, ...args]) => stage.run(name, ...args)));
  for (const [index, one] of ran.entries()) one.expect(parts[index] ?? '');
  const concord = called();
  const lines = tries.map(([name, ...args]) =>
    [name === 'git' ? name : concord, ...args.map(word)].join(' '),
  );
  return [
    '',
    `The store lies in ${join(stage.directory, '.git')}, on the ref refs/concord/main. To go on by hand:`,
    `   cd ${word(stage.directory)}`,
    ...lines.map((line) => `   ${line}`),
    'All processes of the demo have ended. The directory may be deleted at any time.',
  ];
};

/** How this program is called from a shell: by its name only if that leads to it. */
const called = (): string => {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.split(sep).includes('node_modules'))
    .map((folder) => join(folder, 'concord'))
    .find((file) => existsSync(file));
  const isOurs = found !== undefined && realpathSync(found) === program();
  return isOurs ? 'concord' : `node ${word(program())}`;
};
