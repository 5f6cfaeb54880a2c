import { expect, test } from 'vitest';
import { chain, concord, storeRepository, text } from '../helpers/cli.ts';
import { session } from '../helpers/mcp.ts';
import { git } from '../helpers/repository.ts';

type Step = {
  readonly tool: string;
  readonly input: Record<string, unknown>;
  readonly args: readonly string[];
};

const document = text('the same');
const publish = { artifactId: 'notes', artifactType: 'document', data: document };
const data = JSON.stringify(document);

const steps: readonly Step[] = [
  {
    tool: 'artifact_publish',
    input: { ...publish, summary: 'One', tags: ['t'], derivedFrom: ['schema-users'] },
    args: [
      'publish',
      'notes',
      '--type',
      'document',
      '--data',
      data,
      '--summary',
      'One',
      '--tag',
      't',
      '--derived-from',
      'schema-users',
    ],
  },
  {
    tool: 'artifact_publish',
    input: { ...publish, expectedVersion: 5 },
    args: ['publish', 'notes', '--type', 'document', '--data', data, '--expected-version', '5'],
  },
  {
    tool: 'artifact_publish',
    input: { ...publish, data: { title: 1 } },
    args: ['publish', 'notes', '--type', 'document', '--data', '{"title":1}'],
  },
  {
    tool: 'artifact_publish',
    input: { ...publish, artifactId: '../x' },
    args: ['publish', '../x', '--type', 'document', '--data', data],
  },
  { tool: 'artifact_get', input: { artifactId: 'notes@1' }, args: ['show', 'notes@1'] },
  { tool: 'artifact_get', input: { artifactId: 'nothing' }, args: ['get', 'nothing'] },
  { tool: 'artifact_get', input: { artifactId: 'notes@7' }, args: ['get', 'notes@7'] },
  { tool: 'artifact_list', input: {}, args: ['artifact', 'list'] },
  {
    tool: 'artifact_list',
    input: { artifactType: 'document' },
    args: ['artifact', 'list', '--type', 'document'],
  },
  {
    tool: 'artifact_list',
    input: { artifactId: 'schema-users' },
    args: ['artifact', 'history', 'schema-users'],
  },
  {
    tool: 'artifact_list',
    input: { artifactId: 'schema-users', diff: '1..2' },
    args: ['artifact', 'diff', 'schema-users', '1..2'],
  },
  {
    tool: 'lineage_trace',
    input: { ref: 'notes', direction: 'upstream' },
    args: ['lineage', 'notes'],
  },
  {
    tool: 'lineage_trace',
    input: { ref: 'schema-users', direction: 'downstream' },
    args: ['impact', 'schema-users'],
  },
  { tool: 'lineage_trace', input: { direction: 'stale' }, args: ['stale'] },
];

/** What is the same whatever the front end: not the commits, the ages, and the words of the next call. */
const bare = (said: string): string =>
  said
    .replace(/\n+Next: [^]*$/, '')
    .replace(/\b[0-9a-f]{12}\b/g, 'COMMIT')
    .replace(/just now|\d+ \w+ ago/g, 'AGE')
    .trim();

test('the same calls in both front ends give the same replies, refusals and store', async () => {
  const [left, right] = await Promise.all([storeRepository(), storeRepository()]);
  await Promise.all([chain(left), chain(right)]);
  const agent = await session(right, { args: ['--as', 'qa-dev'] });
  for (const { tool, input, args } of steps) {
    const cli = await concord(left, [...args, '--as', 'qa-dev', '--json']);
    const shown = await concord(left, [...args, '--as', 'qa-dev']);
    const mcp = await agent.call(tool, input);
    expect(mcp.isError).toBe(cli.code !== 0);
    // The first call has published twice on the left; the second time the store is as on the right.
    if (tool === 'artifact_publish' && cli.code === 0) await agent.call(tool, input);
    const twice = (said: string) => bare(said).replaceAll('notes@2', 'notes@1');
    expect(twice(mcp.text)).toBe(twice(cli.code === 0 ? shown.out : shown.err));
  }
  const trees = [left, right].map((directory) =>
    git(directory, 'show', 'concord/main:artifacts/' + pathOfNotes(directory))
      .replace(/^time: .*$/m, '')
      .replace(/^ {2}commit: .*$/m, ''),
  );
  expect(trees[0]).toBe(trees[1]);
});

const pathOfNotes = (directory: string): string =>
  git(directory, 'ls-tree', '-r', '--name-only', 'concord/main', 'artifacts/')
    .split('\n')
    .find((path) => path.endsWith('/notes.yaml'))
    ?.slice('artifacts/'.length) ?? '';
