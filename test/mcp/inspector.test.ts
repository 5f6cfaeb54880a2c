import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { bin, chain, login, spawned, storeRepository } from '../helpers/cli.ts';

// The newest release that runs on Node 20: 147 MB, so it is fetched on demand only.
const release = '0.15.0';
const prefix = join(tmpdir(), `concord-inspector-${release}`);
const program = join(prefix, 'node_modules/.bin/mcp-inspector');
const wanted = process.env['CONCORD_INSPECTOR'] === '1';
if (!wanted)
  console.info(
    `skipped: the MCP inspector ${release} (set CONCORD_INSPECTOR=1 to install and run it)`,
  );

describe.skipIf(!wanted)('the MCP inspector', { timeout: 120_000 }, () => {
  beforeAll(() => {
    if (existsSync(program)) return;
    const name = `@modelcontextprotocol/inspector@${release}`;
    const args = ['i', '--no-save', '--no-audit', '--no-fund', '--prefix', prefix, name];
    const done = spawnSync('npm', args, { encoding: 'utf8' });
    expect({ status: done.status, stderr: done.stderr }).toMatchObject({ status: 0 });
  }, 600_000);

  const inspect = async (directory: string, ...args: readonly string[]): Promise<unknown> => {
    const server = [process.execPath, bin, 'mcp', '--as', 'inspector'];
    const done = await spawned(directory, program, ['--cli', ...server, ...args]);
    expect({ code: done.code, err: done.err }).toEqual({ code: 0, err: '' });
    return JSON.parse(done.out);
  };

  test('lists every tool and calls each of them', async () => {
    const directory = await storeRepository();
    await chain(directory);
    expect(await inspect(directory, '--method', 'tools/list')).toMatchObject({
      tools: ['artifact_publish', 'artifact_get', 'artifact_list', 'lineage_trace'].map((name) => ({
        name,
      })),
    });
    const call = async (tool: string, ...given: readonly string[]) => {
      const args = given.flatMap((pair) => ['--tool-arg', pair]);
      const answer = await inspect(
        directory,
        '--method',
        'tools/call',
        '--tool-name',
        tool,
        ...args,
      );
      const { content, isError } = answer as { content: { text: string }[]; isError?: boolean };
      return { text: content[0]?.text, isError: isError === true };
    };
    const published = await call(
      'artifact_publish',
      'artifactId=api-login',
      'artifactType=api-contract',
      `data=${JSON.stringify(login)}`,
    );
    expect(published).toMatchObject({ isError: false });
    expect(published.text).toContain('Published api-login@2.');
    const got = await call('artifact_get', 'artifactId=api-login@1', 'path=endpoints[0].path');
    expect(got.text).toContain('| "/login"');
    const listed = await call('artifact_list', 'artifactType=test-results', 'limit=5');
    expect(listed.text).toMatch(/^test-results-login@1/);
    const traced = await call('lineage_trace', 'direction=upstream', 'ref=test-results-login');
    expect(traced.text).toContain('was made from 2 versions');
    expect(await call('artifact_get', 'artifactId=none')).toMatchObject({ isError: true });
  });
});
