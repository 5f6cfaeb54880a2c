import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { concord, json, login, ok, passed, refused, users } from '../helpers/cli.ts';
import { standing, storeRepository } from '../helpers/cli.ts';
import { connect } from '../../src/operations/connect.ts';
import type { Connection } from '../../src/operations/connect.ts';
import { git } from '../helpers/repository.ts';
import { fsck, timeline, tipOf } from '../helpers/store.ts';
import type { Told } from '../helpers/store.ts';

let directory: string;
beforeEach(async () => {
  directory = await storeRepository();
});

const file = (text: string, name = 'team.yaml'): string => {
  writeFileSync(join(directory, name), text);
  return name;
};
const apply = (text: string, ...args: readonly string[]): Promise<string> =>
  ok(directory, ['apply', file(text), ...args]);
type Shown = Readonly<Record<string, unknown>>;
const show = (id: string): Promise<Shown> => json(directory, ['contract', 'show', id]);
const statuses = async (...ids: readonly string[]): Promise<unknown[]> =>
  Promise.all(ids.map(async (id) => (await show(id))['status']));
const last = (): Told => timeline(directory).at(-1) as Told;
const stored = (path: string): Shown =>
  parse(git(directory, 'show', `concord/main:${path}`)) as Shown;
const paths = (): string[] =>
  git(directory, 'ls-tree', '-r', '--name-only', 'concord/main').split('\n');
const healthy = async (): Promise<void> => {
  expect(fsck(directory)).toBe('');
  expect((await concord(directory, ['doctor', '--full'])).code).toBe(0);
};

const team = `description: Two who build and test.
agents:
  - {name: api-dev, role: builder, description: Builds., command: [claude, -p]}
  - {name: qa-dev, command: claude -p}
types:
  - type: note
    description: A note.
    schema: {type: object, required: [said], properties: {said: {type: string}}}
contracts:
  - contractId: build
    assignee: builder
    expectedOutputs: [{artifactType: note, artifactId: built}]
  - contractId: check
    assignee: qa-dev
    dependencies: [build]
    expectedOutputs: [test-results]
pipelines:
  - pipelineId: tell
    rules:
      - trigger: {type: artifact_published, artifactType: note}
        action: {type: notify_session, target: qa-dev, message: "\${data.said}"}
`;

describe('a file', () => {
  test('is brought about in one transaction, and the same again changes nothing', async () => {
    const before = timeline(directory).length;
    expect(await apply(team)).toMatch(
      /^Applied 2 agents, 1 type, 2 contracts, 1 pipeline\.\n(.*\n)*\nNext: concord status\n$/,
    );
    expect(timeline(directory)).toHaveLength(before + 1);
    expect(last().events).toEqual([
      'agent-registered api-dev',
      'agent-registered qa-dev',
      'agent-registered ann-lee',
      'type-registered note@1',
      'contract-created build',
      'contract-created check',
      'contract-ready build',
      'pipeline-created tell',
    ]);
    expect(last().notices).toContain('builder contract-ready build');
    expect(stored('agents/api-dev.yaml')).toMatchObject({
      role: 'builder',
      command: ['claude', '-p'],
    });
    expect(stored('agents/qa-dev.yaml')['command']).toEqual(['sh', '-c', 'claude -p']);
    const standingNow = standing(directory);
    expect(await apply(team)).toMatch(
      /^Nothing had to change: 2 agents, 1 type, 2 contracts, 1 pipeline, as the file says\.\n/,
    );
    expect(standing(directory)).toEqual(standingNow);
    // The role serves, the type is checked, the pipeline runs.
    const api = connected('api-dev');
    expect(await api.call('contract_claim')).toMatchObject({ contract: { id: 'build' } });
    await expect(api.call('artifact_publish', { data: { say: 1 } })).rejects.toThrow(
      /data\.said|note/,
    );
    await api.call('artifact_publish', { data: { said: 'Done.' } });
    expect(await ok(directory, ['inbox', '--as', 'qa-dev'])).toContain('\n| Done.\n');
    expect(await statuses('build', 'check')).toEqual(['completed', 'ready']);
    // What has begun and is said as it was is left alone.
    expect(await apply(team)).toMatch(/^Nothing had to change/);
    await healthy();
  });

  test('says how the sessions of an agent are started', async () => {
    await apply(`agents:
  - {name: one, command: claude, tools: [Edit, "Bash(npm test:*)"], permissionMode: acceptEdits, model: sonnet}
  - {name: two, command: [claude, --effort, high]}
  - {name: three, command: " codex "}
  - {name: four, command: claude --bare}
  - {name: five, command: ./five.sh}
`);
    expect(stored('agents/one.yaml')).toMatchObject({
      command: ['claude'],
      tools: ['Edit', 'Bash(npm test:*)'],
      permissionMode: 'acceptEdits',
      model: 'sonnet',
    });
    const commands = ['two', 'three', 'four', 'five'].map(
      (name) => stored(`agents/${name}.yaml`)['command'],
    );
    expect(commands).toEqual([
      ['claude', '--effort', 'high'],
      ['codex'],
      ['sh', '-c', 'claude --bare'],
      ['sh', '-c', './five.sh'],
    ]);
    await healthy();
  });

  test('changes what nobody has begun, and takes back what it does not say any more', async () => {
    await apply(team);
    const changed = team
      .replace('assignee: builder', 'assignee: api-dev\n    priority: 3\n    title: Build it')
      .replace('command: claude -p', 'role: tester')
      .replace('data.said}', 'data.said}!');
    await apply(changed);
    expect(last().events).toEqual([
      'agent-registered qa-dev',
      'contract-amended build',
      'pipeline-changed tell',
    ]);
    expect(await show('build')).toMatchObject({
      assignee: 'api-dev',
      priority: 3,
      title: 'Build it',
    });
    expect(stored('agents/qa-dev.yaml')).not.toHaveProperty('command');
    await apply(team);
    expect((await show('build'))['title'] ?? null).toBe(null);
    expect(await show('build')).toMatchObject({ assignee: 'builder', maxAttempts: 3 });
    // A contract that is not in the file any more stays.
    await apply('contracts:\n  - contractId: other\n');
    expect(await statuses('build', 'check', 'other')).toEqual(['ready', 'pending', 'ready']);
    await healthy();
  });

  test('that takes a dependency away makes what waited for it ready; one that adds it holds it back', async () => {
    const two = (more: string) => `contracts: [{contractId: a}, {contractId: b${more}}]\n`;
    await apply(two(', dependencies: [a]'));
    expect(await statuses('a', 'b')).toEqual(['ready', 'pending']);
    await apply(two(''));
    expect(await statuses('a', 'b')).toEqual(['ready', 'ready']);
    await apply(two(', dependencies: [a]'));
    expect(await statuses('a', 'b')).toEqual(['ready', 'pending']);
    const cycle =
      'contracts: [{contractId: a, dependencies: [b]}, {contractId: b, dependencies: [a]}]\n';
    const before = standing(directory);
    expect(await refused(directory, ['apply', file(cycle)])).toMatchObject({ exit: 5 });
    expect(standing(directory)).toEqual(before);
  });

  test('that would change what has begun is refused as a whole, and all of it is named', async () => {
    await apply(team);
    const api = connected('api-dev');
    await api.call('contract_claim');
    const changed = `${team.replaceAll('assignee:', 'priority: 1\n    assignee:').replace('Builds.', 'Else.')}`;
    const before = standing(directory);
    const error = await refused(directory, ['apply', file(changed)]);
    expect(error).toMatchObject({
      exit: 1,
      code: 'NOT_ALLOWED',
      next: 'concord contract show build',
    });
    expect(error.message).toBe(
      'The plan would change what has begun: build (in progress); nothing was changed.',
    );
    expect(error.hint).toContain('--prefix');
    expect(standing(directory)).toEqual(before);
    await api.call('artifact_publish', { data: { said: 'x' } });
    const qa = connected('qa-dev');
    await qa.call('contract_claim');
    const both = await refused(directory, ['apply', file(changed)]);
    expect(both.message).toContain('build (completed), check (in progress)');
  });

  test('is tried without being applied', async () => {
    const path = file(team);
    const before = standing(directory);
    const out = await ok(directory, ['apply', path, '--dry-run']);
    expect(out).toMatch(
      /^Would apply 2 agents, 1 type, 2 contracts, 1 pipeline; nothing was written\.\n/,
    );
    expect(out).toContain('\n  -> contract-ready build\n');
    expect(await json(directory, ['apply', 'team.yaml', '--dry-run'])).toMatchObject({
      dryRun: true,
      commit: null,
      total: { agents: 2, types: 1, contracts: 2, pipelines: 1 },
    });
    expect(standing(directory)).toEqual(before);
    await apply(team);
    expect(await ok(directory, ['apply', 'team.yaml', '--dry-run'])).toMatch(
      /^Nothing had to change/,
    );
  });

  test('of somebody else changes nothing of others', async () => {
    await apply(team);
    const before = standing(directory);
    for (const changed of [
      team.replace('assignee: qa-dev', 'assignee: eve'),
      team.replace('data.said}', 'data.said}!'),
    ])
      expect(await refused(directory, ['apply', file(changed), '--as', 'eve'])).toMatchObject({
        exit: 1,
        code: 'NOT_ALLOWED',
      });
    expect(standing(directory)).toEqual(before);
    expect(await ok(directory, ['apply', file(team), '--as', 'eve'])).toMatch(
      /^Nothing had to change/,
    );
  });

  test('may be one contract, or one pipeline, or JSON', async () => {
    await apply('contractId: alone\ntitle: Alone\n');
    await apply(
      'pipelineId: one\nrules: [{trigger: contract_ready, action: {type: notify_session, target: a, message: m}}]\n',
    );
    await apply('{"contracts": [{"id": "in-json"}]}');
    expect(await statuses('alone', 'in-json')).toEqual(['ready', 'ready']);
    expect(paths()).toContain('pipelines/one.yaml');
  });

  test.each<[string, string, RegExp]>([
    [
      'an unknown part',
      'contract: []',
      /file\.contract must be another name; did you mean contracts\?/,
    ],
    ['an empty file', '', /must be an object; got null/],
    ['a list', '- contractId: a', /must be an object/],
    ['a part that is no list', 'contracts: {a: 1}', /file\.contracts must be a list of objects/],
    ['a part with texts', 'agents: [api-dev]', /file\.agents must be a list of objects/],
    ['an agent without a name', 'agents: [{role: x}]', /agents\.name must be given/],
    ['an agent whose name is none', 'agents: [{name: Ann Lee}]', /agents\.name/],
    ['an agent with an unknown field', 'agents: [{name: a, roel: x}]', /agents\.roel/],
    ['a role that is no text', 'agents: [{name: a, role: 5}]', /agents\.role must be text; got 5/],
    ['a command that is none', 'agents: [{name: a, command: [{x: 1}]}]', /agents\.command/],
    ['a command without a word', 'agents: [{name: a, command: []}]', /agents\.command/],
    ['tools that are no list', 'agents: [{name: a, tools: Edit}]', /agents\.tools must be a list/],
    ['a tool that is an option', 'agents: [{name: a, tools: [--yes]}]', /agents\.tools/],
    ['an unknown mode', 'agents: [{name: a, permissionMode: all}]', /one of default, acceptEdits/],
    ['a model that is an option', 'agents: [{name: a, model: --yes}]', /agents\.model/],
    ['a type without a schema', 'types: [{type: note}]', /types\.schema must be a JSON Schema/],
    ['a type with an unknown field', 'types: [{type: note, schema: {}, extra: 1}]', /types\.extra/],
    ['a schema that is none', 'types: [{type: note, schema: {type: nothing}}]', /schema/],
    [
      'a type that is shipped',
      'types: [{type: document, schema: {type: object}}]',
      /a name of your own/,
    ],
    ['a contract without an id', 'contracts: [{title: x}]', /contractId must be given/],
    [
      'a contract with an unknown field',
      'contracts: [{contractId: a, asignee: x}]',
      /contracts\[0\]\.asignee.*did you mean assignee\?/s,
    ],
    ['a contract twice', 'contracts: [{contractId: a}, {contractId: a}]', /a stands twice/],
    [
      'a type nobody knows',
      'contracts: [{contractId: a, expectedOutputs: [nothing]}]',
      /of known types/,
    ],
    ['a condition that is none', 'contracts: [{contractId: a, accept: "data.x =="}]', /accept/],
    [
      'a pipeline without rules',
      'pipelines: [{pipelineId: p}]',
      /pipelines\[0\]\.rules must be a list/,
    ],
    [
      'a pipeline with an unknown field',
      'pipelines: [{pipelineId: p, rulez: 1, rules: []}]',
      /pipelines\[0\]\.rulez/,
    ],
    [
      'a rule that is none',
      'pipelines: [{pipelineId: p, rules: [{trigger: x}]}]',
      /an action or actions/,
    ],
    [
      'a parameter it does not declare',
      'contracts: [{contractId: a, title: "{{nix}}"}]',
      /parameters that it declares \(none\); got \{\{nix\}\}/,
    ],
    ['YAML that is none', 'contracts: [', /cannot be read as YAML: .*\(line \d, column \d\)/],
    ['aliases', 'contracts: &a [*a]', /aliases/],
    ['a key twice', 'contracts: []\ncontracts: []\n', /the key "contracts" stands twice/],
  ])('with %s is refused, and nothing is written', async (_, bad, why) => {
    // What stands before it in the file is not written either.
    const text = /^(contracts|pipelines): \[/.test(bad) ? `agents: [{name: first}]\n${bad}\n` : bad;
    const path = file(text);
    const before = standing(directory);
    const {
      message,
      hint = '',
      violations = [],
      ...error
    } = await refused(directory, ['apply', path]);
    expect(error).toMatchObject({ exit: 5, code: 'INVALID' });
    const all = [message, hint, ...violations.map((one) => `${one.path} ${one.expected}`)];
    expect(all.join('\n')).toMatch(why);
    expect(standing(directory)).toEqual(before);
  });

  test('that is not there is refused, also below templates/', async () => {
    for (const path of ['none.yaml', 'templates/none.yaml', 'templates/../package.json', '.'])
      expect(await refused(directory, ['apply', path])).toMatchObject({ exit: 5, code: 'INVALID' });
    expect((await concord(directory, ['apply'])).code).toBe(129);
  });

  test('below templates/ is the own one where there is one', async () => {
    git(directory, 'init', '-q', '.');
    const { mkdirSync } = await import('node:fs');
    mkdirSync(join(directory, 'templates'));
    file('contracts: [{contractId: mine}]\n', 'templates/ci-loop.yaml');
    await ok(directory, ['apply', 'templates/ci-loop.yaml']);
    expect(await statuses('mine')).toEqual(['ready']);
  });
});

describe('parameters', () => {
  const text = `parameters: {who: api-dev, what: 3}
contracts:
  - {contractId: 'do-{{ what }}', assignee: '{{who}}', title: '{{what}} by {{who}}', inputs: {params: {deep: ['{{what}}']}}}
`;
  test('are filled in, once, everywhere', async () => {
    await apply(
      text,
      '--set',
      'who={{what}}x=1'.replace('{{what}}x=1', 'qa-dev'),
      '--set',
      'what=a=b'.replace('a=b', '7'),
    );
    expect(await show('do-7')).toMatchObject({
      assignee: 'qa-dev',
      title: '7 by qa-dev',
      inputs: { params: { deep: ['7'] } },
    });
    await apply(text);
    expect(await show('do-3')).toMatchObject({ assignee: 'api-dev' });
    const title = "parameters: {a: x, b: y}\ncontracts: [{contractId: t, title: '{{a}} {{b}}'}]\n";
    await apply(title, '--set', 'a={{b}}=1', '--set', 'b=two');
    // What a value says is not filled in again.
    expect(await show('t')).toMatchObject({ title: '{{b}}=1 two' });
  });

  test('that are unknown are refused with those that there are', async () => {
    const path = file(text);
    const before = standing(directory);
    for (const [set, why] of [
      ['woh=x', /one of who, what; got "woh"/],
      ['who', /name=value/],
      ['=x', /name=value/],
    ] as const) {
      const error = await refused(directory, ['apply', path, '--set', set]);
      expect(error).toMatchObject({ exit: 5, code: 'INVALID' });
      expect(error.message).toMatch(why);
    }
    const none = await refused(directory, ['apply', file('contracts: []\n'), '--set', 'a=b']);
    expect(none.message).toContain('the file has no parameters');
    expect(standing(directory)).toEqual(before);
  });
});

describe('a prefix', () => {
  const text = `contracts:
  - contractId: build
    inputs: {context: build the api, artifacts: [api-notes, api@1], params: {id: build}}
    expectedOutputs: [{artifactType: api-contract, artifactId: api, accept: 'artifact.id == "api"'}]
  - contractId: check
    dependencies: [build, {artifactId: review, where: 'artifact.id == "review"'}, {type: contract, contractId: outside}]
    expectedOutputs: [{artifactType: test-results, artifactId: test-results}]
    accept: outputs["test-results"].data.failed == 0
pipelines:
  - pipelineId: loop
    rules:
      - trigger: {type: artifact_published, artifactType: test-results, artifactId: test-results}
        condition: artifact.type == "test-results" && contract.id == 'check' && artifact.id == "test-results"
        actions:
          - {type: reopen_contract, contractId: build, reason: build failed}
          - {type: reopen_contract, contractId: outside, reason: r}
          - {type: notify_session, target: build, message: build}
          - {type: notify_session, target: qa-dev, message: m}
          - {type: create_contract, contractId: second, dependencies: [build, outside], expectedOutputs: [{artifactType: document, artifactId: text}]}
      - trigger: {type: contract_completed, contractId: second}
        action: {type: cancel_contract, contractId: outside, reason: r}
      - trigger: {type: artifact_published, artifactId: elsewhere}
        action: {type: notify_session, target: lead, message: m}
`;
  test('goes before every id that the file brings and its mentions; the rest keeps its name', async () => {
    await ok(directory, ['contract', 'create', 'outside']);
    await ok(directory, [
      'publish',
      'api',
      '--type',
      'api-contract',
      '--data',
      JSON.stringify(login),
    ]);
    // The file's own artifact of that name is another one: nobody has published it yet.
    await apply(text.replace(', api@1', ''), '--prefix', 'auth/');
    expect(await show('auth/build')).toMatchObject({
      inputs: { context: 'build the api', artifacts: ['api-notes'], params: { id: 'build' } },
      expectedOutputs: [{ artifactId: 'auth/api', accept: 'artifact.id == "auth/api"' }],
    });
    expect(await show('auth/check')).toMatchObject({
      dependencies: [
        { type: 'contract', contractId: 'auth/build' },
        { artifactId: 'review', where: 'artifact.id == "review"' },
        { type: 'contract', contractId: 'outside' },
      ],
      expectedOutputs: [{ artifactType: 'test-results', artifactId: 'auth/test-results' }],
      accept: 'outputs["auth/test-results"].data.failed == 0',
    });
    expect(stored('pipelines/auth/loop.yaml')['rules']).toEqual([
      {
        trigger: {
          type: 'artifact-published',
          artifactType: 'test-results',
          artifactId: 'auth/test-results',
        },
        condition:
          'artifact.type == "test-results" && contract.id == "auth/check" && artifact.id == "auth/test-results"',
        actions: [
          { type: 'reopen_contract', contractId: 'auth/build', reason: 'build failed' },
          { type: 'reopen_contract', contractId: 'outside', reason: 'r' },
          { type: 'notify_session', target: 'auth/build', message: 'build' },
          { type: 'notify_session', target: 'qa-dev', message: 'm' },
          {
            type: 'create_contract',
            contract: {
              contractId: 'auth/second',
              dependencies: ['auth/build', 'outside'],
              expectedOutputs: [{ artifactType: 'document', artifactId: 'auth/text' }],
            },
          },
        ],
      },
      {
        trigger: { type: 'contract-completed', contractId: 'auth/second' },
        actions: [{ type: 'cancel_contract', contractId: 'outside', reason: 'r' }],
      },
      {
        trigger: { type: 'artifact-published', artifactId: 'elsewhere' },
        actions: [{ type: 'notify_session', target: 'lead', message: 'm' }],
      },
    ]);
    // Once more under another one: nothing meets.
    await apply(text.replace(', api@1', ''), '--prefix', 'search/');
    expect(last().events.filter((event) => event.includes('auth/'))).toEqual([]);
    await healthy();
  });

  test('that no id can begin with is refused', async () => {
    const path = file(text);
    const before = standing(directory);
    for (const prefix of ['../', 'A/', '/', '//', 'a b/', 'a@'])
      expect(await refused(directory, ['apply', path, '--prefix', prefix])).toMatchObject({
        exit: 5,
      });
    expect(standing(directory)).toEqual(before);
  });
});

let now = 0;
/** An agent of the team; the clock is the test's own. */
const connected = (agent: string): Connection => {
  const clock = (): number => Date.now() + now;
  const connection = connect({ agent, directory, recordCode: false, clock });
  onTestFinished(() => connection.close());
  return connection;
};

/** Claims what is ready, and publishes this for it. */
const works = async (agent: string, id: string, data: object): Promise<void> => {
  const { call } = connected(agent);
  expect(await call('contract_claim')).toMatchObject({ contract: { id } });
  await call('artifact_publish', { contractId: id, data: data as never });
};
/** Nobody of these is given anything. */
const nothingFor = async (...agents: readonly string[]): Promise<void> => {
  for (const agent of agents)
    expect(await connected(agent).call('contract_claim')).toMatchObject({ contract: null });
};
const template = (name: string, ...args: readonly string[]): Promise<string> =>
  ok(directory, ['apply', `templates/${name}.yaml`, ...args]);
const inbox = (agent: string): Promise<string> => ok(directory, ['inbox', '--all', '--as', agent]);
const did = (): string[] =>
  last().events.map((event) => event.replace(/^(pipeline-fired \S+) .*/, '$1'));

describe('the templates', () => {
  beforeEach(() => {
    now = 0;
  });

  const all = readdirSync(fileURLToPath(new URL('../../templates', import.meta.url)))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length));

  test.each(all)(
    '%s: can be applied as it is, once and twice, under two prefixes',
    async (name) => {
      await template(name);
      expect(await template(name)).toMatch(/^Nothing had to change/);
      await template(name, '--prefix', 'one/');
      await template(name, '--prefix', 'two/');
      expect(await template(name, '--prefix', 'one/')).toMatch(/^Nothing had to change/);
      await healthy();
    },
  );

  test('linear-chain: each contract is ready in the commit that completes the one before', async () => {
    await template('linear-chain', '--prefix', 'auth/', '--set', 'goal=Login with email');
    const ids = ['auth/setup-schema', 'auth/build-api', 'auth/write-tests'];
    expect(await statuses(...ids)).toEqual(['ready', 'pending', 'pending']);
    await works('db-dev', 'auth/setup-schema', users);
    expect(did().slice(-2)).toEqual([
      'contract-completed auth/setup-schema',
      'contract-ready auth/build-api',
    ]);
    await works('api-dev', 'auth/build-api', login);
    expect(last().derivedFrom).toEqual(['auth/schema@1 (input)']);
    expect(did().slice(-2)).toEqual([
      'contract-completed auth/build-api',
      'contract-ready auth/write-tests',
    ]);
    await works('qa-dev', 'auth/write-tests', passed);
    expect(await statuses(...ids)).toEqual(['completed', 'completed', 'completed']);
    expect((await show('auth/build-api'))['inputs']).toMatchObject({
      context: expect.stringContaining('Login with email') as string,
    });
    await healthy();
  });

  test('ci-loop: failing tests open the API again, until they pass', async () => {
    await template('ci-loop', '--set', 'api=builder', '--set', 'tests=tester');
    const [build, check] = ['build-api', 'write-tests'];
    await works('builder', build, login);
    expect(await inbox('tester')).toContain('\n| The API is now api@1: test it again.\n');
    await works('tester', check, { passed: 1, failed: 2 });
    expect(did().slice(2)).toEqual([
      'contract-completed write-tests',
      'pipeline-fired ci-loop#2',
      'contract-reopened build-api',
      'contract-reset write-tests',
      'contract-ready build-api',
    ]);
    expect(await show(build)).toMatchObject({ attempt: 2, status: 'ready' });
    await works('builder', build, { endpoints: [{ method: 'GET', path: '/' }] });
    await works('tester', check, passed);
    expect(await statuses(build, check)).toEqual(['completed', 'completed']);
    await nothingFor('builder', 'tester');
    await healthy();
  });

  test('ci-loop: where nothing changes, or the attempts are used up, it stops and says so', async () => {
    await template('ci-loop', '--prefix', 'a/');
    await template('ci-loop', '--prefix', 'b/');
    for (const [prefix, rounds, why] of [
      ['a/', 2, 'no progress'],
      ['b/', 3, 'all 3 attempts are used up'],
    ] as const) {
      for (let round = 1; round <= rounds; round += 1) {
        const changes = prefix === 'b/' ? round : 1;
        const { call } = connected('api-dev');
        await call('contract_claim', { contractId: `${prefix}build-api` });
        const data = { endpoints: [{ method: 'POST', path: `/${changes}` }] };
        await call('artifact_publish', { contractId: `${prefix}build-api`, data });
        await works('qa-dev', `${prefix}write-tests`, { passed: 0, failed: changes });
      }
      expect(await statuses(`${prefix}build-api`, `${prefix}write-tests`)).toEqual([
        'failed',
        'pending',
      ]);
      expect(await inbox('ann-lee')).toMatch(
        new RegExp(`${prefix}build-api has failed for good\n\\| Tests failing: .*${why}`),
      );
    }
    await healthy();
  });

  test('peer-bug: findings become a contract of the other, and the reviewer is told when it is done', async () => {
    await template('peer-bug', '--set', 'fixer=api-dev');
    const review = (verdict: string, agent: string) =>
      connected(agent).call('artifact_publish', {
        artifactId: 'login-review',
        artifactType: 'review',
        data: { verdict },
      });
    await review('comment', 'qa-dev');
    expect(did().slice(1)).toEqual(['artifact-published login-review@1']);
    await review('request-changes', 'qa-dev');
    expect(did()).toContain('contract-created fix/login-review');
    expect(await show('fix/login-review')).toMatchObject({
      title: 'Fix what qa-dev found in login-review@2',
      assignee: 'api-dev',
      status: 'ready',
    });
    expect(await inbox('api-dev')).toContain('fix/login-review is ready for api-dev');
    const change = { summary: 'Fixed', files: ['login.ts'] };
    await works('api-dev', 'fix/login-review', change);
    expect(last().derivedFrom).toEqual(['login-review@2 (input)']);
    expect(await inbox('qa-dev')).toContain(
      '\n| api-dev has completed fix/login-review. Please look at login-review@2 again.\n',
    );
    // It is not good yet, for another reviewer; then it is.
    await review('request-changes', 'eve');
    await works('api-dev', 'fix/login-review-2', change);
    expect(await inbox('eve')).toContain('completed fix/login-review-2.');
    await review('approve', 'eve');
    expect(did()).toEqual(['artifact-published login-review@4']);
    // A change that nobody asked for this way tells nobody anything.
    await connected('api-dev').call('artifact_publish', {
      artifactId: 'other',
      artifactType: 'code-change',
      data: change,
    });
    expect(did()).toEqual(['artifact-published other@1']);
    await ok(directory, ['contract', 'create', 'plain']);
    await connected('ann-lee').call('contract_update', { contractId: 'plain', action: 'complete' });
    expect(did()).toEqual(['contract-claimed plain', 'contract-completed plain']);
    expect(
      timeline(directory)
        .flatMap(({ events }) => events)
        .filter((event) => event.startsWith('pipeline-erred')),
    ).toEqual([]);
    await healthy();
  });

  test('another-approach: when the first has failed for good, the second says why', async () => {
    await template(
      'another-approach',
      '--prefix',
      'auth/',
      '--set',
      'first=REST',
      '--set',
      'second=GraphQL',
    );
    for (const attempt of [1, 2]) {
      now += 600_000;
      const { call } = connected('api-dev');
      await call('contract_claim', { contractId: 'auth/first-approach' });
      await call('contract_update', {
        contractId: 'auth/first-approach',
        action: 'fail',
        reason: `Ten requests a page (${attempt})`,
      });
    }
    expect(did()).toEqual([
      'contract-failed auth/first-approach',
      'pipeline-fired auth/another-approach#1',
      'contract-created auth/second-approach',
      'contract-ready auth/second-approach',
    ]);
    expect(await show('auth/second-approach')).toMatchObject({
      title: 'GraphQL',
      inputs: { context: 'GraphQL. The first approach failed: Ten requests a page (2)' },
    });
    await works('api-dev', 'auth/second-approach', login);
    expect(await statuses('auth/first-approach', 'auth/second-approach')).toEqual([
      'failed',
      'completed',
    ]);
    expect(await json(directory, ['get', 'auth/api'])).toMatchObject({ version: 1, data: login });
    expect(await inbox('ann-lee')).toContain('auth/first-approach has failed for good');
    await nothingFor('api-dev');
    await healthy();
  });

  test('another-approach: what works at once needs no other', async () => {
    await template('another-approach');
    await works('api-dev', 'first-approach', login);
    expect(did()).not.toContain('contract-created second-approach');
    expect(await refused(directory, ['contract', 'show', 'second-approach'])).toMatchObject({
      exit: 3,
    });
  });

  describe('regenerate', () => {
    const ids = ['auth/setup-schema', 'auth/build-api', 'auth/write-tests'];
    beforeEach(async () => {
      await template('linear-chain', '--prefix', 'auth/');
      await template('regenerate');
      await works('db-dev', 'auth/setup-schema', users);
      await works('api-dev', 'auth/build-api', login);
      await works('qa-dev', 'auth/write-tests', passed);
    });
    const schema = (...tables: readonly string[]) =>
      connected('db-dev').call('artifact_publish', {
        artifactId: 'auth/schema',
        artifactType: 'schema-change',
        data: { tables },
      });
    const stale = async (): Promise<unknown> => (await json(directory, ['status']))['staleTotal'];

    test('a changed schema flows through API and tests by itself, uses no attempt, and ends', async () => {
      expect(await stale()).toBe(0);
      await schema('users', 'tokens');
      expect(await stale()).toBeGreaterThan(0);
      expect(did()).toEqual([
        'artifact-published auth/schema@2',
        'pipeline-fired regenerate#1',
        'contract-reopened auth/build-api',
        'contract-reset auth/write-tests',
        'contract-ready auth/build-api',
      ]);
      expect(last().body).toContain(
        'Concord-Reason: auth/schema@2 is newer than what auth/api@1 was made from\n',
      );
      expect(await statuses(...ids)).toEqual(['completed', 'ready', 'pending']);
      await works('api-dev', 'auth/build-api', { endpoints: [{ method: 'POST', path: '/token' }] });
      expect(last().derivedFrom).toEqual(['auth/schema@2 (input)']);
      await works('qa-dev', 'auth/write-tests', { passed: 9, failed: 0 });
      expect(last().derivedFrom).toEqual(['auth/api@2 (input)']);
      expect(await statuses(...ids)).toEqual(['completed', 'completed', 'completed']);
      expect(await show('auth/build-api')).toMatchObject({ attempt: 1 });
      expect(await stale()).toBe(0);
      await nothingFor('db-dev', 'api-dev', 'qa-dev');
      // And again, as often as it changes: more often than there are attempts.
      for (let turn = 0; turn < 4; turn += 1) {
        await schema('users', 'tokens', `t${turn}`);
        await works('api-dev', 'auth/build-api', {
          endpoints: [{ method: 'POST', path: `/${turn}` }],
        });
        await works('qa-dev', 'auth/write-tests', { passed: turn, failed: 0 });
      }
      expect(await statuses(...ids)).toEqual(['completed', 'completed', 'completed']);
      await healthy();
    });

    test('what is published again byte by byte triggers nothing', async () => {
      const before = tipOf(directory);
      await schema('users');
      expect(git(directory, 'rev-parse', 'concord/main~1')).toBe(before);
      expect(did()).toEqual(['artifact-published auth/schema@2']);
      expect(await statuses(...ids)).toEqual(['completed', 'completed', 'completed']);
      // What comes of it the same leaves what was made from that alone.
      await schema('users', 'tokens');
      await works('api-dev', 'auth/build-api', login);
      await works('qa-dev', 'auth/write-tests', passed);
      expect(await statuses(...ids)).toEqual(['completed', 'completed', 'completed']);
      await nothingFor('db-dev', 'api-dev', 'qa-dev');
      await healthy();
    });
  });
});
