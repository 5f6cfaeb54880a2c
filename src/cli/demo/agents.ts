import { connect } from './mcp-client.ts';
import type { Session } from './mcp-client.ts';
import { expectIn } from './stage.ts';
import type { Stage } from './stage.ts';
import { toolLines } from './tell.ts';
import type { Shown, Step } from './tell.ts';

/** So many seconds an agent waits in a call. Nobody else wakes it: the store does. */
const wait = 50;

const schema = { tables: [{ name: 'users', columns: ['id', 'email', 'password_hash'] }] };

const login = { method: 'POST', path: '/login' };
const broken = { endpoints: [login] };
const mended = { endpoints: [{ ...login, refuses: "x' OR 1=1" }] };

const failing = { passed: 3, failed: 2 };
const passing = { passed: 5, failed: 0 };

/** Three agents open their sessions, each with a tool server of its own. */
export const joinTeam = async (stage: Stage) => {
  const names = ['db-dev', 'api-dev', 'qa-dev'] as const;
  const [db, api, qa] = await Promise.all([
    connect(stage, names[0]),
    connect(stage, names[1]),
    connect(stage, names[2]),
  ]);
  const lines = [
    `concord mcp ${[db, api, qa].map(({ pid }, at) => `--as ${names[at] ?? ''} (process ${pid})`).join(', ')}`,
  ];
  return {
    db,
    api,
    qa,
    lines,
    leave: async () => {
      await Promise.all([db.leave(), api.leave(), qa.leave()]);
    },
  };
};

/** What all agents do: they ask for work until there is some, and publish what it expects. */
const work = async (session: Session, contractId: string, data: object, publishes: string) => {
  const claimed = await use(session, 'contract_claim', { wait });
  expectIn('contract_claim', claimed.reply, [`You hold ${contractId}`]);
  const published = await use(session, 'artifact_publish', { data });
  expectIn('artifact_publish', published.reply, [`Published ${publishes}`]);
  return { claimed, published };
};

export const dbDev = async (session: Session): Promise<void> => {
  const { published } = await work(session, 'auth/setup-schema', schema, 'auth/schema@1');
  expectIn('artifact_publish', published.reply, ['Now ready: auth/build-api (api-dev, told)']);
};

export const apiDev = async (session: Session): Promise<Step> => {
  const { published } = await work(session, 'auth/build-api', broken, 'auth/api@1');
  expectIn('artifact_publish', published.reply, [
    'auth/build-api is completed.',
    'Derived from: auth/schema@1',
    'Now ready: auth/write-tests (qa-dev, told)',
  ]);
  return {
    text: 'db-dev has published the schema. That woke api-dev, which publishes, and completes its contract.',
    calls: [only(published, 'Published', 'Now ready')],
  };
};

/** It is told by the pipeline, tests under a contract of its own, and publishes what it sees: it sends nobody anything. */
export const qaDevFails = async (session: Session): Promise<Step> => {
  const told = await use(session, 'inbox_read', { wait });
  expectIn('inbox_read', told.reply, ['The API is now auth/api@1: test it again.']);
  const { published } = await work(session, 'auth/write-tests', failing, 'auth/test-results@1');
  expectIn('artifact_publish', published.reply, ['Now ready: auth/build-api (api-dev, told)']);
  return {
    text: 'qa-dev is told, and tests. Two tests fail: it says so by publishing, and to nobody else.',
    calls: [
      only(told, 'unread', 'the pipeline', '| The API'),
      only(published, 'Published', 'Now ready'),
    ],
  };
};

/** It was done with its contract and has asked for more work: what it gets is the same contract. */
export const apiDevMends = async (session: Session): Promise<Step> => {
  const { claimed, published } = await work(session, 'auth/build-api', mended, 'auth/api@2');
  expectIn('contract_claim', claimed.reply, [
    '(attempt 2 of 3)',
    'auth/test-results@1',
    '| Tests failing: 2 failures',
  ]);
  expectIn('artifact_publish', published.reply, ['Now ready: auth/write-tests (qa-dev, told)']);
  return {
    text: 'api-dev, waiting for more work, gets its own contract back, is told why, and fixes the API.',
    calls: [
      only(claimed, 'You hold', 'Open again', '| Tests'),
      only(published, 'Published', 'Now ready'),
    ],
  };
};

export const qaDevPasses = async (session: Session, stage: Stage): Promise<Step> => {
  const told = await use(session, 'inbox_read', { wait });
  expectIn('inbox_read', told.reply, ['The API is now auth/api@2: test it again.']);
  const { published } = await work(session, 'auth/write-tests', passing, 'auth/test-results@2');
  expectIn('artifact_publish', published.reply, ['auth/write-tests is completed.']);
  const status = await stage.run('concord', 'status');
  status.expect('3 completed', '0 out of date');
  return {
    text: 'qa-dev, waiting, tests again: all pass. Everything is completed, and nobody was in charge.',
    calls: [
      { ...published, lines: 1 },
      { call: '$ concord status', reply: status.out, lines: 1 },
    ],
  };
};

/** The lines of a reply that tell the story. */
export const only = ({ call, reply }: Shown, ...parts: readonly string[]): Shown => {
  const lines = reply.split('\n').filter((line) => parts.some((part) => line.includes(part)));
  return { call, reply: lines.join('\n') };
};

/** One call of a tool. */
export const use = async (
  session: Session,
  tool: string,
  input: Readonly<Record<string, unknown>>,
): Promise<Shown> => {
  const { refused, text } = await session.call(tool, input);
  if (refused) throw new Error(`"${tool}" gave:\n${text}`);
  return { call: toolLines(tool, input), reply: text };
};
