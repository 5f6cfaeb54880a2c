import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/operations/connect.ts';
import type { Answer, Call } from '../helpers/programs.ts';
import { tempRepository } from '../helpers/repository.ts';
import { acknowledgedIn, historyOf, wrongWithClaims } from '../helpers/witness.ts';
import type { Acknowledged, Commit, Stand } from '../helpers/witness.ts';

type History = { readonly commits: readonly Commit[]; readonly answers: readonly Acknowledged[] };

/** Two agents work on three contracts; one lease runs out under the first holder, and another takes over. */
const real = async (): Promise<History> => {
  const directory = tempRepository();
  let later = 0;
  let ticks = 0;
  const answers: Answer[] = [];
  const as = (agent: string) => {
    const clock = (): number => Date.now() + later * 1000;
    const connection = connect({ agent, directory, recordCode: false, clock });
    onTestFinished(() => connection.close());
    return async (operation: Call['operation'], input = {}): Promise<void> => {
      const began = (ticks += 1);
      const output = await connection.call(operation, input);
      answers.push({ operation, agent, began, ended: (ticks += 1), output });
    };
  };
  const planner = connect({ agent: 'planner', directory, recordCode: false });
  onTestFinished(() => planner.close());
  await planner.call('init');
  const contracts = ['a', 'b', 'c'].map((contractId) => ({
    contractId,
    title: 'Write it',
    expectedOutputs: ['document'],
    leaseSeconds: 3_000,
    ...(contractId === 'c' && { dependencies: ['a'] }),
  }));
  await planner.call('contract_create', { contracts });
  const [ann, ben] = [as('ann'), as('ben')];
  const data = { title: 'It', body: 'is written' };
  await ann('contract_claim', { contractId: 'a' });
  await ben('contract_claim', { contractId: 'b' });
  await ann('artifact_publish', { data });
  await ann('contract_claim', { contractId: 'c' });
  later = 3_600;
  await ben('contract_claim', { contractId: 'c' });
  await ben('artifact_publish', { contractId: 'c', data });
  return { commits: historyOf(directory), answers: acknowledgedIn(answers) };
};

const wrongIn = ({ commits, answers }: History): string[] => wrongWithClaims(commits, answers);

/** A chain has no gap, whatever was done to it: what is wrong has to be found in what it says. */
const chained = (commits: readonly Commit[]): Commit[] =>
  commits.map((commit, at) => ({ ...commit, parent: commits[at - 1]?.id ?? '' }));

const without = <T>(all: readonly T[], at: number): T[] => all.filter((_, index) => index !== at);

const swapped = <T>(all: readonly T[], at: number, other: number): T[] =>
  all.map((one, index) => all[index === at ? other : index === other ? at : index] ?? one);

const replaced = <T>(all: readonly T[], at: number, one: T): T[] =>
  all.map((each, index) => (index === at ? one : each));

type Mutant = readonly [what: string, history: History];

/** The same history with each commit changed in each of the ways. */
const inCommits = (
  { commits, answers }: History,
  ways: (commit: Commit, at: number) => readonly (readonly [string, readonly Commit[]])[],
): Mutant[] =>
  commits.flatMap((commit, at) =>
    ways(commit, at).map(([what, changed]): Mutant => [
      `${what}: commit ${at}`,
      { commits: chained(changed), answers },
    ]),
  );

const isOfClaim = ({ events }: Commit): boolean =>
  events.some((event) => event.startsWith('contract-claimed '));

const withToken = (commit: Commit, token: string): Commit => {
  const change = (stand: Stand): Stand =>
    stand.claim ? { ...stand, claim: { ...stand.claim, token } } : stand;
  const stands = Object.entries(commit.contracts).map(([id, stand]) => [id, change(stand)]);
  return { ...commit, contracts: Object.fromEntries(stands) as Commit['contracts'] };
};

const subjectOf = (event = ''): string => event.split(' ')[1] ?? '';

const ways: Readonly<Record<string, (history: History) => Mutant[]>> = {
  'an event dropped': (history) =>
    inCommits(history, (commit, at) =>
      commit.events.map((event, which) => {
        const less = { ...commit, events: without(commit.events, which) };
        return [event, replaced(history.commits, at, less)];
      }),
    ),
  'a commit dropped': (history) =>
    inCommits(history, (_, at) => [['dropped', without(history.commits, at)]]),
  'two events of a contract swapped': (history) =>
    inCommits(history, (commit, at) =>
      commit.events.flatMap((event, first) =>
        commit.events.flatMap((other, second) => {
          if (second <= first || subjectOf(event) !== subjectOf(other)) return [];
          const turned = { ...commit, events: swapped(commit.events, first, second) };
          return [[`${event} and ${other}`, replaced(history.commits, at, turned)] as const];
        }),
      ),
    ),
  'two commits swapped': (history) =>
    history.commits.flatMap((_, first) =>
      history.commits.flatMap((_other, second): Mutant[] => {
        if (second <= first) return [];
        const commits = chained(swapped(history.commits, first, second));
        return [[`commits ${first} and ${second}`, { ...history, commits }]];
      }),
    ),
  'a claim doubled': (history) =>
    inCommits(history, (commit, at) => {
      if (!isOfClaim(commit)) return [];
      const { commits } = history;
      const again = { ...withToken(commit, 'another'), id: 'again', op: 'another' };
      const bare = { ...again, events: commit.events.filter((one) => !/registered/.test(one)) };
      const paths = bare.paths.filter((path) => !path.startsWith('agents/'));
      const twice = { ...commit, events: [...commit.events, ...commit.events.slice(-1)] };
      return [
        ['the same', [...commits.slice(0, at + 1), commit, ...commits.slice(at + 1)]],
        [
          'by another operation',
          [...commits.slice(0, at + 1), { ...bare, paths }, ...commits.slice(at + 1)],
        ],
        ['at the end', [...commits, { ...bare, paths }]],
        ['in one commit', replaced(commits, at, twice)],
      ];
    }),
  'a token changed': (history) =>
    inCommits(history, (commit, at) => {
      const tokens = Object.values(commit.contracts).flatMap(({ claim }) => claim?.token ?? []);
      if (tokens.length === 0) return [];
      const changed: (readonly [string, readonly Commit[]])[] = [
        ['in the file', replaced(history.commits, at, withToken(commit, 'another'))],
      ];
      if (isOfClaim(commit)) {
        const other = { ...commit, op: 'another' };
        changed.push(['of the commit', replaced(history.commits, at, other)]);
        changed.push(['of both', replaced(history.commits, at, withToken(other, 'another'))]);
      }
      return changed;
    }),
  'an operation twice': (history) =>
    inCommits(history, (commit, at) =>
      at === 0
        ? []
        : [
            [
              'as before',
              replaced(history.commits, at, { ...commit, op: history.commits[at - 1]?.op ?? '' }),
            ],
          ],
    ),
  'another author of a claim': (history) =>
    inCommits(history, (commit, at) =>
      isOfClaim(commit)
        ? [['author', replaced(history.commits, at, { ...commit, agent: 'cat' })]]
        : [],
    ),
  'an answer changed': ({ commits, answers }) =>
    answers.flatMap((answer, at): Mutant[] => {
      const other = 'token' in answer ? { token: 'another' } : { commit: 'another' };
      const changes = [other, { contract: 'another' }, { agent: 'another' }];
      return [
        [`answer ${at} twice`, { commits, answers: [...answers, answer] }],
        ...changes.map((change): Mutant => [
          `answer ${at}: ${Object.keys(change).join()}`,
          { commits, answers: replaced(answers, at, { ...answer, ...change }) },
        ]),
      ];
    }),
  'a lease that had not ended': ({ commits, answers }) => {
    const at = commits.findLastIndex(isOfClaim);
    const early = commits.map((commit, index) =>
      index === at ? { ...commit, time: commit.time - 1_000 } : commit,
    );
    return [['claimed before its end', { commits: early, answers }]];
  },
};

test('a history that is true is taken for true', async () => {
  const history = await real();
  expect(wrongIn(history)).toEqual([]);
  expect(history.commits).toHaveLength(8);
  expect(history.answers).toHaveLength(6);
});

test.each(Object.entries(ways))('%s: the witness says so', async (_, mutate) => {
  const mutants = mutate(await real());
  expect(mutants.length).toBeGreaterThan(0);
  expect(
    mutants.filter(([, history]) => wrongIn(history).length === 0).map(([what]) => what),
  ).toEqual([]);
});
