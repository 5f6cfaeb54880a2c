import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { word } from '../speak.ts';
import { program } from './stage.ts';
import type { Stage } from './stage.ts';
import { shellLines } from './tell.ts';
import type { Shown, Step } from './tell.ts';

/** A line a transaction but for claims, and what followed from it below, each with its reason. */
const timeline = `git log concord/main --reverse --invert-grep --grep=' claims ' \\
  --format='%h  %s%n%(trailers:key=Concord-Event,key=Concord-Reason)' |
  sed -nE -e ':a' -e '$!N;s/\\nConcord-Reason//;ta' \\
    -e 's/^Concord-Event: (session|contract-(comp|re))/     -> \\1/' -e '/^Conc/!P' -e D`;

/** What is left when the agents have gone: all of it plain git. */
export const ending = async (stage: Stage): Promise<readonly Step[]> => {
  const ran = await stage.run('sh', '-c', timeline);
  ran.expect(...happened);
  const [healing = ''] = /^\w+(?=  qa-dev publishes auth\/test-results@1)/m.exec(ran.out) ?? [];
  const one = ['log', '-1', '--format=%s%n%(trailers)', healing];
  const commit = await show(stage, ['git', ...one], together);
  return [
    {
      text: 'The story as git tells it: a commit is a cause with all that followed (claims left out).',
      calls: [{ call: `$ ${timeline}`, reply: ran.out }],
    },
    {
      text: 'The commit that healed: test results, reopening, reset and who is told, all or nothing.',
      calls: [commit],
    },
    {
      text: 'Nothing else was touched: no file, no branch, and git finds no fault. Both print nothing.',
      calls: await untouched(stage),
    },
  ];
};

const happened = [
  'db-dev publishes auth/schema@1',
  'api-dev publishes auth/api@1',
  '-> session-notified qa-dev auth/ci-loop: The API is now auth/api@1: test it again.',
  'qa-dev publishes auth/test-results@1',
  '-> contract-reopened auth/build-api: Tests failing: 2 failures',
  '-> contract-reset auth/write-tests: auth/build-api is open again',
  'api-dev publishes auth/api@2',
  'qa-dev publishes auth/test-results@2',
  '-> contract-recovered auth/build-api',
];

const together = [
  'Concord-Event: artifact-published auth/test-results@1',
  'Concord-Event: contract-completed auth/write-tests',
  'Concord-Event: pipeline-fired auth/ci-loop#2',
  'Concord-Event: contract-reopened auth/build-api',
  'Concord-Reason: Tests failing: 2 failures',
  'Concord-Event: contract-reset auth/write-tests',
  'Concord-Event: contract-ready auth/build-api',
  'Concord-Notify: api-dev contract-ready auth/build-api',
];

export const show = async (
  stage: Stage,
  [name, ...args]: readonly ['git' | 'concord', ...string[]],
  parts: readonly string[] = [],
): Promise<Shown> => {
  const ran = await stage.run(name, ...args);
  ran.expect(...parts);
  return { call: shellLines([name, ...args]), reply: ran.out };
};

/** No branch, no file: both commands print nothing. */
export const untouched = async (stage: Stage): Promise<readonly Shown[]> => {
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

/** A command to go on with; where it says what it must say, it is tried here first. */
export type Try = {
  readonly command: readonly ['git' | 'concord', ...string[]];
  readonly says?: string;
  /** What it is for. */
  readonly note?: string;
};

export const healingTries: readonly Try[] = [
  { command: ['git', 'log', '-p', 'concord/main', '--', '*/api.yaml'], says: 'OR 1=1' },
  { command: ['concord', 'pipeline', 'show', 'auth/ci-loop'], says: 'fired rule 2' },
];

/** Where it lies and what to try. */
export const onward = async (stage: Stage, tries: readonly Try[]): Promise<readonly string[]> => {
  await Promise.all(
    tries.map(async ({ command: [name, ...args], says }) => {
      if (says !== undefined) (await stage.run(name, ...args)).expect(says);
    }),
  );
  const concord = called();
  const lines = tries.map(({ command: [name, ...args], note }) => {
    const command = [name === 'git' ? name : concord, ...args.map(word)].join(' ');
    return note === undefined ? command : `${command}   # ${note}`;
  });
  return [
    '',
    `The store lies in ${join(stage.directory, '.git')}, below refs/concord/. All processes`,
    'have ended, and the directory may be deleted at any time. To go on by hand:',
    `   cd ${word(stage.directory)}`,
    ...lines.map((line) => `   ${line}`),
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
