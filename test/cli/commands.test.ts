import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { chain, concord, json, login, ok, storeRepository, users } from '../helpers/cli.ts';
import { git, tempDirectory, tempRepository } from '../helpers/repository.ts';

const oid = /^[0-9a-f]{40}$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

describe('init', () => {
  test('makes a store, says what to do next, and changes nothing the second time', async () => {
    const directory = tempRepository();
    const first = await ok(directory, ['init']);
    expect(first).toContain('Made a Concord store: refs/concord/main in ');
    expect(first).toContain('Next: concord contract create hello --expects document --context ');
    const refs = git(directory, 'for-each-ref');
    const again = await json(directory, ['init']);
    expect(again).toEqual({
      created: false,
      gitDir: expect.stringMatching(/\.git$/) as string,
      ref: 'refs/concord/main',
      commit: git(directory, 'rev-parse', 'refs/concord/main'),
      lead: 'ann-lee',
      advice: [expect.stringContaining('fetch.negotiationAlgorithm') as string],
      // What is installed on this machine.
      detected: expect.any(Array) as string[],
      clients: null,
    });
    expect(git(directory, 'for-each-ref')).toBe(refs);
    expect(git(directory, 'status', '--porcelain', '--ignored')).toBe('');
  });

  test('its first proposal works as it is written', async () => {
    const directory = tempRepository();
    const said = await ok(directory, ['init']);
    const line = /Next: concord (contract create .*)/.exec(said)?.[1] ?? '';
    const [, text = ''] = /--context '(.*)'/.exec(line) ?? [];
    const words = line
      .replace(/--context '.*'/, '--context')
      .trim()
      .split(' ');
    expect(await ok(directory, [...words, text])).toContain('Created hello.');
  });

  test('makes a bare repository where --store names none, and nothing else does', async () => {
    const place = join(tempDirectory(), 'team.git');
    const outside = tempDirectory();
    expect((await concord(outside, ['status', '--store', place])).code).toBe(3);
    const made = await json(outside, ['init', '--store', place, '--as', 'ann']);
    expect(made).toMatchObject({ created: true, gitDir: place, advice: [] });
    expect(git(place, 'rev-parse', '--is-bare-repository')).toBe('true');
  });

  test('works in a repository without commits and in one with a separate git directory', async () => {
    const empty = tempDirectory();
    git(empty, 'init', '-q', '-b', 'trunk');
    git(empty, 'config', 'user.name', 'Ann Lee');
    expect(await json(empty, ['init'])).toMatchObject({ created: true });
    const parent = tempDirectory();
    git(parent, 'init', '-q', '-b', 'trunk', '--separate-git-dir', join(parent, 'apart'), 'work');
    const work = join(parent, 'work');
    const made = await json(work, ['init', '--as', 'ann']);
    expect(made).toMatchObject({ created: true, gitDir: join(parent, 'apart') });
  });
});

describe('with a chain of three artifacts whose first has changed', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await storeRepository();
    await chain(directory);
  });

  test('publish', async () => {
    const args = ['publish', 'api-login', '--data', JSON.stringify(login), '--as', 'api-dev'];
    const more = ['--derived-from', 'schema-users', '--derived-from', 'test-results-login@1'];
    const said = await ok(directory, [...args, ...more]);
    expect(said).toMatch(
      /^Published api-login@2\.\nDerived from: schema-users@2, test-results-login@1\n/,
    );
    expect(said).toMatch(/\nCommit [0-9a-f]{12} on main, file artifacts\/\w\w\/api-login\.yaml\n/);
    const answer = await json(directory, [...args, ...more]);
    expect(answer).toMatchObject({
      id: 'api-login',
      version: 3,
      ref: 'api-login@3',
      type: 'api-contract',
      commit: git(directory, 'rev-parse', 'concord/main'),
      line: 'main',
      path: expect.stringMatching(/^artifacts\/\w\w\/api-login\.yaml$/) as string,
      events: ['artifact-published api-login@3'],
      derivedFrom: ['schema-users@2', 'test-results-login@1'],
      outdated: [],
    });
  });

  test('publish names what it puts out of date', async () => {
    const changed = JSON.stringify({ tables: ['users', 'roles'] });
    await ok(directory, ['publish', 'api-login', '--data', JSON.stringify(login)]);
    await ok(directory, [
      'publish',
      'api-login',
      '--data',
      JSON.stringify(login),
      '--derived-from',
      'schema-users',
    ]);
    const said = await ok(directory, ['publish', 'schema-users', '--data', changed]);
    expect(said).toContain('Published schema-users@3.\nOut of date by this: api-login@3\n');
    expect(said).toContain('\nNext: concord stale\n');
  });

  test('get prints the data and nothing else', async () => {
    const out = await ok(directory, ['get', 'schema-users@1']);
    expect(out).toBe(`${JSON.stringify(users, null, 2)}\n`);
    expect(await ok(directory, ['get', 'schema-users', '--version', '1'])).toBe(out);
    expect(await ok(directory, ['get', 'api-login', '--path', 'endpoints[0].path'])).toBe(
      '"/login"\n',
    );
    expect(await ok(directory, ['get', 'test-results-login', '--path', 'data.failed'])).toBe('0\n');
  });

  test('get --json gives everything', async () => {
    await ok(directory, ['contract', 'create', 'build-api', '--expects', 'document']);
    await ok(directory, [
      'publish',
      'notes/plan',
      '--type',
      'document',
      '--data',
      '{"title":"T","body":"B"}',
      '--summary',
      'The plan',
      '--tag',
      'plan',
      '--tag',
      'draft',
      '--contract',
      'build-api',
      '--derived-from',
      'api-login',
      '--as',
      'docs-dev',
    ]);
    expect(await json(directory, ['get', 'notes/plan'])).toEqual({
      id: 'notes/plan',
      version: 1,
      ref: 'notes/plan@1',
      type: 'document',
      data: { title: 'T', body: 'B' },
      summary: 'The plan',
      tags: ['draft', 'plan'],
      publisher: 'docs-dev',
      contract: 'build-api',
      derivedFrom: ['api-login@1'],
      code: { commit: git(directory, 'rev-parse', 'HEAD'), branch: 'trunk' },
      files: [],
      commit: git(directory, 'rev-parse', 'concord/main'),
      path: expect.stringMatching(/^artifacts\/\w\w\/notes\/plan\.yaml$/) as string,
      time: expect.stringMatching(instant) as string,
    });
    const older = await json(directory, ['get', 'schema-users@1']);
    expect(older).toMatchObject({ ref: 'schema-users@1', latest: 'schema-users@2', data: users });
  });

  test('show explains artifacts, commits, agents and types', async () => {
    const commit = git(directory, 'rev-parse', '--short=10', 'concord/main');
    const [artifact, entry, agent, type] = await Promise.all(
      ['api-login@1', commit, 'db-dev', 'test-results'].map((name) =>
        ok(directory, ['show', name]),
      ),
    );
    expect(artifact).toMatch(/^api-login@1 {2}api-contract by db-dev, /);
    expect(artifact).toContain('\nDerived from: schema-users@1\n');
    expect(artifact).toContain('\n| {\n|  "endpoints": [\n');
    expect(entry).toContain(`${commit}`);
    expect(entry).toContain('db-dev publishes schema-users@2');
    expect(entry).toContain('\n  -> artifact-published schema-users@2\n');
    expect(agent).toMatch(/^db-dev {2}agent since .*\nPublisher of 3 latest versions\.\n/);
    expect(type).toMatch(/^test-results {2}shipped with Concord\nSchema:\n/);
    const kinds = await Promise.all(
      ['api-login@1', commit, 'db-dev', 'test-results'].map(async (name) =>
        json(directory, ['show', name]),
      ),
    );
    expect(kinds.map(({ kind }) => kind)).toEqual(['artifact', 'commit', 'agent', 'type']);
  });

  test('artifact list', async () => {
    const out = await ok(directory, ['artifact', 'list']);
    expect(out).toMatch(/^api-login@1 \(stale\) {2,}api-contract {2,}db-dev$/m);
    expect(await json(directory, ['artifact', 'list', '--limit', '2'])).toEqual({
      artifacts: [
        {
          id: 'api-login',
          version: 1,
          type: 'api-contract',
          publisher: 'db-dev',
          time: expect.stringMatching(instant) as string,
          stale: true,
        },
        expect.objectContaining({ id: 'schema-users', version: 2, stale: false }),
      ],
      total: 3,
      cursor: 'schema-users',
    });
    const pages = ['artifact', 'list', '--limit', '2', '--cursor', 'schema-users'];
    expect(await json(directory, pages)).toMatchObject({
      artifacts: [{ id: 'test-results-login' }],
      total: 3,
    });
  });

  test.each([
    [['--type', 'test-results'], ['test-results-login']],
    [['--publisher', 'nobody'], []],
    [['--publisher', 'db-dev', '--text', 'TOKENS'], ['schema-users']],
    [
      ['--text', 'login'],
      ['api-login', 'test-results-login'],
    ],
  ])('artifact list %j', async (filter, ids) => {
    const found = await json<{ artifacts: { id: string }[] }>(directory, [
      'artifact',
      'list',
      ...filter,
    ]);
    expect(found.artifacts.map(({ id }) => id)).toEqual(ids);
  });

  test('artifact history', async () => {
    const history = await json(directory, ['artifact', 'history', 'schema-users']);
    const entry = (version: number) => ({
      version,
      commit: expect.stringMatching(oid) as string,
      publisher: 'db-dev',
      time: expect.stringMatching(instant) as string,
      derivedFrom: [],
    });
    expect(history).toEqual({
      id: 'schema-users',
      type: 'schema-change',
      versions: [entry(2), entry(1)],
      total: 2,
    });
    const page = await ok(directory, ['artifact', 'history', 'schema-users', '--limit', '1']);
    expect(page).toMatch(/^schema-users@2 {2}db-dev, .* {2}[0-9a-f]{12}\n1 of 2 versions\.\n/);
    const next = /Next: concord (.*)/.exec(page)?.[1]?.split(' ') ?? [];
    expect(await ok(directory, next)).toMatch(/^schema-users@1 /);
  });

  test('artifact diff', async () => {
    const args = ['artifact', 'diff', 'schema-users'];
    const out = await ok(directory, args);
    expect(out).toBe('schema-users@1 -> schema-users@2: 1 difference\n| + tables[1]: "tokens"\n');
    expect(await ok(directory, [...args, '1..2'])).toBe(out);
    expect(await json(directory, [...args, '2..1'])).toEqual({
      before: 'schema-users@2',
      after: 'schema-users@1',
      differences: [{ kind: 'removed', path: 'tables[1]', before: 'tokens' }],
    });
    expect(await ok(directory, ['artifact', 'diff', 'schema-users@1', 'schema-users@1'])).toBe(
      'schema-users@1 and schema-users@1 hold the same data.\n',
    );
  });

  test('lineage and impact', async () => {
    expect(await ok(directory, ['lineage', 'test-results-login'])).toMatch(
      /^test-results-login@1 was made from 2 versions:\ntest-results-login@1 .*\n└─ api-login@1 .*\n {3}└─ schema-users@1 \(superseded\) .*\n$/,
    );
    expect(await ok(directory, ['impact', 'schema-users@1'])).toMatch(
      /^schema-users@1 led to 2 versions:\n/,
    );
    const node = (ref: string, type: string, latest: boolean) => ({
      ref,
      type,
      publisher: 'db-dev',
      contract: null,
      commit: expect.stringMatching(oid) as string,
      latest,
    });
    expect(await json(directory, ['lineage', 'api-login'])).toEqual({
      root: 'api-login@1',
      direction: 'upstream',
      nodes: [
        node('api-login@1', 'api-contract', true),
        node('schema-users@1', 'schema-change', false),
      ],
      edges: [{ from: 'schema-users@1', to: 'api-login@1', how: 'declared' }],
      omitted: false,
    });
    expect(await json(directory, ['impact', 'schema-users', '--depth', '1'])).toMatchObject({
      root: 'schema-users',
      direction: 'downstream',
      edges: [{ from: 'schema-users@1', to: 'api-login@1' }],
    });
  });

  test('lineage as Mermaid and DOT', async () => {
    const [mermaid, dot] = await Promise.all(
      ['mermaid', 'dot'].map((format) =>
        ok(directory, ['lineage', 'api-login', '--format', format]),
      ),
    );
    expect(mermaid?.split('\n')).toEqual([
      'graph LR',
      '  n0["api-login@1<br/>api-contract by db-dev"]',
      '  n1["schema-users@1<br/>schema-change by db-dev"]',
      '  n1 --> n0',
      '',
    ]);
    expect(dot).toContain('digraph lineage {\n');
    expect(dot).toContain('\n  "schema-users@1" -> "api-login@1";\n}\n');
  });

  test('stale', async () => {
    const out = await ok(directory, ['stale']);
    expect(out).toMatch(/^2 artifacts out of date: 1 by an input /);
    expect(out).toContain('  made from schema-users@1; schema-users@2 is newer and differs\n');
    const { stale, total } = await json<{ stale: Record<string, unknown>[]; total: number }>(
      directory,
      ['stale'],
    );
    expect(total).toBe(2);
    expect(stale).toMatchObject([
      {
        ref: 'api-login@1',
        causes: [{ derivedFrom: 'schema-users@1', newer: 'schema-users@2' }],
        indirect: false,
      },
      { ref: 'test-results-login@1', causes: [], indirect: true },
    ]);
    expect(await json(directory, ['stale', 'test-results-login'])).toMatchObject({ total: 1 });
  });

  test('status', async () => {
    const out = await ok(directory, ['status']);
    expect(out).toMatch(/^main: 3 artifacts, 2 out of date, 1 agent\n/);
    expect(out.split('\n').length).toBeLessThanOrEqual(24);
    expect(await json(directory, ['status'])).toMatchObject({
      line: 'main',
      contracts: {},
      artifacts: 3,
      waiting: [],
      staleTotal: 2,
      recent: [
        {
          commit: git(directory, 'rev-parse', 'concord/main'),
          agent: 'db-dev',
          subject: 'db-dev publishes schema-users@2',
        },
        {},
        {},
        {},
        { subject: 'ann-lee creates the store' },
      ],
    });
  });

  test('agent list', async () => {
    await ok(directory, [
      'publish',
      'schema-users',
      '--data',
      JSON.stringify(users),
      '--as',
      'ann',
    ]);
    expect(await ok(directory, ['agent', 'list'])).toMatch(/^ann {5}since .*\ndb-dev {2}since /);
    expect(await json(directory, ['agent', 'list', '--limit', '1'])).toEqual({
      agents: [{ name: 'ann', registered: expect.stringMatching(instant) as string }],
      total: 2,
    });
  });

  test('doctor', async () => {
    expect(await ok(directory, ['doctor', '--full'])).toMatch(/\nThe store is healthy\.\n/);
    const { healthy, checks } = await json<{ healthy: boolean; checks: { name: string }[] }>(
      directory,
      ['doctor'],
    );
    expect(healthy).toBe(true);
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['history', 'index', 'objects', 'leftovers']),
    );
  });
});

describe('types', () => {
  const schema = {
    description: 'What a release brings.',
    type: 'object',
    required: ['version'],
    properties: { version: { type: 'string', pattern: '^[0-9]+$' } },
    examples: [{ version: '7' }],
  };

  test('list, show, register, and publish by a type of the team', async () => {
    const directory = await storeRepository();
    const file = join(mkdtempSync(join(tempDirectory(), 'types-')), 'release-note.json');
    writeFileSync(file, JSON.stringify({ type: 'release-note', schema }));
    expect(await json(directory, ['type', 'register', '--file', file])).toEqual({
      type: 'release-note',
      version: 1,
      ref: 'release-note@1',
      changed: true,
    });
    const again = ['type', 'register', 'release-note', '--schema', JSON.stringify(schema)];
    expect(await ok(directory, again)).toMatch(/^release-note@1 is registered already/);
    const { types } = await json<{ types: { type: string; version: number | null }[] }>(directory, [
      'type',
      'list',
    ]);
    expect(types.map(({ type }) => type)).toEqual([
      'api-contract',
      'code-change',
      'decision',
      'document',
      'pattern',
      'review',
      'schema-change',
      'test-results',
      'release-note',
    ]);
    expect(types.at(-1)).toEqual({
      type: 'release-note',
      version: 1,
      description: 'What a release brings.',
    });
    expect(await json(directory, ['type', 'show', 'release-note'])).toEqual({
      type: 'release-note',
      version: 1,
      schema,
      example: { version: '7' },
    });
    const publish = ['publish', 'v7', '--type', 'release-note', '--data'];
    expect(await ok(directory, [...publish, '{"version":"7"}'])).toContain('Published v7@1.');
    const refused = await concord(directory, [...publish, '{"version":"seven"}']);
    expect(refused.code).toBe(5);
    expect(refused.err).toContain('| data.version: must ');
    expect(refused.err).toContain('\n| {"version":"7"}\n');
  });
});
