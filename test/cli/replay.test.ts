import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { concord, json, ok, passed, spawned, standing, users, within } from '../helpers/cli.ts';
import { bin } from '../helpers/cli.ts';
import { session } from '../helpers/mcp.ts';
import { git } from '../helpers/repository.ts';
import { build, contract, graphql, graphqlTests, onLine, override } from '../helpers/replays.ts';
import { rest, restStore, statuses } from '../helpers/replays.ts';
import { fsck } from '../helpers/store.ts';

const line = 'replay/graphql';
const text = JSON.stringify(override);

const start = (directory: string, ...args: readonly string[]): Promise<string> =>
  ok(directory, ['replay', 'start', 'pre-work', '--name', 'graphql', ...args]);

const data = (directory: string, ...args: readonly string[]): Promise<unknown> =>
  ok(directory, ['get', ...args]).then((out) => JSON.parse(out) as unknown);

/** Both runs stay readable by their versions, wherever one looks from. */
const bothRuns = async (directory: string): Promise<void> => {
  const read = async (...args: readonly string[]): Promise<void> => {
    const get = (...more: readonly string[]): Promise<unknown> => data(directory, ...more, ...args);
    expect(await get('api-contract-user-auth', '--version', '2')).toEqual(rest);
    expect(await get('api-contract-user-auth', '--version', '3')).toEqual(graphql);
    expect(await get('test-results-user-auth@1')).toEqual(passed);
    expect(await get('test-results-user-auth@2')).toEqual(graphqlTests);
  };
  await read();
  await read('--line', line);
  expect(await data(directory, 'api-contract-user-auth')).toEqual(rest);
  expect(await data(directory, 'api-contract-user-auth', '--line', line)).toEqual(graphql);
};

const compared = async (directory: string): Promise<void> => {
  const out = await ok(directory, ['compare', 'main', line]);
  expect(out).toContain(
    [
      'The first that differs: of contract build-api something else was agreed.',
      '| inputs.context',
      '|   main: "Build a REST API"',
      `|   ${line}: "Use GraphQL instead of REST"`,
      '',
    ].join('\n'),
  );
  expect(out).toMatch(/api-contract-user-auth {2}@2 .* -> @3 /);
  expect(out).toContain('test-results-user-auth  3 passed, 0 failed -> 7 passed, 0 failed');
  expect(await json(directory, ['compare', 'main', line])).toMatchObject({
    why: { contract: 'build-api', path: 'inputs.context' },
  });
};

describe('a feature with REST is run again with GraphQL', () => {
  test('by the command line, on CONCORD_LINE', async () => {
    const directory = await restStore();
    const out = await start(directory, '--overrides', text, '--reason', 'REST is chatty');
    expect(out).toContain('replay/graphql begins at pre-work (main, ');
    expect(out).toContain('Changed, and not begun yet\n  build-api  inputs.context\n');
    const main = git(directory, 'rev-parse', 'concord/main');
    const agent = (name: string, ...args: readonly string[]): Promise<string> =>
      ok(directory, args, {
        env: { CONCORD_LINE: line, CONCORD_AGENT: name, CONCORD_SESSION: name },
      });
    const publish = (name: string, published: object): Promise<string> =>
      agent(name, 'publish', '--data', JSON.stringify(published));
    expect(await agent('db-dev', 'claim')).toContain('You hold setup-schema');
    expect(await publish('db-dev', users)).toContain('Published schema-users@2');
    const task = await agent('api-dev', 'claim');
    expect(task).toContain('| Use GraphQL instead of REST\n');
    expect(task).toContain('  schema-users@2  schema-change by db-dev');
    expect(task).toContain('  api-contract-user-auth  (api-contract, required; becomes @3)');
    await publish('api-dev', graphql);
    await agent('qa-dev', 'claim');
    expect(await publish('qa-dev', graphqlTests)).toContain('Published test-results-user-auth@2');
    expect(await statuses(directory, line)).toEqual([
      'build-api completed',
      'setup-schema completed',
      'write-tests completed',
    ]);
    await bothRuns(directory);
    await compared(directory);
    expect(git(directory, 'rev-parse', 'concord/main')).toBe(main);
    expect(git(directory, 'merge-base', 'concord/main', `concord/${line}`)).toBe(
      git(directory, 'rev-parse', 'concord/pre-work^{commit}'),
    );
    expect(fsck(directory)).toBe('');
    expect((await concord(directory, ['doctor', '--full', '--line', line])).code).toBe(0);
  });

  test('by agents over MCP, with a server of its own on that line', async () => {
    const directory = await restStore();
    const lead = await session(directory, { args: ['--as', 'ann-lee'] });
    const begun = await lead.tell('team_replay', {
      snapshot: 'pre-work',
      name: 'graphql',
      overrides: override,
    });
    expect(begun).toContain('contract_claim {"line":"replay/graphql"}');
    const main = git(directory, 'rev-parse', 'concord/main');
    const work = async (name: string, published: object): Promise<string> => {
      const { tell } = await onLine(directory, name, line);
      const task = await tell('contract_claim', { wait: 60 });
      await tell('artifact_publish', { data: published });
      return task;
    };
    const [tested, built] = await Promise.all([
      work('qa-dev', graphqlTests),
      work('api-dev', graphql),
      work('db-dev', users),
    ]);
    expect(built).toContain('| Use GraphQL instead of REST\n');
    expect(tested).toContain('  api-contract-user-auth@3  api-contract by api-dev');
    await bothRuns(directory);
    await compared(directory);
    expect(git(directory, 'rev-parse', 'concord/main')).toBe(main);
  });

  test('a replay of the finished feature does again what stands on the change, and no more', async () => {
    const directory = await restStore();
    const args = ['replay', 'start', 'auth-rest-complete', '--overrides', text];
    const before = standing(directory);
    const dry = await ok(directory, [...args, '--dry-run']);
    expect(standing(directory)).toEqual(before);
    expect(dry).toContain(
      'Done again\n  build-api    inputs.context changed\n  write-tests  it depends on build-api\n',
    );
    expect(dry).toContain('Reused as they are: schema-users@1\n');
    // What follows a dry run is the same replay, overrides and all.
    const [, next = ''] = /Next: concord (.+)$/.exec(dry.trimEnd()) ?? [];
    await spawned(directory, 'sh', ['-c', `"${process.execPath}" "${bin}" ${next}`]);
    const its = 'replay/auth-rest-complete';
    expect(await statuses(directory, its)).toEqual([
      'build-api ready',
      'setup-schema completed',
      'write-tests pending',
    ]);
    expect(await data(directory, 'schema-users', '--line', its)).toEqual(users);
    expect(await data(directory, 'api-contract-user-auth', '--line', its)).toEqual({
      endpoints: [{ method: 'GET', path: '/users' }],
    });
    expect((await concord(directory, ['get', 'test-results-user-auth', '--line', its])).code).toBe(
      3,
    );
  });
});

describe('the same overrides', () => {
  const plain = 'build-api:\n  inputs: {context: Use GraphQL instead of REST}\n';
  const path = 'build-api.inputs.context';
  test.each([
    ['a YAML file', ['--file', 'change.yaml']],
    ['a JSON file', ['--file', 'change.json']],
    ['JSON of a file', ['--overrides', '@change.json']],
    ['a path', ['--set', `${path}=Use GraphQL instead of REST`]],
    ['a path whose value is JSON', ['--set', `${path}="Use GraphQL instead of REST"`]],
    [
      'a path over what a file says',
      ['--file', 'other.yaml', '--set', `${path}=Use GraphQL instead of REST`],
    ],
  ])('as %s', async (_, args) => {
    const directory = await restStore();
    writeFileSync(join(directory, 'change.yaml'), plain);
    writeFileSync(join(directory, 'change.json'), text);
    writeFileSync(join(directory, 'other.yaml'), plain.replace('GraphQL', 'SOAP'));
    await start(directory, ...args);
    expect(await contract(directory, 'build-api', line)).toMatchObject({
      inputs: { context: 'Use GraphQL instead of REST' },
    });
    expect(await ok(directory, ['show', line])).toContain(
      'Changes\n| build-api.inputs.context: "Use GraphQL instead of REST"\n',
    );
  });
});

describe('a replay and main', () => {
  test('see nothing of each other after the fork, whatever one asks', async () => {
    const directory = await restStore();
    await start(directory, '--overrides', text);
    await build(directory, line, graphql, graphqlTests);
    await within(directory, 'eve', async ({ call }) => {
      const document = { title: 'T', body: 'B' };
      const artifactType = 'document';
      await call('artifact_publish', { artifactId: 'of-main', artifactType, data: document });
      await call('artifact_publish', {
        artifactId: 'of-replay',
        artifactType,
        data: document,
        line,
      });
      await call('contract_create', { contractId: 'only-main', assignee: 'eve' });
      await call('contract_create', { contractId: 'only-replay', assignee: 'eve', line });
      await call('message_send', { to: 'qa-dev', text: 'Said on main' });
      await call('message_send', { to: 'qa-dev', text: 'Said on the replay', line });
      const rules = [
        {
          trigger: { type: 'contract_failed' },
          action: { type: 'notify_session', target: 'eve', message: 'x' },
        },
      ];
      await call('pipeline_create', { pipelineId: 'rules-of-main', rules } as never);
      await call('pipeline_create', { pipelineId: 'rules-of-replay', rules, line } as never);
    });
    const asks = [
      ['status'],
      ['brief', '--as', 'qa-dev'],
      ['contract', 'list', '--limit', '50'],
      ['artifact', 'list'],
      ['inbox', '--all', '--as', 'qa-dev', '--limit', '50'],
      ['pipeline', 'list'],
      ['log', '--limit', '100'],
      ['graph'],
      ['lineage', 'test-results-user-auth'],
      ['impact', 'schema-users'],
      ['stale'],
      ['artifact', 'history', 'api-contract-user-auth'],
      ['contract', 'show', 'build-api'],
      ['agent', 'list'],
    ];
    const own = {
      main: /of-main|only-main|Said on main|contract-user-auth@2|users@1\b/,
      replay: /of-replay|only-replay|Said on the replay|contract-user-auth@3|users@2\b/,
    };
    const seen = { main: '', replay: '' };
    for (const ask of asks) {
      const [main, replay] = await Promise.all([
        ok(directory, ask),
        ok(directory, [...ask, '--line', line]),
      ]);
      expect(main, ask.join(' ')).not.toMatch(own.replay);
      expect(replay, ask.join(' ')).not.toMatch(own.main);
      seen.main += main;
      seen.replay += replay;
    }
    for (const word of ['of-X', 'only-X', 'rules-of-X'])
      for (const side of ['main', 'replay'] as const)
        expect(seen[side]).toContain(word.replace('X', side));
    const diff = await ok(directory, [
      'artifact',
      'diff',
      'api-contract-user-auth',
      '--line',
      line,
    ]);
    expect(diff).toContain('api-contract-user-auth@1 -> api-contract-user-auth@3');
    // Both sides of a difference may be of different lines.
    expect(await ok(directory, ['artifact', 'diff', 'api-contract-user-auth', '2..3'])).toContain(
      '| ~ endpoints[0].path: "/login" -> "/graphql"',
    );
  });

  test('a claim on the one is none on the other', async () => {
    const directory = await restStore();
    await start(directory, '--overrides', text);
    const api = await onLine(directory, 'db-dev', line);
    await api.tell('contract_claim', {});
    expect(await contract(directory, 'setup-schema', line)).toMatchObject({
      status: 'in_progress',
      claim: { agent: 'db-dev' },
    });
    expect(await contract(directory, 'setup-schema')).toMatchObject({
      status: 'completed',
      claim: null,
    });
    // One session, both lines: what it holds on the replay it does not hold on main.
    const both = await session(directory, { args: ['--as', 'db-dev'] });
    expect(await both.tell('team_brief', {})).not.toContain('You hold');
    await within(directory, 'ann-lee', ({ call }) =>
      call('contract_create', {
        contractId: 'more',
        assignee: 'db-dev',
        expectedOutputs: ['document'],
      } as never),
    );
    expect(await both.tell('contract_claim', {})).toContain('You hold more');
    const published = await api.tell('artifact_publish', { data: users });
    expect(published).toContain('Published schema-users@2; setup-schema is completed.');
    expect(await contract(directory, 'more')).toMatchObject({ status: 'in_progress' });
  });

  test('who waits on a replay is woken by what happens there, not by main', async () => {
    const directory = await restStore();
    await start(directory, '--overrides', text);
    const waiting = concord(directory, [
      'wait',
      '--timeout',
      '60',
      '--as',
      'api-dev',
      '--line',
      line,
    ]);
    // A session of its own: the newer wait of one session takes over from the older.
    const short = concord(
      directory,
      ['wait', '--timeout', '2', '--as', 'api-dev', '--line', line],
      { env: { CONCORD_SESSION: 'another' } },
    );
    await within(directory, 'ann-lee', ({ call }) =>
      call('contract_create', { contractId: 'on-main', assignee: 'api-dev' }),
    );
    expect((await short).code).toBe(124);
    await within(directory, 'db-dev', async ({ call }) => {
      await call('contract_claim', { line });
      await call('artifact_publish', { data: users, line } as never);
    });
    const { code, out } = await waiting;
    expect(code).toBe(0);
    expect(out).toContain('build-api');
    expect(out).not.toContain('on-main');
  });

  test('a version of the other line can be read anywhere, and built on only where it belongs', async () => {
    const directory = await restStore();
    await start(directory, '--overrides', text);
    const qa = await onLine(directory, 'qa-dev', line);
    expect(await qa.tell('artifact_get', { artifactId: 'api-contract-user-auth@2' })).toContain(
      'Made on main.\nThe latest version here is api-contract-user-auth@1.\n',
    );
    const document = { artifactType: 'document', data: { title: 'T', body: 'B' } };
    const refusal = await qa.call('artifact_publish', {
      artifactId: 'notes',
      ...document,
      derivedFrom: ['api-contract-user-auth@2'],
    });
    expect(refusal.isError).toBe(true);
    // That it was read is no reason to refuse, and no lineage of this line.
    await qa.tell('artifact_publish', { artifactId: 'notes', ...document });
    expect(await json(directory, ['get', 'notes', '--line', line])).toMatchObject({
      derivedFrom: [],
    });
  });

  test('--at names a snapshot, a commit or a time of the line, also one from before its fork', async () => {
    const directory = await restStore();
    await start(directory, '--overrides', text);
    await build(directory, line, graphql, graphqlTests);
    const at = async (when: string): Promise<unknown> =>
      (await json(directory, ['get', 'api-contract-user-auth', '--at', when, '--line', line]))[
        'version'
      ];
    expect(await at('pre-work')).toBe(1);
    expect(await at(git(directory, 'rev-parse', `concord/${line}~3`))).toBe(1);
    expect(await at(git(directory, 'rev-parse', `concord/${line}`))).toBe(3);
    expect(await at('2999-01-01')).toBe(3);
    const { code, err } = await concord(directory, [
      'get',
      'api-contract-user-auth',
      '--at',
      'auth-rest-complete',
      '--line',
      line,
    ]);
    expect(code).toBe(3);
    expect(err).toContain(`"auth-rest-complete" is no commit, snapshot or time of ${line}.`);
    const listed = ['artifact', 'list', '--at', 'pre-work', '--line', line];
    expect(await json(directory, listed)).toMatchObject({ total: 1 });
  });
});
