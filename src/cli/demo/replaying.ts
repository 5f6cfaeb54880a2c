import { joinTeam, only, use } from './agents.ts';
import { begin } from './begin.ts';
import { show, untouched } from './ending.ts';
import type { Try } from './ending.ts';
import type { Session } from './mcp-client.ts';
import { planFile } from './plan.ts';
import { expectIn } from './stage.ts';
import type { Stage } from './stage.ts';
import type { Story } from './story.ts';
import type { Shown, Teller } from './tell.ts';

const line = 'replay/graphql';

const plan = `contracts:
  - {contractId: setup-schema, assignee: db-dev, title: Set up the users table,
     expectedOutputs: [{artifactType: schema-change, artifactId: schema}]}
  - {contractId: build-api, assignee: api-dev, title: Build the login API,
     inputs: {context: Build a REST API}, dependencies: [setup-schema],
     expectedOutputs: [{artifactType: api-contract, artifactId: api}]}
  - {contractId: write-tests, assignee: qa-dev, title: Test the login API,
     dependencies: [build-api],
     expectedOutputs: [{artifactType: test-results, artifactId: tests}]}
`;

type Team = Awaited<ReturnType<typeof joinTeam>>;
type Work = { readonly claimed: Shown; readonly published: Shown };

/** So many seconds an agent waits in a call. */
const wait = 50;

/** What every agent does on every line: it asks for work until there is some, and publishes what it expects. */
const work = async (
  session: Session,
  on: { readonly line?: string },
  data: object,
  publishes: string,
): Promise<Work> => {
  const claimed = await use(session, 'contract_claim', { ...on, wait });
  expectIn('contract_claim', claimed.reply, ['You hold']);
  const published = await use(session, 'artifact_publish', { ...on, data });
  expectIn('artifact_publish', published.reply, [`Published ${publishes}`]);
  return { claimed, published };
};

type Run = {
  readonly line?: string;
  readonly path: string;
  readonly passed: number;
  readonly version: number;
};

/** The three of them at once: each waits for what it needs. */
const build = async ({ db, api, qa }: Team, run: Run): Promise<{ api: Work; qa: Work }> => {
  const { path, passed, version } = run;
  const on = run.line === undefined ? {} : { line: run.line };
  const schema = { tables: [{ name: 'users', columns: ['id', 'email', 'password_hash'] }] };
  const [, built, tested] = await Promise.all([
    work(db, on, schema, `schema@${version}`),
    work(api, on, { endpoints: [{ method: 'POST', path }] }, `api@${version}`),
    work(qa, on, { passed, failed: 0 }, `tests@${version}`),
  ]);
  return { api: built, qa: tested };
};

const play = async (stage: Stage, tell: Teller): Promise<void> => {
  tell.lines(['Concord in one minute: go back, change one thing, run again, compare.']);
  const made = await begin(stage);
  const joining = joinTeam(stage);
  const applied = await show(stage, ['concord', 'apply', planFile], ['Applied 3 contracts.']);
  const before = await snapshot(stage, 'pre-work');
  const team = await joining;
  tell.step({
    text: 'A team gets its contracts: schema, API, tests. Before anybody begins, the state gets a name.',
    lines: team.lines,
    calls: [made, { ...applied, lines: 1 }, before],
  });
  const rest = await build(team, { path: '/login', passed: 5, version: 1 });
  expectIn('artifact_publish', rest.qa.published.reply, ['write-tests is completed.']);
  expectIn('contract_claim', rest.api.claimed.reply, ['| Build a REST API']);
  const complete = await snapshot(stage, 'auth-rest-complete');
  tell.step({
    text: 'The agents build it with REST, and test it. That state gets a name, too: a tag in git.',
    calls: [
      only(rest.api.claimed, 'You hold', '| Build a REST'),
      { ...rest.api.published, lines: 1 },
      complete,
    ],
  });
  await again(stage, tell, team);
  await team.leave();
  await sideBySide(stage, tell);
};

const snapshot = async (stage: Stage, name: string): Promise<Shown> => {
  const taken = await show(stage, ['concord', 'snapshot', 'create', name], [`Snapshot ${name}`]);
  return { ...taken, lines: 1 };
};

const again = async (stage: Stage, tell: Teller, team: Team): Promise<void> => {
  const change = 'build-api.inputs.context=Use GraphQL instead of REST';
  const started = await show(
    stage,
    ['concord', 'replay', 'start', 'pre-work', '--name', 'graphql', '--set', change],
    ['replay/graphql begins at pre-work', 'build-api  inputs.context'],
  );
  tell.step({
    text: 'What if it had been GraphQL? Back to pre-work, one input changed, on a line of its own.',
    calls: [{ ...started, lines: 3 }],
  });
  const run = await build(team, { line, path: '/graphql', passed: 7, version: 2 });
  expectIn('contract_claim', run.api.claimed.reply, ['| Use GraphQL instead of REST']);
  const get = (version: string): Promise<Shown> =>
    show(stage, ['concord', 'get', version, '--path', 'endpoints[0].path']);
  tell.step({
    text: 'The same agents work there. Main sees nothing of it; both versions stay readable for ever.',
    calls: [
      only(run.api.claimed, 'You hold', '| Use GraphQL'),
      { ...run.api.published, lines: 1 },
      await get('api'),
      await get('api@2'),
    ],
  });
};

const sideBySide = async (stage: Stage, tell: Teller): Promise<void> => {
  const compared = await show(stage, ['concord', 'compare', 'main', line], compares);
  const upTo = compared.reply.indexOf('\n\nAgents');
  tell.step({
    text: 'Both runs side by side, and the one input from which all the rest follows.',
    calls: [{ ...compared, reply: compared.reply.slice(0, upTo < 0 ? undefined : upTo) }],
  });
  const graph = ['log', '--graph', '--oneline', 'concord/main', `concord/${line}`] as const;
  tell.step({
    text: 'All of it is git: a snapshot is a tag, a transaction a commit; nothing else was touched.',
    calls: [
      await show(stage, ['git', ...graph], ['|/', 'begins replay/graphql at pre-work']),
      ...(await untouched(stage)),
    ],
  });
};

const compares = [
  'The first that differs: of contract build-api something else was agreed.',
  '|   main: "Build a REST API"',
  '|   replay/graphql: "Use GraphQL instead of REST"',
  'tests  5 passed, 0 failed -> 7 passed, 0 failed',
];

const tries: readonly Try[] = [
  { command: ['concord', 'log', '--graph'], says: '(replay/graphql)' },
  {
    command: ['concord', 'replay', 'start', 'auth-rest-complete', '--dry-run'],
    says: 'Reused as they are: ',
  },
  {
    command: ['concord', 'replay', 'adopt', 'graphql', '--take', 'replay'],
    note: 'main takes it over',
  },
];

/** A finished feature is run again with one input changed. */
export const replaying: Story = { plan, play, tries };
