import { expect } from 'vitest';
import { json, login, passed, storeRepository, users, within } from './cli.ts';
import type { Session } from './mcp.ts';
import { session } from './mcp.ts';

/** A feature in three steps: schema, API, tests. */
export const plan = [
  {
    contractId: 'setup-schema',
    assignee: 'db-dev',
    title: 'Set up the users table',
    expectedOutputs: [{ artifactType: 'schema-change', artifactId: 'schema-users' }],
  },
  {
    contractId: 'build-api',
    assignee: 'api-dev',
    title: 'Build the login API',
    inputs: { context: 'Build a REST API' },
    dependencies: ['setup-schema'],
    expectedOutputs: [{ artifactType: 'api-contract', artifactId: 'api-contract-user-auth' }],
  },
  {
    contractId: 'write-tests',
    assignee: 'qa-dev',
    title: 'Test the login API',
    dependencies: ['build-api'],
    expectedOutputs: [{ artifactType: 'test-results', artifactId: 'test-results-user-auth' }],
  },
];

export const rest = login;
export const graphql = { endpoints: [{ method: 'POST', path: '/graphql' }] };
export const graphqlTests = { passed: 7, failed: 0 };

/** What the override of the story says. */
export const override = { 'build-api': { inputs: { context: 'Use GraphQL instead of REST' } } };

const work = async (
  directory: string,
  line: string,
  each: readonly (readonly [string, object])[],
): Promise<void> => {
  for (const [agent, data] of each)
    await within(directory, agent, async ({ call }) => {
      await call('contract_claim', { line });
      await call('artifact_publish', { data, line } as never);
    });
};

/** The team works through its contracts on a line, in this process. */
export const build = (
  directory: string,
  line = 'main',
  api: object = rest,
  tests: object = passed,
): Promise<void> =>
  work(directory, line, [
    ['db-dev', users],
    ['api-dev', api],
    ['qa-dev', tests],
  ]);

/**
 * A store whose API has a first version from before: pre-work, the feature with REST (the API's second version), auth-rest-complete.
 */
export const restStore = async (): Promise<string> => {
  const directory = await storeRepository();
  await within(directory, 'api-dev', ({ call }) =>
    call('artifact_publish', {
      artifactId: 'api-contract-user-auth',
      artifactType: 'api-contract',
      data: { endpoints: [{ method: 'GET', path: '/users' }] },
    }),
  );
  await within(directory, 'ann-lee', async ({ call }) => {
    await call('contract_create', { contracts: plan } as never);
    await call('team_snapshot', { name: 'pre-work', label: 'Before the login work' });
  });
  await build(directory);
  await within(directory, 'ann-lee', ({ call }) =>
    call('team_snapshot', { name: 'auth-rest-complete', label: 'REST, tested' }),
  );
  return directory;
};

/** A coding agent whose server works on a line. */
export const onLine = (directory: string, agent: string, line: string): Promise<Session> =>
  session(directory, { args: ['--as', agent, '--line', line] });

export type Shown = { readonly status: string; readonly claim: { readonly agent: string } | null };

export const contract = (directory: string, id: string, line = 'main'): Promise<Shown> =>
  json<Shown>(directory, ['contract', 'show', id, '--line', line]);

export const statuses = async (directory: string, line = 'main'): Promise<string[]> => {
  const { contracts } = await json<{ contracts: { id: string; status: string }[] }>(directory, [
    'contract',
    'list',
    '--line',
    line,
  ]);
  expect(contracts).toHaveLength(3);
  return contracts.map(({ id, status }) => `${id} ${status}`).sort();
};
