import { beforeAll, describe, expect, test } from 'vitest';
import { chain, json, ok, refused, storeRepository, text, within } from '../helpers/cli.ts';
import { lastingRepository, tempRepository } from '../helpers/repository.ts';

type Graph = {
  readonly contracts: {
    readonly nodes: readonly { readonly id: string; readonly status: string }[];
    readonly edges: readonly { readonly from: string; readonly to: string }[];
    readonly total: number;
  } | null;
  readonly artifacts: {
    readonly nodes: readonly { readonly ref: string; readonly latest: boolean }[];
    readonly edges: readonly { readonly from: string; readonly to: string }[];
    readonly total: number;
  } | null;
  readonly omitted: boolean;
};

const evil = 'Build "it"]\n\u001b[2J <b>`x`';

const team = (directory: string): Promise<void> =>
  within(directory, 'ann-lee', async ({ call }) => {
    await call('contract_create', { contractId: 'a', title: evil, expectedOutputs: ['document'] });
    await call('contract_create', { contractId: 'b', dependencies: ['a'], assignee: 'qa-dev' });
    await call('contract_create', { contractId: 'c', dependencies: ['a'] });
    await call('contract_create', { contractId: 'd', dependencies: ['b', 'c'] });
    await call('contract_create', {
      contractId: 'alone',
      dependencies: [{ type: 'artifact', artifactId: 'plan' }],
    });
    await call('contract_claim', { contractId: 'a' });
    await call('artifact_publish', { artifactId: 'notes', data: text('n'), contractId: 'a' });
    await call('contract_claim', { contractId: 'b' });
  });

describe('the graph of a team', () => {
  let directory = '';
  beforeAll(async () => {
    const made = lastingRepository();
    directory = made.directory;
    await within(directory, 'ann-lee', ({ call }) => call('init'));
    await chain(directory);
    await within(directory, 'ann-lee', ({ call }) =>
      call('agent_register', { name: 'ann-lee', role: 'qa-dev' }),
    );
    await team(directory);
    return made.remove;
  });

  test('contracts as a tree, with a mark and a word for each status', async () => {
    const out = await ok(directory, ['graph', '--contracts']);
    expect(out.split('\n')).toEqual([
      'Contracts: 5',
      '○ alone  waiting, anyone; needs plan',
      '✔ a  completed, anyone; made notes@1  "Build "it"] \\u{001b}[2J <b>`x`"',
      '├─ ▶ b  in progress, ann-lee',
      '│  └─ ○ d  waiting, anyone',
      '└─ ● c  ready, anyone',
      '   └─ d (above)',
      '',
      'Next: concord contract show b',
      '',
    ]);
  });

  test('artifacts by what they were made from; what is superseded says so', async () => {
    const out = await ok(directory, ['graph', '--artifacts']);
    expect(out.split('\n').slice(0, 6)).toEqual([
      'Artifacts: 4',
      'notes@1  document by ann-lee for a',
      'schema-users@2  schema-change by db-dev',
      'schema-users@1 (superseded)  schema-change by db-dev',
      '└─ api-login@1  api-contract by db-dev',
      '   └─ test-results-login@1  test-results by db-dev',
    ]);
  });

  test('both, as data', async () => {
    const { contracts, artifacts, omitted } = await json<Graph>(directory, ['graph']);
    expect(contracts?.total).toBe(5);
    expect(contracts?.edges).toContainEqual({ from: 'b', to: 'd' });
    expect(artifacts?.total).toBe(4);
    expect(artifacts?.edges).toContainEqual({
      from: 'schema-users@1',
      to: 'api-login@1',
      how: 'declared',
    });
    expect(omitted).toBe(false);
  });

  test('around a contract, an artifact, and nothing of the kind', async () => {
    const near = await json<Graph>(directory, ['graph', 'b']);
    expect(near.contracts?.nodes.map(({ id }) => id).toSorted()).toEqual(['a', 'b', 'd']);
    expect(near.artifacts?.nodes.map(({ ref }) => ref)).toEqual(['notes@1']);
    const lineage = await json<Graph>(directory, ['graph', 'api-login@1']);
    expect(lineage.artifacts?.nodes.map(({ ref }) => ref).toSorted()).toEqual([
      'api-login@1',
      'schema-users@1',
      'test-results-login@1',
    ]);
    expect(lineage.contracts?.nodes).toEqual([]);
    const made = await json<Graph>(directory, ['graph', 'notes']);
    expect(made.contracts?.nodes.map(({ id }) => id).toSorted()).toEqual(['a', 'b', 'c', 'd']);
    expect(await refused(directory, ['graph', 'api-logi'])).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refused(directory, ['graph', 'zzz', '--contracts'])).toMatchObject({
      code: 'NOT_FOUND',
      message: 'There is no contract "zzz" on this line.',
    });
  });

  test('Mermaid and DOT: both kinds in one, text in its label', async () => {
    const mermaid = await ok(directory, ['graph', '--format', 'mermaid']);
    expect(mermaid).toContain(
      '("a<br/>Build #34;it#34;#93; #92;u#123;001b#125;#91;2J #60;b#62;#96;x#96;<br/>completed, anyone")\n',
    );
    expect(mermaid).toMatch(/^ {2}n\d+ -\. made \.-> n\d+$/m);
    const dot = await ok(directory, ['graph', '--format', 'dot']);
    expect(dot).toContain(String.raw`label="a\nBuild \"it\"] \\u{001b}[2J <b>`);
    expect(dot).toContain('\n  "contract a" -> "contract b";\n');
    expect(dot).toMatch(/^digraph concord \{\n[^]*\n\}\n$/);
  });

  test('a limit leaves out, says how many, and how to see them', async () => {
    const out = await ok(directory, ['graph', '--limit', '2']);
    expect(out).toContain('Contracts: 2 of 5, 3 left out\n');
    expect(out).toMatch(/\nArtifacts: [12] of 4, [23] left out\n/);
    expect(out).toMatch(/\nNext: concord graph --limit 1000\n$/);
    const near = await json<Graph>(directory, ['graph', 'd', '--limit', '2']);
    expect(near.contracts?.nodes).toHaveLength(2);
    expect(near.omitted).toBe(true);
  });
});

test('no store, and an empty one: what to do next', async () => {
  expect(await refused(tempRepository(), ['graph'])).toMatchObject({
    code: 'NO_STORE',
    next: 'concord init',
  });
  const out = await ok(await storeRepository(), ['graph']);
  expect(out).toMatch(
    /^No contracts on main\.\n\nNo artifacts on main\.\n\nNext: concord contract create /,
  );
});
