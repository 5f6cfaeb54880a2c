// Cold starts of the command line and of the MCP server against an empty Node script.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { itemId, publishInput } from './artifact.mjs';
import { storePath } from './history.mjs';
import { fact, interleave, judged, median, spread } from './measure.mjs';
import { freshDirectory, newStore, program } from './place.mjs';

export const runNode = async (directory, args) => {
  const child = spawn(process.execPath, args, {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${said}`);
};

const request = (id, method, params) =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;

/** Until the answer to the first tools/list is there. The server is ended outside the measured time. */
const startMcp = async (directory, children) => {
  const child = spawn(process.execPath, [program, 'mcp', '--as', 'bench'], {
    cwd: directory,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const client = { name: 'bench', version: '1' };
  child.stdin.write(
    request(1, 'initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: client,
    }) +
      request(undefined, 'notifications/initialized') +
      request(2, 'tools/list'),
  );
  let text = '';
  for await (const chunk of child.stdout) {
    text += chunk;
    if (/"id":2[,}]/.test(text) && text.endsWith('\n')) return;
  }
  throw new Error('the MCP server ended before it answered');
};

const endAll = (children) => async () => {
  for (const child of children.splice(0)) {
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'close');
  }
};

const variantsOf = (directory, root, big) => {
  const empty = join(freshDirectory(root, 'bare'), 'empty.mjs');
  writeFileSync(empty, '');
  const large = storePath(root, big);
  const file = join(directory, 'data.json');
  writeFileSync(file, JSON.stringify(publishInput('x', 'cold').data));
  const concord =
    (place, ...args) =>
    () =>
      runNode(place, [program, ...args, '--as', 'bench']);
  const children = [];
  const publish = ['publish', itemId(3), '--type', 'document', '--data', `@${file}`];
  return [
    { name: 'empty', run: () => runNode(directory, [empty]) },
    { name: 'get ID', run: concord(directory, 'get', itemId(1)), most: 1.5 },
    { name: 'get ID@N', run: concord(directory, 'get', `${itemId(1)}@1`), most: 1.5 },
    { name: 'status', run: concord(directory, 'status'), most: 1.5 },
    { name: 'publish', run: concord(directory, ...publish), most: 1.8 },
    {
      name: 'MCP to tools/list',
      run: () => startMcp(directory, children),
      after: endAll(children),
      most: 2.5,
    },
    {
      name: `get ID at ${big.versions.toLocaleString('en')} versions`,
      run: concord(large, 'get', itemId(1)),
      most: 1.5,
    },
    {
      name: `status at ${big.versions.toLocaleString('en')} versions`,
      run: concord(large, 'status'),
      most: 1.5,
    },
  ].map((variant) => ({ ...variant, block: 1 }));
};

export const startup = async ({ root, quick, big }) => {
  const { directory, connection } = await newStore(root, 'startup');
  for (let turn = 0; turn < 100; turn += 1)
    await connection.call('artifact_publish', publishInput(itemId(turn % 20), `turn ${turn}`));
  await connection.close();
  const variants = variantsOf(directory, root, big);
  for (const { run, after } of variants) {
    await run();
    await after?.();
  }
  const samples = await interleave(variants, quick ? 15 : 40);
  const bare = median(samples.get('empty'));
  return variants.map(({ name, most }) =>
    most === undefined
      ? fact('an empty Node script', spread(samples.get(name)))
      : judged(`concord ${name.replace('MCP', 'mcp')}, cold`, spread(samples.get(name)), {
          value: median(samples.get(name)) / bare,
          most,
          of: 'an empty script',
        }),
  );
};
