import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  concord,
  json,
  login,
  ok,
  refused,
  storeRepository,
  users,
  within,
} from '../helpers/cli.ts';
import type { Given } from '../helpers/cli.ts';
import { git } from '../helpers/repository.ts';
import { memoryOf } from '../../src/operations/session/notes.ts';

const as = (agent: string, session: string): Given => ({
  env: { CONCORD_AGENT: agent, CONCORD_SESSION: session },
});

const brief = async (directory: string, session: string, ...args: string[]): Promise<string> =>
  (await ok(directory, ['brief', ...args], as('api-dev', session))).replaceAll(
    /just now|\d+ (seconds?|minutes?) ago/g,
    'now',
  );

const commitFile = (directory: string, path: string, text: string): void => {
  mkdirSync(join(directory, path, '..'), { recursive: true });
  writeFileSync(join(directory, path), text);
  git(directory, 'add', path);
  git(directory, 'commit', '-q', '-m', `change ${path} to ${text}`);
};

const decide = (directory: string, ...args: string[]): Promise<string> =>
  ok(directory, ['decide', ...args], as('lead', 'lead'));

/** Two contracts, of which api-dev has one that waits for the other. */
const planned = async (): Promise<string> => {
  const directory = await storeRepository();
  await within(directory, 'ann-lee', ({ call }) =>
    call('contract_create', {
      contracts: [
        { contractId: 'schema', assignee: 'db-dev', expectedOutputs: ['schema-change'] },
        {
          contractId: 'build-api',
          assignee: 'api-dev',
          dependencies: ['schema'],
          expectedOutputs: ['api-contract'],
        },
      ],
    }),
  );
  return directory;
};

describe('a briefing', () => {
  test('tells the first session what there is, and the next what is new since', async () => {
    const directory = await planned();
    commitFile(directory, 'src/token.ts', '1');
    await decide(directory, 'Tokens are signed', '--because', 'No table', '--file', 'src/token.ts');
    const first = await brief(directory, 'one');
    expect(first).toContain(
      'Decisions\n  decision/tokens-are-signed@1  lead, now: "Tokens are signed"\n',
    );
    expect(first).toContain('\nLast\n');
    expect(first).not.toContain('New since');

    await within(directory, 'db-dev', ({ call }) =>
      call('artifact_publish', { contractId: 'schema', data: users }),
    );
    await decide(directory, 'Hashes by argon2', '--because', 'Slow on purpose');
    commitFile(directory, 'src/token.ts', '2');
    const second = await brief(directory, 'two');
    expect(second).toBe(`You are api-dev on main.
Ready for you
  build-api  from ann-lee
Inbox: 1 unread
  now  ann-lee: build-api is ready for api-dev
New since you were told last (now): 2 transactions by others
Decisions
  decision/hashes-by-argon2@1  lead, now: "Hashes by argon2"
Remembered, but it no longer holds
  decision/tokens-are-signed@1  src/token.ts has changed since: "Tokens are signed"
Code: 1 commit since, the newest "change src/token.ts to 2"
Team: 1 ready, 1 completed

Next: concord claim
`);
    expect(await brief(directory, 'two')).toContain(
      'Nothing new of others since you were told last',
    );
    // What another session was told since is not told this one twice; what it asks for, it is told.
    expect(await brief(directory, 'one', '--since', '2020-01-01')).toContain(
      'New since 2020-01-01: ',
    );
  });

  test('names what others made of its contracts, and what is newer than its work stands on', async () => {
    const directory = await planned();
    await within(directory, 'db-dev', ({ call }) =>
      call('artifact_publish', { contractId: 'schema', data: users }),
    );
    await within(directory, 'api-dev', ({ call }) =>
      call('artifact_publish', { contractId: 'build-api', data: login }),
    );
    await brief(directory, 'one');
    await within(directory, 'db-dev', ({ call }) =>
      call('artifact_publish', {
        artifactId: 'schema/schema-change',
        data: { tables: ['users', 'tokens'] },
      }),
    );
    await within(directory, 'ann-lee', ({ call }) =>
      call('contract_update', {
        contractId: 'build-api',
        action: 'amend',
        set: { title: 'Again' },
      }),
    );
    await within(directory, 'ann-lee', ({ call }) =>
      call('contract_update', {
        contractId: 'build-api',
        action: 'reopen',
        reason: 'Refresh tokens "too"',
      }),
    );
    const told = await brief(directory, 'two');
    expect(told).toContain(
      'Newer than what your work stands on\n  schema/schema-change@2  by db-dev  a moment  build-api/api-contract@1 was made from schema/schema-change@1\n',
    );
    // It is ready for it, which says more than that others moved it.
    expect(told).not.toContain('build-api  ready  by');
    const lead = await ok(directory, ['brief'], as('ann-lee', 'x'));
    expect(lead).not.toContain('New since');
  });

  test('remembers where the last session ended', async () => {
    const directory = await planned();
    const dirty = ['src/a.ts', 'src/b.ts', 'c', 'd'];
    const stood = {
      time: new Date().toISOString(),
      branch: 'work/build-api',
      commit: 'c0ffee'.padEnd(40, '0'),
      dirty,
      contract: 'build-api',
      session: 'one',
    };
    memoryOf(join(directory, '.git/concord'), 'api-dev').write('stood', stood);
    expect(await brief(directory, 'two')).toContain(
      'Your last session ended now on work/build-api at c0ffee0, 4 files not committed (src/a.ts, src/b.ts, c, ...), build-api in hand.\n',
    );
    memoryOf(join(directory, '.git/concord'), 'api-dev').write('stood', {
      time: 'yesterday',
      dirty: 3,
    });
    expect(await brief(directory, 'three')).not.toContain('Your last session');
  });

  test('a mark that the history does not know, or none, is no error', async () => {
    const directory = await planned();
    await brief(directory, 'one');
    const memory = memoryOf(join(directory, '.git/concord'), 'api-dev');
    memory.write('briefed-main', {
      commit: 'dead'.repeat(10),
      time: '2020-01-01T00:00:00Z',
      code: 'beef'.repeat(10),
    });
    expect(await brief(directory, 'two')).toContain('New since you were told last');
    rmSync(join(directory, '.git/concord'), { recursive: true });
    expect(await brief(directory, 'three')).toContain('\nLast\n');
  });

  test('of a replay and of a separate store without code', async () => {
    const directory = await planned();
    await ok(directory, ['snapshot', 'create', 'begun']);
    await ok(directory, [
      'replay',
      'start',
      'begun',
      '--name',
      'other',
      '--set',
      'schema.title=Other',
    ]);
    const line = ['--line', 'replay/other'];
    expect(await brief(directory, 'one', ...line)).toContain('You are api-dev on replay/other.');
    await within(directory, 'db-dev', ({ call }) =>
      call('artifact_publish', { contractId: 'schema', data: users }),
    );
    expect(await brief(directory, 'two', ...line)).toContain('Nothing new of others');
    git(directory, 'init', '-q', '--bare', join(directory, 'team.git'));
    await ok(directory, ['init', '--store', 'team.git']);
    const outside = await json<{ code: unknown }>(join(directory, 'team.git'), [
      'brief',
      '--as',
      'x',
    ]);
    expect(outside.code).toBeNull();
  });

  test('has at most 1,500 tokens, whatever was written', async () => {
    const directory = await storeRepository();
    const title = '漢字'.repeat(100);
    const ids = Array.from(
      { length: 60 },
      (_, at) => `${'long-'.repeat(11)}${at}/${'more-'.repeat(11)}${at}`,
    );
    await within(directory, 'ann-lee', async ({ call }) => {
      await call('agent_register', { name: 'api-dev' });
      await call('contract_create', {
        contracts: ids.map((contractId) => ({
          contractId,
          title,
          assignee: 'api-dev',
          expectedOutputs: ['document'],
        })),
      });
      for (const at of [1, 2, 3, 4, 5, 6]) {
        const data = { decision: `${title} ${at}`, rationale: title };
        await call('artifact_publish', {
          artifactId: `decision/${'x'.repeat(60)}${at}`,
          artifactType: 'decision',
          data,
        });
        await call('message_send', { to: 'api-dev', text: `${title} ${at}` });
      }
    });
    const told = await brief(directory, 'one');
    expect(Buffer.byteLength(told)).toBeLessThanOrEqual(6_000);
    expect(told).toContain('Ready for you');
    expect(told).toMatch(/Next: concord claim\n$/);
  });
});

describe('decisions', () => {
  test('are recorded with their code and listed with what became of them', async () => {
    const directory = await storeRepository();
    commitFile(directory, 'a.ts', '1');
    await decide(
      directory,
      'Use REST',
      '--because',
      'Known',
      '--alternative',
      'GraphQL',
      '--file',
      'a.ts',
    );
    await decide(directory, 'Use REST', '--because', 'Again');
    await decide(directory, 'Use GraphQL', '--because', 'New', '--supersedes', 'decision/use-rest');
    commitFile(directory, 'a.ts', '2');
    const { decisions } = await json<{ decisions: { ref: string }[] }>(directory, ['decisions']);
    expect(decisions).toMatchObject([
      { ref: 'decision/use-graphql@1', by: 'lead', supersededBy: null, changed: [] },
      { ref: 'decision/use-rest-2@1', supersededBy: null },
      { ref: 'decision/use-rest@1', supersededBy: 'decision/use-graphql@1' },
    ]);
    const { data, code } = await json<{ data: unknown; code: { commit: string } }>(directory, [
      'get',
      'decision/use-rest',
    ]);
    expect(data).toEqual({
      decision: 'Use REST',
      rationale: 'Known',
      alternatives: ['GraphQL'],
      files: ['a.ts'],
    });
    expect(code.commit).toBe(git(directory, 'rev-parse', 'HEAD~1'));
    await decide(
      directory,
      'Use REST after all',
      '--because',
      'Simple',
      '--id',
      'decision/use-graphql',
      '--file',
      'a.ts',
    );
    const newest = async (): Promise<string | undefined> =>
      (await ok(directory, ['decisions'])).split('\n')[0];
    expect(await newest()).not.toContain('changed since');
    commitFile(directory, 'a.ts', '3');
    expect(await newest()).toMatch(/^decision\/use-graphql@2 .*a\.ts has changed since$/);
  });

  test('what is replaced has to be a decision; files outside are never looked at', async () => {
    const directory = await storeRepository();
    const { exit, message } = await refused(directory, [
      'decide',
      'x',
      '--because',
      'y',
      '--supersedes',
      'nope',
    ]);
    expect([exit, message]).toEqual([
      5,
      'supersedes must be the id of a decision; got "nope", which is not there.',
    ]);
    commitFile(directory, 'a.ts', '1');
    await decide(
      directory,
      'Odd',
      '--because',
      'files',
      '--file',
      '../../etc/passwd',
      '--file',
      'a\nHEAD:a.ts',
      '--file',
      '/etc',
      '--file',
      '',
    );
    commitFile(directory, 'a.ts', '2');
    expect(await concord(directory, ['decisions'])).toMatchObject({ code: 0, err: '' });
  });
});
