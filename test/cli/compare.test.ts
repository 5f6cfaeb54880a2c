import { expect, test } from 'vitest';
import { chain, concord, json, ok, refused, storeRepository, within } from '../helpers/cli.ts';
import { bin, hasTerminal, spawned } from '../helpers/cli.ts';
import { session } from '../helpers/mcp.ts';
import { git, tempDirectory, tempRepository } from '../helpers/repository.ts';

/** Two snapshots with work between them. */
const snapshots = async (): Promise<string> => {
  const directory = await storeRepository();
  await chain(directory);
  git(directory, 'tag', 'concord/before', 'concord/main~1');
  await within(directory, 'qa-dev', ({ call }) =>
    call('artifact_publish', {
      artifactId: 'test-results-login',
      data: { passed: 2, failed: 1, failures: [{ test: 'login', message: 'expected 401' }] },
      derivedFrom: ['schema-users@2'],
    }),
  );
  git(directory, 'tag', 'concord/after', 'concord/main');
  return directory;
};

const told = [
  'before -> after: 2 artifacts differ',
  'The first that differs: artifact schema-users was published by db-dev; its inputs are the same.',
  '| data.tables[1]',
  '|   before: -',
  '|   after: "tokens"',
  '',
  'Artifacts',
  '  schema-users        @1 schema-change by db-dev -> @2 schema-change by db-dev',
  '|   + data.tables[1]: "tokens"',
];

test('text, in a pipe', async () => {
  const directory = await snapshots();
  const out = await ok(directory, ['compare', 'before', 'after']);
  expect(out.split('\n').slice(0, told.length)).toEqual(told);
  expect(out).toContain('\n  test-results-login  3 passed, 0 failed -> 2 passed, 1 failed\n');
  expect(out).toContain('\n  1 artifact is the same\n');
  expect(out).toMatch(
    /\n\ngit shows the same: git diff concord\/before concord\/after\n\nNext: concord artifact diff schema-users 1..2\n$/,
  );
  const all = await ok(directory, ['compare', 'before', 'after', '--all']);
  expect(all).toContain('\n  api-login           @1 api-contract by db-dev on both sides\n');
  expect(await ok(directory, ['compare', 'main', 'after'])).toBe(
    'main -> after: 0 contracts and 3 artifacts, all of them the same\nBoth are the same.\n\ngit shows the same: git diff concord/main concord/after\n\nNext: concord contract list\n',
  );
});

test('JSON and Markdown', async () => {
  const directory = await snapshots();
  const output = await json(directory, ['compare', 'before', 'main']);
  expect(Object.keys(output)).toEqual(
    expect.arrayContaining([
      'left',
      'right',
      'same',
      'why',
      'contracts',
      'artifacts',
      'tests',
      'agents',
    ]),
  );
  expect(output).toMatchObject({
    left: { name: 'before', line: 'main' },
    right: { name: 'main', line: 'main' },
    why: { artifact: 'schema-users', path: 'data.tables[1]', right: 'tokens' },
  });
  const markdown = await ok(directory, ['compare', 'before', 'main', '--format', 'markdown']);
  expect(markdown).toContain(
    '| `test-results-login` | `3 passed, 0 failed` | `2 passed, 1 failed` |\n',
  );
  expect(markdown).toContain('```diff\n@@ data.tables[1] @@\n+ "tokens"\n```\n');
});

test('what there is not', async () => {
  const directory = await snapshots();
  expect(await refused(directory, ['compare', 'befor', 'main'])).toMatchObject({
    exit: 3,
    code: 'NOT_FOUND',
    hint: expect.stringMatching(
      /^Did you mean before\? Lines: main\. Snapshots .*: after, before\./,
    ),
  });
  expect((await concord(directory, ['compare', 'main'])).code).toBe(129);
  expect(await refused(tempRepository(), ['compare', 'main', 'main'])).toMatchObject({
    code: 'NO_STORE',
  });
  expect((await refused(tempRepository(), ['compare', 'a', 'b'])).code).toBe('NO_STORE');
});

test('a store of its own is named in the command for git', async () => {
  const directory = await snapshots();
  const elsewhere = tempDirectory();
  const { git: command } = await json<{ git: string }>(elsewhere, [
    'compare',
    'before',
    'main',
    '--store',
    directory,
  ]);
  expect(command).toBe(`git -C ${directory} diff concord/before concord/main`);
  expect(git(elsewhere, ...command.split(' ').slice(1))).toContain('tokens');
});

test.runIf(hasTerminal)('side by side on a wide terminal', async () => {
  const directory = await snapshots();
  const line = `stty cols 140; '${process.execPath}' '${bin}' compare before after --no-color`;
  const { out } = await spawned(directory, 'script', ['-qec', line, '/dev/null'], {
    env: { TERM: 'xterm' },
  });
  const rows = out.replaceAll('\r\n', '\n').split('\n');
  const heading = rows.find((row) => row.startsWith('Artifacts')) ?? '';
  const data = rows.find((row) => row.startsWith('|   data.tables[1]')) ?? '';
  expect(heading).toMatch(/^Artifacts {2,}before {2,}after$/);
  expect(data.indexOf('"tokens"')).toBe(heading.indexOf('after'));
});

test('over MCP: the same facts, and no more than a reply holds', async () => {
  const directory = await snapshots();
  const { client, call, tell } = await session(directory, { args: ['--profile', 'full'] });
  const { tools } = await client.listTools();
  const tool = tools.find(({ name }) => name === 'team_compare');
  expect(tool?.annotations?.readOnlyHint).toBe(true);
  expect(Object.keys(tool?.inputSchema.properties ?? {})).toEqual(['left', 'right']);
  const said = await tell('team_compare', { left: 'before', right: 'after' });
  expect(said.split('\n').slice(0, told.length)).toEqual(told);
  expect(said).toMatch(/\n\nNext: artifact_list \{"artifactId":"schema-users","diff":"1..2"\}$/);
  const { isError, text: why } = await call('team_compare', { left: 'before', right: 'aftre' });
  expect(isError).toBe(true);
  expect(why).toMatch(/^Refused \(NOT_FOUND\): "aftre" is no line, snapshot or commit/);
});
