import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { concord, json, ok, refused, standing, storeRepository, within } from '../helpers/cli.ts';
import { session } from '../helpers/mcp.ts';
import { git, gitEnv, tempRepository } from '../helpers/repository.ts';
import { build, graphql, graphqlTests, override, restStore, statuses } from '../helpers/replays.ts';
import { fsck, timeline } from '../helpers/store.ts';

const line = 'replay/graphql';

/** A finished feature, and a replay of it that is finished, too. */
let directory = '';
beforeEach(async () => {
  directory = await restStore();
  await within(directory, 'ann-lee', ({ call }) =>
    call('team_replay', { snapshot: 'pre-work', name: 'graphql', overrides: override } as never),
  );
  await build(directory, line, graphql, graphqlTests);
});

/** Refused with this exit code and these words, and nothing was written. */
const refuses = async (exit: number, words: RegExp, ...args: readonly string[]): Promise<void> => {
  const before = standing(directory);
  const { message, hint = '', exit: code, next } = await refused(directory, args);
  expect(`${message}\n${hint}`).toMatch(words);
  expect({ code, args }).toEqual({ code: exit, args });
  expect(next ?? '').not.toMatch(/drop|undo|rollback(?!.*--dry-run)/);
  expect(standing(directory)).toEqual(before);
};

const document = JSON.stringify({ title: 'T', body: 'B' });
const publish = (id: string, ...args: readonly string[]): Promise<string> =>
  ok(directory, ['publish', id, '--type', 'document', '--data', document, ...args]);

describe('names', () => {
  const long = 'x'.repeat(65);
  test.each([
    'main',
    'replay/x',
    'inbox/x',
    'x..y',
    'Upper',
    'a b',
    long,
    '.x',
    'x.lock',
    '',
    '-x',
  ])('no snapshot is called %j', async (name) => {
    const before = standing(directory);
    const { code, out, err } = await concord(directory, ['snapshot', 'create', '--', name]);
    expect(code).toBe(5);
    expect(out + err).toMatch(/name must be/);
    expect(standing(directory)).toEqual(before);
  });
  test.each(['main/x', 'x..y', 'Upper', 'a b', long, 'x.lock'])('no replay is called %j', (name) =>
    refuses(5, /line must be/, 'replay', 'start', 'pre-work', '--name', name),
  );
  test.each(['nonsense', 'main/x', '../main', 'replay/', 'replay/a b', `replay/${long}`])(
    'no line is called %j',
    (name) => refuses(5, /line must be "main" or "replay\/<name>"/, 'status', '--line', name),
  );
  test('a line that there is not is refused with those there are', () =>
    refuses(
      3,
      /There is no line "replay\/nope".\nLines: main, replay\/graphql/,
      'status',
      '--line',
      'replay/nope',
    ));
  test('taken names stay taken', async () => {
    await refuses(
      4,
      /There is a tag refs\/tags\/concord\/pre-work already/,
      'snapshot',
      'create',
      'pre-work',
    );
    await refuses(
      4,
      /There is, or was, a line replay\/graphql/,
      'replay',
      'start',
      'pre-work',
      '--name',
      'graphql',
    );
    git(directory, 'tag', 'concord/by-hand', 'concord/main');
    await refuses(4, /There is a tag/, 'snapshot', 'create', 'by-hand');
    // Without a name, the next free one.
    await ok(directory, ['replay', 'start', 'pre-work']);
    expect(await ok(directory, ['replay', 'start', 'pre-work'])).toContain(
      'replay/pre-work-2 begins',
    );
  });
  test('of a dropped replay, too', async () => {
    await ok(directory, ['replay', 'drop', 'graphql']);
    await refuses(
      4,
      /There is, or was, a line/,
      'replay',
      'start',
      'pre-work',
      '--name',
      'graphql',
    );
  });
});

describe('what is unknown', () => {
  test('a snapshot is refused with the nearest, and with what there is', async () => {
    const words =
      /Did you mean pre-work\? Lines: main, replay\/graphql\. Snapshots .*: auth-rest-complete, pre-work\./;
    await refuses(3, words, 'rollback', 'pre-wrk', '--reason', 'r');
    await refuses(3, words, 'replay', 'start', 'pre-wrk');
    await refuses(3, words, 'compare', 'pre-wrk', 'main');
    await refuses(3, /There is no snapshot "pre-wrk"/, 'snapshot', 'show', 'pre-wrk');
    await refuses(3, /There is nothing called "nothing"/, 'show', 'nothing');
  });
  test('a contract, a field or a value of the overrides', async () => {
    const start = (overrides: object, words: RegExp, exit = 5): Promise<void> =>
      refuses(
        exit,
        words,
        'replay',
        'start',
        'auth-rest-complete',
        '--overrides',
        JSON.stringify(overrides),
      );
    await start(
      { 'build-ap': { priority: 1 } },
      /There is no contract "build-ap" at that point/,
      3,
    );
    await start({ 'build-api': { inputz: {} } }, /did you mean inputs\?/);
    await start({ 'build-api': { status: 'completed' } }, /one of title, description/);
    await start({ 'build-api': 'GraphQL' }, /an object of fields/);
    await start({ 'build-api': { maxAttempts: -1 } }, /maxAttempts/);
    await start({ 'build-api': { dependencies: ['write-tests'] } }, /write-tests/, 5);
    const set = (...settings: readonly string[]): Promise<void> =>
      refuses(
        5,
        /CONTRACT.FIELD=VALUE/,
        'replay',
        'start',
        'pre-work',
        ...settings.flatMap((one) => ['--set', one]),
      );
    await set('build-api');
    await set('=x');
    await set('build-api=x');
  });
  test('no store', async () => {
    const empty = tempRepository();
    for (const args of [
      ['snapshot', 'create', 'x'],
      ['snapshot', 'list'],
      ['rollback', 'x', '--reason', 'r'],
      ['undo'],
      ['replay', 'start', 'x'],
      ['replay', 'list'],
      ['replay', 'adopt', 'x'],
      ['replay', 'drop', 'x'],
      ['show', 'x'],
      ['log', '--graph'],
    ])
      expect({ args, ...(await refused(empty, args)) }).toMatchObject({
        args,
        exit: 3,
        code: 'NO_STORE',
        next: 'concord init',
      });
    expect(git(empty, 'for-each-ref', 'refs/concord', 'refs/tags')).toBe('');
  });
});

describe('rollback', () => {
  test('needs a reason, and a state of its own line', async () => {
    await refuses(5, /reason must be given/, 'rollback', 'pre-work');
    await refuses(5, /reason must be given/, 'rollback', 'pre-work', '--reason', ' ');
    await refuses(
      1,
      /is a state of replay\/graphql, not of main/,
      'rollback',
      line,
      '--reason',
      'r',
    );
    await refuses(
      1,
      /is a state of main, not of replay\/graphql/,
      'rollback',
      'auth-rest-complete',
      '--reason',
      'r',
      '--line',
      line,
    );
    await refuses(1, /The line is as it was/, 'rollback', 'auth-rest-complete', '--reason', 'r');
  });
  test('tried writes nothing, and says what it would do; then it does it', async () => {
    const before = standing(directory);
    const dry = await ok(directory, ['rollback', 'pre-work', '--dry-run']);
    expect(standing(directory)).toEqual(before);
    expect(dry).toContain('Would take main back to pre-work; nothing was written.');
    expect(dry).toContain('build-api     completed  ->  pending');
    const reason = 'wrong\nConcord-Event: store-created format 9\u001b[2J';
    const done = await ok(directory, ['rollback', 'pre-work', '--reason', reason]);
    expect(done).toContain('The way back is the snapshot before-rollback.');
    expect(await statuses(directory)).toEqual([
      'build-api pending',
      'setup-schema ready',
      'write-tests pending',
    ]);
    expect(timeline(directory).at(-1)?.events).not.toContain('store-created format 9');
    expect(git(directory, 'log', '-1', '--format=%B', 'concord/main')).not.toContain('\u001b');
    expect(await ok(directory, ['log', '--limit', '1'])).not.toContain('\u001b');
    await ok(directory, ['rollback', 'before-rollback', '--reason', 'it was right']);
    expect(await statuses(directory)).toEqual([
      'build-api completed',
      'setup-schema completed',
      'write-tests completed',
    ]);
    expect(fsck(directory)).toBe('');
  });
  test('on a replay, to what was before it began', async () => {
    await ok(directory, ['rollback', 'pre-work', '--reason', 'again', '--line', line]);
    expect(await statuses(directory, line)).toContain('setup-schema ready');
    expect(await statuses(directory)).toContain('setup-schema completed');
  });
});

describe('replays that end', () => {
  const adopt = (): Promise<string> =>
    ok(directory, ['replay', 'adopt', 'graphql', '--take', 'replay']);
  test('what both changed is refused with the list, unless one side is taken', async () => {
    await refuses(
      4,
      /contract build-api: main completed, replay completed\n.*artifact api-contract-user-auth: main api-contract-user-auth@2, replay api-contract-user-auth@3/s,
      'replay',
      'adopt',
      'graphql',
    );
    expect(await adopt()).toContain('The way back is the snapshot before-adopt.');
    expect(JSON.parse(await ok(directory, ['get', 'api-contract-user-auth']))).toEqual(graphql);
    expect(git(directory, 'rev-parse', 'concord/before-adopt^{commit}')).toBe(
      git(directory, 'rev-parse', 'concord/main~1'),
    );
    await refuses(3, /adopted by ann-lee on .*\n.*use main/, 'replay', 'adopt', 'graphql');
    await refuses(3, /adopted by ann-lee on .*\n.*use main/, 'replay', 'drop', 'graphql');
    await refuses(
      3,
      /was adopted by ann-lee on .*\n.*use main/,
      'publish',
      'x',
      '--type',
      'document',
      '--data',
      document,
      '--line',
      line,
    );
    await refuses(3, /was adopted/, 'status', '--line', line);
    const shown = await ok(directory, ['show', line]);
    expect(shown).toContain('replay/graphql  adopted, from pre-work (main, ');
    expect(shown).toContain('What was made on it is part of main now');
    expect(await ok(directory, ['compare', 'before-adopt', 'main'])).toContain('inputs.context');
    await ok(directory, ['rollback', 'before-adopt', '--reason', 'REST after all']);
    expect(JSON.parse(await ok(directory, ['get', 'api-contract-user-auth']))).not.toEqual(graphql);
    expect((await concord(directory, ['doctor', '--full'])).out).toContain('The store is healthy.');
  });
  test('a version of a dropped one says who dropped it, and its number stays used', async () => {
    const reason = 'too slow\u001b[31m\nConcord-Event: x';
    await ok(directory, ['replay', 'drop', 'graphql', '--reason', reason, '--as', 'lena']);
    const day = new Date().toISOString().slice(0, 7);
    const told = new RegExp(
      String.raw`^api-contract-user-auth@3 was made on replay/graphql, dropped by lena on ${day}-\d\d, because: too slow\\u\{001b\}\[31m Concord-Event: x\.`,
    );
    await refuses(3, told, 'get', 'api-contract-user-auth@3');
    await refuses(3, told, 'get', 'api-contract-user-auth', '--version', '3');
    await refuses(3, /There is nothing called/, 'show', 'api-contract-user-auth@3');
    await refuses(3, told, 'artifact', 'diff', 'api-contract-user-auth', '2..3');
    await refuses(3, told, 'lineage', 'api-contract-user-auth@3');
    await refuses(3, /dropped by lena/, 'replay', 'drop', 'graphql');
    await refuses(3, /dropped by lena/, 'status', '--line', line);
    const { tell, call } = await session(directory, { args: ['--as', 'api-dev'] });
    const { text, isError } = await call('artifact_get', {
      artifactId: 'api-contract-user-auth@3',
    });
    expect(isError).toBe(true);
    expect(text).toContain('made on replay/graphql, dropped by lena');
    const data = { endpoints: [] };
    expect(
      await tell('artifact_publish', { artifactId: 'api-contract-user-auth', data }),
    ).toContain('Published api-contract-user-auth@4');
    expect(await ok(directory, ['show', line])).toContain('| too slow');
  });
  test('one that another replay began from is refused while that is open', async () => {
    await ok(directory, ['replay', 'start', line, '--name', 'child']);
    await refuses(1, /replay\/child is a replay of replay\/graphql/, 'replay', 'drop', 'graphql');
  });
});

describe('show', () => {
  test('explains a snapshot, a replay and a pipeline, by every name they have', async () => {
    await ok(directory, [
      'snapshot',
      'create',
      'hostile',
      '--label',
      'a\nConcord-Op: x\u001b[31m `$(id)`',
    ]);
    for (const name of ['hostile', 'concord/hostile', 'refs/tags/concord/hostile']) {
      const out = await ok(directory, ['show', name]);
      expect(out).toContain(String.raw`| a Concord-Op: x\u{001b}[31m ` + '`$(id)`\n');
      expect(await json(directory, ['show', name])).toMatchObject({ kind: 'snapshot' });
    }
    for (const name of [line, 'graphql', `concord/${line}`, `refs/concord/${line}`])
      expect(await json(directory, ['show', name])).toMatchObject({
        kind: 'replay',
        replay: {
          line,
          status: 'open',
          from: 'pre-work',
          overrides: [{ path: 'build-api.inputs.context', value: 'Use GraphQL instead of REST' }],
          transactions: 7,
        },
      });
    const rules = JSON.stringify({
      trigger: { type: 'contract_failed' },
      action: { type: 'snapshot', name: 'failed' },
    });
    await ok(directory, ['pipeline', 'create', 'on-failure', '--rules', rules]);
    expect(await ok(directory, ['show', 'on-failure'])).toContain('take the snapshot failed');
    // What has the name of a contract is reached by that of its ref.
    await ok(directory, ['snapshot', 'create', 'build-api']);
    expect(await json(directory, ['show', 'build-api'])).toMatchObject({ kind: 'contract' });
    expect(await json(directory, ['show', 'concord/build-api'])).toMatchObject({
      kind: 'snapshot',
    });
  });
});

describe('undo', () => {
  test('takes back the last transaction, and once more brings it back', async () => {
    await publish('notes', '--as', 'ann-lee');
    const before = standing(directory);
    expect(await ok(directory, ['undo', '--dry-run'])).toMatch(
      /^Would take back: ann-lee publishes notes@1 {2}[0-9a-f]{12}, .*; nothing was written\.\n.*\n {2}notes {2}notes@1 {2}-> {2}none\n/,
    );
    expect(standing(directory)).toEqual(before);
    expect(await ok(directory, ['undo'])).toContain('Took back: ann-lee publishes notes@1');
    expect((await concord(directory, ['get', 'notes'])).code).toBe(3);
    expect(timeline(directory).at(-1)?.body).toContain(
      'Concord-Reason: undo of ann-lee publishes notes@1',
    );
    await ok(directory, ['undo']);
    expect(await ok(directory, ['get', 'notes'])).toContain('"title"');
    expect((await concord(directory, ['doctor', '--full'])).out).toContain('The store is healthy.');
  });
  test('leaves the claims of others, unlike a rollback', async () => {
    await ok(directory, ['contract', 'create', 'a', '--expects', 'document']);
    await ok(directory, ['claim', 'a', '--as', 'bob'], { env: { CONCORD_SESSION: 'bob' } });
    await ok(directory, ['contract', 'create', 'typo', '--expects', 'document']);
    expect(await ok(directory, ['undo'])).not.toContain('void');
    expect(await json(directory, ['contract', 'show', 'a'])).toMatchObject({
      status: 'in_progress',
      claim: { agent: 'bob' },
    });
    await refuses(3, /./, 'contract', 'show', 'typo');
    await ok(directory, ['publish', 'a/document', '--data', document, '--as', 'bob'], {
      env: { CONCORD_SESSION: 'bob' },
    });
  });
  test('is for whoever did it, and for the lead', async () => {
    await publish('notes', '--as', 'bob');
    await refuses(
      1,
      /The last transaction is not eve's: "bob publishes notes@1"; nothing was undone\.\nIt can be undone by bob and the lead, ann-lee\./,
      'undo',
      '--as',
      'eve',
    );
    await ok(directory, ['undo', '--as', 'ann-lee']);
  });
  test('of what has a way back of its own, or none, is refused', async () => {
    await refuses(1, /A snapshot changes nothing/, 'undo');
    await ok(directory, ['replay', 'start', 'pre-work', '--name', 'again']);
    await refuses(1, /is dropped: replay drop/, 'undo', '--line', 'replay/again');
    await ok(directory, ['send', '*', 'hello']);
    await refuses(1, /Messages, agents, types, budgets and what was spent stay/, 'undo');
    await ok(directory, ['replay', 'drop', 'again']);
    await refuses(1, /What was dropped is gone/, 'undo');
    await publish('notes');
    await ok(directory, ['replay', 'start', 'main', '--name', 'on-it']);
    await refuses(
      1,
      /replay\/on-it begins there; nothing was undone\.\nSomebody has built on it/,
      'undo',
    );
    await ok(directory, ['replay', 'adopt', 'graphql', '--take', 'replay']);
    await refuses(1, /Go back to the snapshot that it took/, 'undo');
    const fresh = await storeRepository();
    expect((await refused(fresh, ['undo'])).message).toContain('there is nothing to undo');
  });
});

describe('log --graph', () => {
  const drawn = (out: string): string[] =>
    out
      .split('\n')
      .filter((row) => /^[*│├╰╭ ┤╮╯─]+( |$)/.test(row) && !row.includes('->') && row.trim() !== '')
      .map((row) =>
        row
          .replace(/^([*│├╰╭┤╮╯─ ]*?) +(\S.*ago|just now) +/, '$1 ')
          .replace(/ {2}[0-9a-f]{12}$/, '')
          .replace(/ {2}".*/, ''),
      );
  test('shows the replays beside main, and where they begin', async () => {
    const rows = drawn(await ok(directory, ['log', '--graph']));
    const text = rows.join('\n');
    expect(text).toMatch(/^ {2}\* .*\(replay\/graphql\) publishes test-results-user-auth@2$/m);
    expect(text).toMatch(/^\* │? .*\(main\) takes the snapshot auth-rest-complete$/m);
    expect(rows.indexOf('├─╯')).toBeGreaterThan(0);
    expect(rows[rows.indexOf('├─╯') + 1]).toContain('takes the snapshot pre-work');
    expect(rows.filter((row) => row.includes('*'))).toHaveLength(18);
  });
  test('page by page, each transaction once', async () => {
    const all = await json<{ entries: { commit: string }[] }>(directory, [
      'log',
      '--graph',
      '--limit',
      '100',
    ]);
    const seen: string[] = [];
    for (let cursor: string | undefined; ;) {
      const args = [
        'log',
        '--graph',
        '--limit',
        '5',
        ...(cursor === undefined ? [] : ['--cursor', cursor]),
      ];
      const page = await json<{ entries: { commit: string }[]; cursor?: string; left: number }>(
        directory,
        args,
      );
      seen.push(...page.entries.map(({ commit }) => commit));
      expect(page.left).toBe(18 - seen.length);
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    expect(seen).toEqual(all.entries.map(({ commit }) => commit));
    await refuses(5, /main@12/, 'log', '--graph', '--cursor', 'x');
  });
  test('of an adopted replay to its merge, of a dropped one nothing', async () => {
    await ok(directory, ['replay', 'start', 'pre-work', '--name', 'gone']);
    await ok(directory, ['replay', 'drop', 'gone']);
    await ok(directory, ['replay', 'adopt', 'graphql', '--take', 'replay']);
    const rows = drawn(await ok(directory, ['log', '--graph']));
    expect(rows[0]).toMatch(/^\* .*\(main\) adopts replay\/graphql$/);
    expect(rows[1]).toBe('├─╮');
    expect(rows.join('\n')).not.toContain('begins replay/gone');
    const { entries } = await json<{ entries: object[] }>(directory, ['log', '--graph']);
    expect(entries).toContainEqual(
      expect.objectContaining({ line, mergedInto: { line: 'main', position: 13 } }),
    );
    expect(entries).toContainEqual(
      expect.objectContaining({ line, forkedFrom: { line: 'main', position: 4 } }),
    );
  });
});

describe('doctor', () => {
  test('makes a missing tag again, the same as before', async () => {
    const tag = git(directory, 'rev-parse', 'concord/pre-work');
    git(directory, 'tag', '-d', 'concord/pre-work');
    expect(await ok(directory, ['doctor'])).toContain('Tags made again: pre-work.');
    expect(git(directory, 'rev-parse', 'concord/pre-work')).toBe(tag);
    expect(await ok(directory, ['doctor'])).not.toContain('made again');
  });
  test('judges the commits of a replay, too', async () => {
    const examine = (...args: readonly string[]) =>
      concord(directory, ['doctor', '--line', line, ...args]);
    for (const args of [[], ['--full']]) {
      const { code, out } = await examine(...args);
      expect(out).toContain('18 commits, each follows the rules');
      expect(code).toBe(0);
    }
    const tip = git(directory, 'rev-parse', `concord/${line}`);
    const env = {
      ...gitEnv,
      GIT_AUTHOR_NAME: 'eve',
      GIT_AUTHOR_EMAIL: 'e@x',
      GIT_COMMITTER_NAME: 'eve',
      GIT_COMMITTER_EMAIL: 'e@x',
    };
    const made = execFileSync('git', ['commit-tree', `${tip}^{tree}`, '-p', tip, '-m', 'by hand'], {
      cwd: directory,
      env,
      encoding: 'utf8',
    }).trim();
    git(directory, 'update-ref', `refs/concord/${line}`, made);
    const { code, out } = await examine();
    expect(out).toMatch(/BAD +history +.*it has no Concord-Op trailer/);
    expect(code).not.toBe(0);
    // With an index or without: what came before is read, and the next write sets it aside.
    rmSync(join(directory, '.git/concord'), { recursive: true });
    expect((await concord(directory, ['status', '--line', line])).out).toContain('3 completed');
    await concord(directory, [
      'publish',
      'x',
      '--type',
      'document',
      '--data',
      document,
      '--line',
      line,
    ]);
    expect((await examine('--full')).code).toBe(0);
    expect((await json(directory, ['get', 'x', '--line', line]))['version']).toBe(1);
    expect((await concord(directory, ['doctor'])).code).toBe(0);
  });
});
