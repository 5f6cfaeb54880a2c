import { connect } from './mcp-client.ts';
import type { Session } from './mcp-client.ts';
import { expectIn } from './stage.ts';
import type { Stage } from './stage.ts';
import { shellLines, toolLines } from './tell.ts';
import type { Shown, Step } from './tell.ts';

/** So many seconds an agent waits in a call. Nobody else wakes it: the store does. */
const wait = 50;

const users = (...columns: readonly string[]) => ({
  tables: [{ name: 'users', columns: ['id', 'email', ...columns] }],
});

const schema = {
  artifactId: 'schema-users',
  data: users('password_hash'),
};

const apiContract = {
  artifactId: 'api-contract-user-auth',
  data: { endpoints: [{ method: 'POST', path: '/login' }] },
};

const testResults = {
  artifactId: 'test-results-auth',
  data: { passed: 4, failed: 1 },
  summary: "One failed: logged in as x' OR 1=1",
};

const fix = {
  contractId: 'fix-sql-injection',
  assignee: 'api-dev',
  title: 'Close the SQL injection in the login',
  inputs: { artifacts: ['test-results-auth'] },
  expectedOutputs: [{ artifactType: 'code-change', required: true }],
};

const codeChange = {
  data: { summary: 'The email is a parameter now', files: ['src/server.js'] },
};

/** Three agents open their sessions, each with a tool server of its own. */
export const joinTeam = async (stage: Stage) => {
  const names = ['db-dev', 'api-dev', 'qa-dev'] as const;
  const [db, api, qa] = await Promise.all([
    connect(stage, names[0]),
    connect(stage, names[1]),
    connect(stage, names[2]),
  ]);
  const lines = [db, api, qa].map(({ pid }, at) => {
    const name = names[at] ?? '';
    return `${name.padEnd(7)}  concord mcp ${`--as ${name}`.padEnd(12)}  process ${pid}`;
  });
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
const work = async (
  session: Session,
  contractId: string,
  output: Readonly<Record<string, unknown>>,
  publishes: string,
) => {
  const claimed = await use(session, 'contract_claim', { wait });
  expectIn('contract_claim', claimed.reply, [`You hold ${contractId}`]);
  const published = await use(session, 'artifact_publish', output);
  expectIn('artifact_publish', published.reply, [
    `Published ${publishes}; ${contractId} is completed.`,
  ]);
  return { claimed, published };
};

export const dbDev = async (session: Session): Promise<Step> => {
  const { published } = await work(session, 'setup-schema', schema, 'schema-users@1');
  expectIn('artifact_publish', published.reply, ['Now ready: build-api (api-dev, told)']);
  return {
    text: 'db-dev is given the one that is ready. Its publish completes it, and releases the next.',
    calls: [{ ...published, lines: 2 }],
  };
};

export const apiDev = async (session: Session): Promise<Step> => {
  const { claimed, published } = await work(
    session,
    'build-api',
    apiContract,
    'api-contract-user-auth@1',
  );
  expectIn('contract_claim', claimed.reply, ['  schema-users@1  schema-change by db-dev']);
  expectIn('artifact_publish', published.reply, [
    'Derived from: schema-users@1',
    'Now ready: write-tests (qa-dev, told)',
  ]);
  return {
    text: 'That wakes api-dev, which waited: the task, its inputs at a fixed version, what to publish.',
    calls: [
      { ...claimed, lines: 6 },
      { ...published, lines: 3 },
    ],
  };
};

export const qaDev = async (session: Session): Promise<Step> => {
  const { published } = await work(session, 'write-tests', testResults, 'test-results-auth@1');
  expectIn('artifact_publish', published.reply, ['Derived from: api-contract-user-auth@1']);
  return {
    text: 'Then it is the turn of qa-dev. No process but these three took part, and none called another.',
    calls: [{ ...published, lines: 2 }],
  };
};

/** qa-dev gives work to its peer, and waits until it is done. */
export const givesFix = async (session: Session): Promise<Step> => {
  const given = await use(session, 'contract_create', fix);
  expectIn('contract_create', given.reply, ['fix-sql-injection  api-dev  ready, told']);
  await readUntil(session, 'api-dev: fix-sql-injection is completed');
  return {
    text: 'A test has failed. Any agent may give work to any other: qa-dev asks its peer, not the lead.',
    calls: [{ ...given, lines: 2 }],
  };
};

/** api-dev waits for whatever comes: what comes is from qa-dev. The lead is no station on the way, and has a copy all the same. */
export const takesFix = async (session: Session, stage: Stage): Promise<Step> => {
  const told = await readUntil(session, 'qa-dev: fix-sql-injection is ready for api-dev');
  const { published } = await work(
    session,
    'fix-sql-injection',
    codeChange,
    'fix-sql-injection/code-change@1',
  );
  expectIn('artifact_publish', published.reply, ['Derived from: test-results-auth@1']);
  const copy = 'qa-dev: gave fix-sql-injection to api-dev (for information)';
  const inbox = await stage.run('concord', 'inbox', '--as', 'lead');
  inbox.expect(copy);
  const copied = inbox.out.split('\n').filter((line) => line.includes(copy));
  return {
    text: 'The inbox of api-dev says who wants what. The lead was no station on the way, and has a copy.',
    calls: [
      { ...told, lines: 3 },
      { ...published, lines: 2 },
      { call: '$ concord inbox --as lead', reply: copied.join('\n') },
    ],
  };
};

/** Asks for news until this is among them; the store wakes those who wait. */
const readUntil = async (session: Session, part: string): Promise<Shown> => {
  for (let reads = 0; reads < 5; reads += 1) {
    const read = await use(session, 'inbox_read', { wait });
    if (read.reply.includes(part)) return read;
  }
  throw new Error(`An inbox should have said "${part}".`);
};

export const changedSchema = async (stage: Stage): Promise<Step> => {
  const data = JSON.stringify(users('passkey'));
  const args = ['publish', 'schema-users', '--data', data, '--as', 'db-dev'];
  const ran = await stage.run('concord', ...args);
  const parts = ['Published schema-users@2.', 'Out of date by this: api-contract-user-auth@1'];
  ran.expect(...parts);
  const stale = await stage.run('concord', 'stale');
  stale.expect(
    'made from schema-users@1; schema-users@2 is newer and differs',
    'only through api-contract-user-auth@1',
  );
  return {
    text: 'db-dev changes the schema, from a shell, and is told whose work does not fit it any more.',
    calls: [
      { call: shellLines(['concord', ...args]), reply: ran.out, lines: 2 },
      { call: '$ concord stale', reply: stale.out, lines: 3 },
    ],
  };
};

/** One call of a tool. */
const use = async (
  session: Session,
  tool: string,
  input: Readonly<Record<string, unknown>>,
): Promise<Shown> => {
  const { refused, text } = await session.call(tool, input);
  if (refused) throw new Error(`"${tool}" gave:\n${text}`);
  return { call: toolLines(tool, input), reply: text };
};
