import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { concord, json, login, ok, passed, refused, standing, users } from '../helpers/cli.ts';
import { storeRepository, within } from '../helpers/cli.ts';
import type { Given } from '../helpers/cli.ts';
import { git } from '../helpers/repository.ts';
import { fsck, timeline } from '../helpers/store.ts';

/** An agent's shell session. */
const as = (agent: string, session = agent): Given => ({
  env: { CONCORD_AGENT: agent, CONCORD_SESSION: session },
});

type Shown = {
  readonly status: string;
  readonly attempt: number;
  readonly blockedBy: readonly string[];
  readonly outputs: readonly string[];
  readonly claim: { readonly agent: string; readonly session: string } | null;
  readonly history: readonly { readonly event: string; readonly reason?: string }[];
};
type Claimed = { readonly contract: { readonly id: string }; readonly token: string };

let directory: string;
beforeEach(async () => {
  directory = await storeRepository();
});

const show = (id: string): Promise<Shown> => json(directory, ['contract', 'show', id]);
const create = (id: string, ...args: string[]): Promise<string> =>
  ok(directory, ['contract', 'create', id, ...args]);
const plan = (text: string, name = 'plan.yaml'): string => {
  writeFileSync(join(directory, name), text);
  return name;
};
const claim = (given: Given, ...args: string[]): Promise<Claimed> =>
  json(directory, ['claim', ...args], given);
const data = (value: object): string[] => ['--data', JSON.stringify(value)];

describe('creating', () => {
  test('one by one: what is ready at once says so, what waits says for what', async () => {
    const first = await create(
      'setup-schema',
      '--assignee',
      'db-dev',
      '--expects',
      'schema-change',
      '--title',
      'Set up the schema',
      '--context',
      'Users with e-mail.',
    );
    expect(first).toMatch(/^Created setup-schema\.\n {2}setup-schema {2}db-dev {2}ready, told\n/);
    expect(first).toContain('\ndb-dev: no agent or role of this name yet');
    expect(first).toMatch(/\n\nNext: concord contract show setup-schema\n$/);
    const second = await create(
      'build-api',
      '--expects',
      'api-contract',
      '--depends-on',
      'setup-schema',
    );
    expect(second).toContain(
      '\n  build-api  anyone  waits for contract setup-schema (ready, db-dev)\n',
    );
    expect(timeline(directory).map(({ subject, body }) => [subject, body.split('\n')[0]])).toEqual([
      ['ann-lee creates the store', expect.anything()],
      ['ann-lee gives setup-schema to db-dev', 'Set up the schema'],
      ['ann-lee offers build-api to anyone', expect.anything()],
    ]);
  });

  test('a plan in YAML: one transaction, in any order, with all that can be said', async () => {
    const file = plan(`contracts:
  - contractId: auth/write-tests
    assignee: qa-dev
    dependencies: [auth/build-api]
    expectedOutputs:
      - {artifactType: test-results, artifactId: auth/results, accept: data.failed == 0}
      - {artifactType: document, required: false}
  - contractId: auth/build-api
    title: Build it
    description: |
      Two lines.
      Of text.
    assignee: api-dev
    priority: 5
    maxAttempts: 2
    leaseSeconds: 60
    budget: {usd: 1.5}
    inputs: {context: Reuse., params: {deep: [1]}, artifacts: [notes]}
    expectedOutputs: [api-contract]
    dependencies:
      - {artifactType: review, where: data.verdict == "approve"}
`);
    const before = timeline(directory).length;
    expect(await ok(directory, ['contract', 'create', '-f', file])).toMatch(
      /^Created 2 contracts\.\n/,
    );
    expect(timeline(directory).slice(before)).toMatchObject([
      {
        subject: 'ann-lee creates 2 contracts: auth/write-tests, auth/build-api',
        events: [
          'agent-registered ann-lee',
          'contract-created auth/write-tests',
          'contract-created auth/build-api',
        ],
      },
    ]);
    expect(await json(directory, ['contract', 'show', 'auth/build-api'])).toEqual({
      id: 'auth/build-api',
      title: 'Build it',
      description: 'Two lines.\nOf text.\n',
      assigner: 'ann-lee',
      assignee: 'api-dev',
      priority: 5,
      inputs: { context: 'Reuse.', params: { deep: [1] }, artifacts: ['notes'] },
      expectedOutputs: [{ artifactType: 'api-contract', required: true }],
      dependencies: [
        { type: 'artifact', artifactType: 'review', where: 'data.verdict == "approve"' },
      ],
      maxAttempts: 2,
      leaseSeconds: 60,
      budget: { usd: 1.5 },
      cost: { spent: {}, limit: { usd: 1.5 }, state: 'ok', share: 0, attempts: [] },
      status: 'pending',
      attempt: 1,
      blockedBy: [expect.stringContaining('review'), expect.stringContaining('notes')],
      claim: null,
      outputs: [],
      refused: [],
      history: [
        {
          event: 'contract-created',
          by: 'ann-lee',
          time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
          commit: git(directory, 'rev-parse', 'concord/main'),
        },
      ],
      earlier: 0,
      path: expect.stringMatching(/^contracts\/\w\w\/auth\/build-api\.yaml$/) as string,
    });
    expect(git(directory, 'status', '--porcelain')).toBe(`?? ${file}`);
  });

  const rest = 'expectedOutputs: [document]';
  test.each<[string, string, number, string, RegExp]>([
    [
      'an unknown contract',
      `[{contractId: a, dependencies: [b]}]`,
      3,
      'NOT_FOUND',
      /a depends on "b"/,
    ],
    [
      'a name nearly right',
      `[{contractId: build-api}, {contractId: a, dependencies: [buld-api]}]`,
      3,
      'NOT_FOUND',
      /Did you mean build-api\?/,
    ],
    [
      'a cycle',
      `[{contractId: a, dependencies: [b]}, {contractId: b, dependencies: [c]}, {contractId: c, dependencies: [a]}]`,
      5,
      'INVALID',
      /a -> b -> c -> a|b -> c -> a -> b|c -> a -> b -> c/,
    ],
    [
      'a cycle through an artifact',
      `[{contractId: a, dependencies: [{artifactId: x}], ${rest}}, {contractId: b, dependencies: [a], expectedOutputs: [{artifactType: document, artifactId: x}]}]`,
      5,
      'INVALID',
      /a -> b -> a|b -> a -> b/,
    ],
    [
      'a dependency on itself',
      `[{contractId: a, dependencies: [a]}]`,
      5,
      'INVALID',
      /on other contracts; got itself/,
    ],
    [
      'a type nobody knows',
      `[{contractId: a, expectedOutputs: [api-contrct]}]`,
      5,
      'INVALID',
      /Did you mean api-contract\?/,
    ],
    [
      'an id twice',
      `[{contractId: a}, {contractId: b}, {contractId: a}]`,
      5,
      'INVALID',
      /a stands twice/,
    ],
    ['an id that exists', `[{contractId: old}]`, 4, 'CONFLICT', /There is a contract old already/],
    [
      'an argument nobody knows',
      `[{contractId: b}, {contractId: a, asignee: x}]`,
      5,
      'INVALID',
      /contracts\[1\] \(a\).*did you mean assignee/,
    ],
    ['an id that is none', `[{contractId: ../a}]`, 5, 'INVALID', /contractId must be/],
    ['no id', `[{title: x}]`, 5, 'INVALID', /contractId must be given/],
    [
      'an assignee that is no name',
      `[{contractId: a, assignee: Ann Lee}]`,
      5,
      'INVALID',
      /assignee/,
    ],
    [
      'a field nobody knows in an output',
      `[{contractId: a, expectedOutputs: [{artifactType: document, artifactIdd: x}]}]`,
      5,
      'INVALID',
      /"path":"contracts\[0\] \(a\)\.expectedOutputs\[0\]\.artifactIdd","expected":"a known name"/,
    ],
    [
      'a condition that is none',
      `[{contractId: a, expectedOutputs: [{artifactType: document, accept: "data.x =="}]}]`,
      5,
      'INVALID',
      /accept/,
    ],
    [
      'a version that is not there',
      `[{contractId: a, inputs: {artifacts: [notes@9]}}]`,
      3,
      'NOT_FOUND',
      /notes@9/,
    ],
    ['nothing', `[]`, 5, 'INVALID', /1 to 500 contracts/],
    ['no list', `{a: b}`, 5, 'INVALID', /list of contracts/],
  ])('a plan with %s is refused as a whole', async (_, contracts, exit, code, why) => {
    await create('old', '--expects', 'document');
    const file = plan(`contracts: ${contracts}\n`);
    const before = standing(directory);
    const { message, hint, violations, ...error } = await refused(directory, [
      'contract',
      'create',
      '-f',
      file,
    ]);
    expect(error).toMatchObject({ exit, code });
    expect(JSON.stringify([message, hint, violations]).replaceAll('\\"', '"')).toMatch(why);
    expect(standing(directory)).toEqual(before);
  });

  test.each([
    ['contracts: [', /cannot be read as YAML: .*line 1/],
    ['contracts: [{contractId: a}]\nagents: []\n', /agents/],
    ['- a\n', /plan|object/],
  ])('a file that is no plan is refused: %j', async (text, why) => {
    const file = plan(text);
    const before = standing(directory);
    const error = await refused(directory, ['contract', 'create', '-f', file]);
    expect(error).toMatchObject({ exit: 5, code: 'INVALID' });
    expect(error.message).toMatch(why);
    expect(standing(directory)).toEqual(before);
  });

  test('the same key again gives the same answer and writes nothing', async () => {
    const args = ['contract', 'create', 'a', '--idempotency-key', 'k'];
    const first = await json(directory, args);
    const before = standing(directory);
    expect(await json(directory, args)).toEqual(first);
    expect(standing(directory)).toEqual(before);
    const other = ['contract', 'create', 'b', '--idempotency-key', 'k'];
    expect(await refused(directory, other)).toMatchObject({ exit: 5, code: 'INVALID' });
  });

  test('what meets a dependency already is named', async () => {
    await ok(directory, [
      'publish',
      'notes',
      '--type',
      'document',
      ...data({ title: 'T', body: 'B' }),
    ]);
    const dependency = '{"artifactId":"notes","where":"data.title == \\"T\\""}';
    const said = await create('a', '--depends-on', dependency, '--expects', 'document');
    expect(said).toContain('\n  a  anyone  ready, told\nMet already: notes@1, for a\n');
  });
});

describe('looking', () => {
  beforeEach(async () => {
    await within(directory, 'ann-lee', ({ call }) =>
      call('contract_create', {
        contracts: [
          { contractId: 'a', assignee: 'api-dev', expectedOutputs: ['api-contract'] },
          { contractId: 'b', assignee: 'qa-dev', dependencies: ['a'] },
          { contractId: 'c', title: 'Anybody' },
        ],
      }),
    );
  });

  test('a list: open ones first, filtered, with the number of what is left', async () => {
    await claim(as('api-dev'), 'a');
    await ok(directory, ['contract', 'cancel', 'c']);
    expect(await ok(directory, ['contract', 'list'])).toMatch(
      /^ {2}a +in progress +api-dev\n {2}b +waiting +qa-dev +waits for contract a \(in progress, api-dev\)\n {2}c +cancelled +anyone +"Anybody"\n\nNext: /,
    );
    expect(await json(directory, ['contract', 'list'])).toEqual({
      contracts: [
        {
          id: 'a',
          status: 'in_progress',
          assigner: 'ann-lee',
          assignee: 'api-dev',
          holder: 'api-dev',
          attempt: 1,
          maxAttempts: 3,
          blockedBy: [],
        },
        expect.objectContaining({ id: 'b', status: 'pending', assignee: 'qa-dev', attempt: 1 }),
        expect.objectContaining({ id: 'c', status: 'cancelled', blockedBy: [] }),
      ],
      total: 3,
    });
    const ids = async (...args: string[]): Promise<string[]> => {
      const { contracts } = await json<{ contracts: { id: string }[] }>(directory, [
        'contract',
        'list',
        ...args,
      ]);
      return contracts.map(({ id }) => id);
    };
    expect(await ids('--status', 'pending')).toEqual(['b']);
    expect(await ids('--assignee', 'api-dev')).toEqual(['a']);
    expect(await ids('--assignee', 'nobody')).toEqual([]);
    expect(await ids('--limit', '2')).toEqual(['a', 'b']);
    expect(await ok(directory, ['contract', 'list', '--limit', '1'])).toContain('2 more of 3');
    expect(await concord(directory, ['contract', 'list', '--status', 'done'])).toMatchObject({
      code: 129,
    });
  });

  test('one that is not there is not found, and the nearest is named', async () => {
    const error = await refused(directory, ['contract', 'show', 'd']);
    expect(error).toMatchObject({ exit: 3, code: 'NOT_FOUND', next: 'concord contract list' });
  });

  test('status --json', async () => {
    expect(await json(directory, ['status'])).toMatchObject({
      line: 'main',
      contracts: { ready: 2, pending: 1 },
      artifacts: 0,
      needsYou: [],
      inProgress: [],
      ready: [{ id: 'a', assignee: 'api-dev' }, { id: 'c' }],
      waiting: [{ id: 'b', blockedBy: ['contract a (ready, api-dev)'] }],
      recent: [{ agent: 'ann-lee', subject: 'ann-lee creates 3 contracts: a, b, c' }, {}],
    });
  });
});

describe('claiming', () => {
  test('nothing ready: exit 6, in words and as JSON', async () => {
    await create('later', '--assignee', 'api-dev', '--depends-on', 'first').catch(() => undefined);
    await create('first', '--assignee', 'db-dev');
    await create('later', '--assignee', 'api-dev', '--depends-on', 'first');
    const done = await concord(directory, ['claim'], as('api-dev'));
    expect(done).toMatchObject({ code: 6, err: '' });
    expect(done.out).toBe(
      'Nothing is ready for api-dev.\nYours, but waiting: later\n\nNext: concord wait --timeout 60\n',
    );
    const { code, out } = await concord(directory, ['claim', '--json'], as('api-dev'));
    expect(code).toBe(6);
    expect(JSON.parse(out)).toEqual({
      ok: true,
      data: {
        agent: 'api-dev',
        contract: null,
        token: null,
        inputs: [],
        publish: [],
        still: false,
        later: ['later'],
        elsewhere: [],
      },
    });
    expect(await refused(directory, ['claim', 'later'], as('api-dev'))).toMatchObject({
      exit: 6,
      code: 'NOT_READY',
      hint: 'Waits for: contract first (ready, db-dev).',
    });
    const waited = await concord(directory, ['claim', '--wait', '1'], as('api-dev'));
    expect(waited.code).toBe(6);
  });

  test('the token is in claim --json, and nowhere else', async () => {
    await create('a', '--expects', 'document', '--expects', 'api-contract');
    const given = as('api-dev');
    const text = await ok(directory, ['claim'], given);
    await ok(directory, ['release', 'a'], given);
    const { contract, token, ...rest } = await claim(given);
    expect(contract).toMatchObject({ id: 'a', status: 'in_progress' });
    expect(rest).toMatchObject({ inputs: [], still: false });
    expect(token).toMatch(/^[0-9A-Z]{26}$/);
    const path = git(directory, 'ls-tree', '-r', '--name-only', 'concord/main', 'contracts');
    expect(git(directory, 'show', `concord/main:${path}`)).toContain(`\n  token: ${token}\n`);
    const said = [text];
    for (const args of [
      ['contract', 'show', 'a'],
      ['contract', 'list'],
      ['status'],
      ['brief'],
      ['inbox', '--all'],
      ['show', 'a'],
      ['publish', '--type', 'document', ...data({ title: 'T', body: 'B' })],
      ['contract', 'renew', 'a'],
    ])
      for (const form of [[], ['--json']])
        said.push((await concord(directory, [...args, ...form], given)).out);
    said.push((await concord(directory, ['release', 'a'], as('api-dev', 'other'))).err);
    expect(said.filter((one) => one === '')).toEqual([]);
    expect(said.filter((one) => one.includes(token))).toEqual([]);
  });

  test('the session remembers its claims between processes; another session does not', async () => {
    await create('a', '--expects', 'document');
    await claim(as('api-dev', 'one'));
    const other = await refused(directory, ['release', 'a'], as('api-dev', 'two'));
    expect(other).toMatchObject({
      exit: 4,
      code: 'CLAIM_HELD',
      message: expect.stringMatching(
        /^Another session of your name, api-dev#\w{4}, holds a until /,
      ),
      next: 'concord claim a --takeover',
    });
    expect(await refused(directory, ['release', 'a'], as('qa-dev', 'one'))).toMatchObject({
      exit: 4,
      code: 'CLAIM_HELD',
      message: expect.stringMatching(/^api-dev#\w{4} holds a until /),
    });
    await ok(directory, ['release', 'a', '--reason', 'Half done'], as('api-dev', 'one'));
    expect(await show('a')).toMatchObject({ status: 'ready', claim: null, attempt: 1 });
  });

  test('--token proves a claim where the session has none; a wrong one does not', async () => {
    await create('a', '--expects', 'document');
    const { token } = await claim(as('api-dev', 'one'));
    const wrong = '0'.repeat(26);
    const publish = ['publish', '--contract', 'a', ...data({ title: 'T', body: 'B' })];
    expect(
      await refused(directory, [...publish, '--token', wrong], as('api-dev', 'two')),
    ).toMatchObject({ exit: 4 });
    await ok(directory, ['contract', 'renew', 'a', '--token', token], as('api-dev', 'two'));
    const said = await ok(directory, [...publish, '--token', token], as('api-dev', 'two'));
    expect(said).toMatch(/^Published a\/document@1; a is completed\.\n/);
  });

  test('a plain claim takes one more; by name it gives back what is held', async () => {
    await create('a', '--priority', '1');
    await create('b');
    const given = as('api-dev');
    expect((await claim(given)).contract.id).toBe('a');
    expect((await claim(given)).contract.id).toBe('b');
    expect(await claim(given, 'a')).toMatchObject({ still: true });
    expect((await concord(directory, ['claim'], given)).code).toBe(6);
    expect(timeline(directory).filter(({ subject }) => /claims/.test(subject))).toHaveLength(2);
  });

  test('--takeover voids the old token: exit 4 for the old session, which is told who holds it', async () => {
    await create('a', '--expects', 'document');
    const first = await claim(as('api-dev', 'one'));
    const second = await claim(as('api-dev', 'two'), 'a', '--takeover');
    expect(second.token).not.toBe(first.token);
    const publish = ['publish', ...data({ title: 'T', body: 'B' })];
    const before = standing(directory)['refs'];
    const lost = await refused(directory, publish, as('api-dev', 'one'));
    const mark = (await show('a')).claim?.session.slice(0, 4);
    expect(lost).toMatchObject({ exit: 4, code: 'CLAIM_LOST' });
    expect(lost.hint).toContain(`api-dev#${mark} took it at `);
    expect(standing(directory)['refs']).toBe(before);
    await ok(directory, publish, as('api-dev', 'two'));
    expect((await show('a')).status).toBe('completed');
  });

  test('a lease that has run out: the next one gets it as the next attempt, the old holder is refused', async () => {
    await create('a', '--expects', 'document', '--lease-seconds', '1', '--max-attempts', '2');
    await claim(as('api-dev'));
    // Waiting ends when the lease ends.
    const next = await claim(as('qa-dev'), '--wait', '30');
    expect(next.contract).toMatchObject({ id: 'a', attempt: 2 });
    const publish = ['publish', '--contract', 'a', ...data({ title: 'T', body: 'B' })];
    const lost = await refused(directory, publish, as('api-dev'));
    expect(lost).toMatchObject({ exit: 4, code: 'CLAIM_LOST' });
    expect(lost.hint).toMatch(/^qa-dev#\w{4} took it at /);
    // Who comes after the last attempt finds it failed, and is given nothing.
    await sleep(2_000);
    expect((await concord(directory, ['claim'], as('db-dev'))).code).toBe(6);
    expect((await show('a')).status).toBe('failed');
    expect(await ok(directory, ['status'])).toMatch(
      /\nNeeds you\n {2}a +anyone +failed after attempt 2 of 2\n/,
    );
  });

  test("a person's claim does not run out", async () => {
    await create('a', '--expects', 'document');
    const said = await ok(directory, ['claim'], { env: { CONCORD_SESSION: 'shell' } });
    expect(said).toMatch(/^You hold a\.\n/);
    expect((await show('a')).claim).toMatchObject({ agent: 'ann-lee', expires: null });
  });

  test('an agent with a role gets what was given to the role, others do not', async () => {
    await create('a', '--assignee', 'qa', '--expects', 'document');
    expect(await refused(directory, ['claim', 'a'], as('qa-2'))).toMatchObject({
      exit: 1,
      code: 'NOT_ALLOWED',
      message: 'a is for qa, not for qa-2; nothing was changed.',
    });
    expect(await ok(directory, ['agent', 'register', 'qa-2', '--role', 'qa'])).toMatch(
      /^Registered qa-2\.\nRole: qa\n/,
    );
    expect(await ok(directory, ['agent', 'list'])).toMatch(/\n {0,2}qa-2 +qa +since /);
    expect((await claim(as('qa-2'))).contract.id).toBe('a');
    expect((await concord(directory, ['claim'], as('qa-3'))).code).toBe(6);
  });
});

describe('the end of an attempt', () => {
  const given = as('api-dev');

  test('done: refused while something is missing, and says what', async () => {
    await create('a', '--expects', 'document');
    await create('b', '--depends-on', 'a', '--assignee', 'qa-dev');
    await claim(given, 'a');
    expect(await refused(directory, ['done', 'a'], given)).toMatchObject({
      exit: 6,
      code: 'NOT_READY',
      message: 'a is not complete: document is missing; nothing was changed.',
    });
    await ok(
      directory,
      ['publish', 'x', '--type', 'document', ...data({ title: 'T', body: 'B' })],
      given,
    );
    expect(await show('a')).toMatchObject({ status: 'completed', outputs: ['x@1'] });
    expect((await show('b')).status).toBe('ready');
    expect(await refused(directory, ['done', 'a'], given)).toMatchObject({
      exit: 1,
      code: 'NOT_ALLOWED',
    });
    // What expects nothing is completed by hand, in one step.
    const said = await ok(directory, ['done', 'b'], as('qa-dev'));
    expect(said).toMatch(/^b is completed\.\n/);
    expect(timeline(directory).at(-1)).toMatchObject({
      subject: 'qa-dev completes b',
      events: ['agent-registered qa-dev', 'contract-claimed b', 'contract-completed b'],
    });
  });

  test('done --outputs counts what was published before', async () => {
    await create('a', '--expects', 'document');
    await ok(
      directory,
      ['publish', 'x', '--type', 'document', ...data({ title: 'T', body: 'B' })],
      as('qa-dev'),
    );
    await ok(
      directory,
      ['publish', 'y', '--type', 'document', ...data({ title: 'T', body: 'B' })],
      given,
    );
    await claim(given, 'a');
    expect(await refused(directory, ['done', 'a', '--outputs', 'x'], given)).toMatchObject({
      exit: 5,
      message: expect.stringContaining('x@1, published by qa-dev'),
    });
    await ok(directory, ['done', 'a', '--outputs', 'y'], given);
    expect(await show('a')).toMatchObject({ status: 'completed', outputs: ['y@1'] });
  });

  test('an output that is not accepted does not count; a better one does', async () => {
    await create('a', '--expects', '{"artifactType":"test-results","accept":"data.failed == 0"}');
    await claim(given, 'a');
    const bad = await ok(directory, ['publish', ...data({ passed: 1, failed: 2 })], given);
    expect(bad).toMatch(
      /^Published a\/test-results@1\.\nIt does not count yet: not accepted: data\.failed == 0/,
    );
    expect(await show('a')).toMatchObject({ status: 'in_progress' });
    expect(await ok(directory, ['publish', ...data(passed)], given)).toContain('; a is completed.');
  });

  test('fail: the next attempt waits, the last one ends it, the assigner may grant more', async () => {
    await create('a', '--expects', 'document', '--max-attempts', '2');
    await claim(given, 'a');
    const said = await ok(directory, ['fail', 'a', 'The\nschema is gone'], given);
    expect(said).toMatch(/^a is ready, attempt 2 of 2\.\n.*waits until \d\d:\d\d UTC/);
    const waiting = await show('a');
    expect(waiting).toMatchObject({ status: 'ready', attempt: 2, claim: null });
    expect(waiting.blockedBy).toEqual([
      expect.stringMatching(/^waits until .* after a failed attempt$/),
    ]);
    expect(waiting.history.at(-1)).toMatchObject({
      event: 'contract-attempt-failed',
      reason: 'The schema is gone',
    });
    expect((await concord(directory, ['claim'], given)).code).toBe(6);
    expect(await refused(directory, ['claim', 'a'], given)).toMatchObject({
      exit: 6,
      code: 'NOT_READY',
    });
  });

  test('one attempt: failed for good, told to the assigner, reopened by it alone', async () => {
    await create('a', '--expects', 'document', '--max-attempts', '1');
    await claim(given, 'a');
    expect(await ok(directory, ['fail', 'a', 'no'], given)).toMatch(
      /^a is failed, attempt 1 of 1\./,
    );
    expect(await ok(directory, ['inbox'])).toContain('api-dev: a has failed for good\n| no\n');
    // Of others it is a note.
    await ok(directory, ['contract', 'reopen', 'a', 'please'], as('qa-dev'));
    expect((await show('a')).status).toBe('failed');
    expect(await ok(directory, ['contract', 'reopen', 'a', 'Once more'])).toMatch(
      /^a is ready\.\n/,
    );
    expect(await ok(directory, ['claim', 'a'], given)).toContain(
      '\nOpen again because (ann-lee):\n| Once more\n',
    );
  });

  test.each<[number, ...string[]]>([
    [129, 'fail', 'a'],
    [129, 'contract', 'reopen', 'a'],
    [129, 'done'],
    [129, 'claim', '--another'],
    [5, 'contract', 'edit', 'a'],
    [5, 'fail', 'a', ' '],
    [5, 'contract', 'reopen', 'a', ''],
  ])('what has to be said is asked for, exit %i: concord %s %s %s', async (exit, ...words) => {
    await create('a');
    await claim(as('ann-lee'));
    const before = standing(directory);
    const { code, out, err } = await concord(directory, words, as('ann-lee'));
    expect({ code, out }).toEqual({ code: exit, out: '' });
    expect(err).toMatch(exit === 5 ? /^Refused \(INVALID\): / : /^error: /);
    expect(standing(directory)).toEqual(before);
  });
});

describe('changing what was agreed', () => {
  test('edit: by the assigner or the lead; null takes a field away', async () => {
    await create('a', '--title', 'Old', '--assignee', 'api-dev', '--expects', 'document');
    const set = JSON.stringify({ title: null, priority: 3, assignee: 'qa-dev', dependencies: [] });
    await ok(directory, ['contract', 'edit', 'a', '--set', set]);
    const now = await json<Record<string, unknown>>(directory, ['contract', 'show', 'a']);
    expect(now).toMatchObject({ priority: 3, assignee: 'qa-dev', status: 'ready' });
    expect(now).toHaveProperty('title', null);
    const before = standing(directory);
    expect(
      await refused(directory, ['contract', 'edit', 'a', '--set', '{"priority":9}'], as('qa-dev')),
    ).toMatchObject({
      exit: 1,
      code: 'NOT_ALLOWED',
      message: expect.stringContaining('by its assigner, ann-lee, not by qa-dev'),
    });
    for (const [value, why] of [
      ['{"prio":1}', /\bprio\b/],
      ['{}', /set must be some of/],
      ['{"status":"completed"}', /status/],
      ['{"dependencies":["a"]}', /got itself/],
      ['{"expectedOutputs":["nothing-known"]}', /of known types/],
      ['{"priority":"high"}', /priority/],
      ['[1]', /set/],
    ] as const) {
      const error = await refused(directory, ['contract', 'edit', 'a', '--set', value]);
      expect({ value, ...error }).toMatchObject({ value, exit: 5, code: 'INVALID' });
      expect(JSON.stringify(error).replaceAll('\\"', '"')).toMatch(why);
    }
    expect(standing(directory)).toEqual(before);
  });

  test('edit: while somebody works on it, not what the work is', async () => {
    await create('a', '--expects', 'document');
    await claim(as('api-dev'), 'a');
    const edit = (value: string) => ['contract', 'edit', 'a', '--set', value];
    await ok(directory, edit('{"priority":2}'));
    expect(await refused(directory, edit('{"expectedOutputs":[]}'))).toMatchObject({
      exit: 1,
      code: 'NOT_ALLOWED',
    });
  });

  test('cancel: refused while others wait for it, then with what becomes of them', async () => {
    const text = (id: string) =>
      `contracts: [{contractId: ${id}1}, {contractId: ${id}2, dependencies: [${id}1]}, {contractId: ${id}3, dependencies: [${id}2]}]\n`;
    for (const id of ['a', 'b'])
      await ok(directory, ['contract', 'create', '-f', plan(text(id), `${id}.yaml`)]);
    const before = standing(directory);
    const error = await refused(directory, ['contract', 'cancel', 'a1']);
    expect(error).toMatchObject({
      exit: 1,
      code: 'NOT_ALLOWED',
      message: 'a1 is waited for by a2; nothing was changed.',
      hint: expect.stringMatching(/^dependents says what becomes of them/),
      next: 'concord contract show a1',
    });
    expect(standing(directory)).toEqual(before);
    await ok(directory, ['contract', 'cancel', 'a1', '--dependents', 'release']);
    expect([(await show('a2')).status, (await show('a3')).status]).toEqual(['ready', 'pending']);
    await ok(directory, ['contract', 'cancel', 'b1', '--dependents', 'cancel', '--reason', 'Over']);
    expect([(await show('b2')).status, (await show('b3')).status]).toEqual([
      'cancelled',
      'cancelled',
    ]);
    expect(await refused(directory, ['claim', 'b1'], as('api-dev'))).toMatchObject({
      exit: 1,
      code: 'NOT_ALLOWED',
      hint: 'Allowed now: create (anyone).',
    });
    // The id of a cancelled contract may be used again.
    await create('b1', '--title', 'Anew');
    expect((await show('b1')).status).toBe('ready');
    expect(fsck(directory)).toBe('');
  });

  test('reopen: what was built on it waits again, and a claim on that is void', async () => {
    const text = `contracts:
  - {contractId: a, expectedOutputs: [schema-change]}
  - {contractId: b, dependencies: [a], expectedOutputs: [api-contract]}
  - {contractId: c, dependencies: [b], expectedOutputs: [test-results]}
`;
    await ok(directory, ['contract', 'create', '-f', plan(text)]);
    await claim(as('db-dev'), 'a');
    await ok(directory, ['publish', ...data(users)], as('db-dev'));
    await claim(as('api-dev'), 'b');
    await ok(directory, ['publish', ...data(login)], as('api-dev'));
    await claim(as('qa-dev'), 'c');
    const said = await ok(
      directory,
      ['contract', 'reopen', 'a', 'A column is missing'],
      as('qa-dev'),
    );
    expect(said).toContain('\n  -> contract-reset b\n  -> contract-reset c\n');
    expect(await show('a')).toMatchObject({ status: 'ready', attempt: 2, outputs: [] });
    expect(await show('b')).toMatchObject({ status: 'pending', attempt: 1, claim: null });
    expect(await show('c')).toMatchObject({ status: 'pending', attempt: 1, claim: null });
    const lost = await refused(directory, ['publish', ...data(passed)], as('qa-dev'));
    expect(lost).toMatchObject({ exit: 4, code: 'CLAIM_LOST' });
    expect(lost.hint).toContain('b is open again');
    expect(await ok(directory, ['claim'], as('db-dev', 'later'))).toContain(
      '\nOpen again because (qa-dev):\n| A column is missing\n',
    );
    const again = await ok(
      directory,
      ['publish', ...data({ tables: ['users', 'x'] })],
      as('db-dev', 'later'),
    );
    expect(again).toContain('Published a/schema-change@2; a is completed.\n');
    expect((await show('b')).status).toBe('ready');
    expect((await show('c')).status).toBe('pending');
    expect(fsck(directory)).toBe('');
  });
});
