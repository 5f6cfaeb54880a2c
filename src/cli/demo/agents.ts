import { setTimeout as pause } from 'node:timers/promises';
import { connect } from './mcp-client.ts';
import type { Reply, Session } from './mcp-client.ts';
import { expectIn } from './stage.ts';
import type { Stage } from './stage.ts';
import { shellLines, toolLines } from './tell.ts';
import type { Shown, Step } from './tell.ts';

const tries = 300;
const interval = 100;

const users = (...columns: readonly string[]) =>
  JSON.stringify({ tables: [{ name: 'users', columns: ['id', 'email', ...columns] }] });

const apiContract = {
  artifactId: 'api-contract-user-auth',
  artifactType: 'api-contract',
  data: { endpoints: [{ method: 'POST', path: '/login' }] },
  derivedFrom: ['schema-users'],
};

const testResults = {
  artifactId: 'test-results-auth',
  artifactType: 'test-results',
  data: { passed: 3, failed: 0 },
  derivedFrom: ['api-contract-user-auth'],
};

/** Two agents open their sessions; the third needs none, it calls commands. */
export const joinTeam = async (stage: Stage) => {
  const [api, qa] = await Promise.all([connect(stage, 'api-dev'), connect(stage, 'qa-dev')]);
  return {
    api,
    qa,
    lines: [
      'db-dev   concord publish …          a process for each command, as a script calls it',
      `api-dev  concord mcp --as api-dev   process ${api.pid}, a tool server as coding agents use it`,
      `qa-dev   concord mcp --as qa-dev    process ${qa.pid}, one more`,
    ],
    leave: async () => {
      await Promise.all([api.leave(), qa.leave()]);
    },
  };
};

export const dbDev = async (stage: Stage): Promise<Step> => ({
  text: 'db-dev publishes the schema. A version never changes again, so that others can build on it.',
  calls: [await publishSchema(stage, users('password_hash'), ['Published schema-users@1.'])],
});

export const apiDev = async (session: Session): Promise<Step> => {
  const schema = await askUntilThere(session, 'schema-users', 'schema-users@1  schema-change');
  const published = await use(session, 'artifact_publish', apiContract);
  expectIn('artifact_publish', published.reply, [
    'Published api-contract-user-auth@1.',
    'Derived from: schema-users@1',
  ]);
  return {
    text: `api-dev asked ${schema.times} until the schema was there, and builds on exactly that version.`,
    calls: [schema.call, published],
  };
};

export const qaDev = async (session: Session): Promise<Step> => {
  await askUntilThere(session, 'schema-users', 'password_hash');
  await askUntilThere(session, apiContract.artifactId, '/login');
  const bad = { ...testResults, data: { passed: 'three' } };
  const refusal = await use(session, 'artifact_publish', bad, 4, true);
  expectIn('artifact_publish', refusal.reply, ['(INVALID)', 'nothing was published', '"three"']);
  const published = await use(session, 'artifact_publish', testResults);
  // Version 1: the refused call has left none.
  expectIn('artifact_publish', published.reply, [
    'Published test-results-auth@1.',
    'schema-users@1',
  ]);
  return {
    text: 'qa-dev reads both, then slips: the refusal names every fault, so that the next call is right.',
    calls: [refusal, published],
  };
};

export const changedSchema = async (stage: Stage): Promise<Step> => ({
  text: 'db-dev changes the schema, and is told at once whose work does not fit it any more.',
  calls: [
    await publishSchema(stage, users('passkey'), [
      'Published schema-users@2.',
      'Out of date by this: api-contract-user-auth@1',
    ]),
  ],
});

const publishSchema = async (
  stage: Stage,
  data: string,
  parts: readonly string[],
): Promise<Shown> => {
  const args = ['publish', 'schema-users', '--type', 'schema-change', '--as', 'db-dev'];
  args.push('--data', data);
  const ran = await stage.run('concord', ...args);
  ran.expect(...parts);
  return { call: shellLines(['concord', ...args]), reply: ran.out, lines: parts.length };
};

/** One call of a tool, which must be refused if and only if `refused`. */
const use = async (
  session: Session,
  tool: string,
  input: Readonly<Record<string, unknown>>,
  lines = 2,
  refused = false,
): Promise<Shown> => {
  const reply = await session.call(tool, input);
  if (reply.refused !== refused) throw new Error(`"${tool}" gave:\n${reply.text}`);
  return { call: toolLines(tool, input), reply: reply.text, lines };
};

/** The store is all that the agents share: an agent that needs another's work asks for it there. */
const askUntilThere = async (session: Session, artifactId: string, part: string) => {
  let reply: Reply | undefined;
  for (let asked = 1; asked <= tries; asked++) {
    reply = await session.call('artifact_get', { artifactId });
    if (!reply.refused) {
      expectIn('artifact_get', reply.text, [part]);
      const call = { call: toolLines('artifact_get', { artifactId }), reply: reply.text, lines: 1 };
      return { call, times: asked === 1 ? 'once' : `${asked} times` };
    }
    expectIn('artifact_get', reply.text, ['(NOT_FOUND)']);
    await pause(interval);
  }
  throw new Error(`${artifactId} never came.\n${reply?.text}`);
};
