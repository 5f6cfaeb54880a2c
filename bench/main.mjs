// npm run bench [-- --quick] [--only NAME[,NAME]] [--write FILE]
//
// Measures what dist/ does against what the machine can do, and prints ratios beside the goals. It judges nothing: it always ends well.
//   --quick   about a minute: fewer rounds, stores of 10,000 versions
//   --only    some parts: publish, batch, pipelines, contention, growth, reads, queries, rebuild,
//             startup, travel, disk, work
//   --write   write the results as a page of the documentation

import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { answerOf, start } from './child.mjs';
import { now } from './measure.mjs';
import { machine, printPart, printSummary, writePage } from './report.mjs';

/** What is measured must stay as it is, even when somebody builds meanwhile. */
const copyPackage = (root) => {
  const here = fileURLToPath(new URL('..', import.meta.url));
  const copy = join(root, 'package');
  mkdirSync(copy);
  for (const name of ['bin', 'dist', 'schemas', 'templates', 'package.json'])
    cpSync(join(here, name), join(copy, name), { recursive: true });
  symlinkSync(join(here, 'node_modules'), join(copy, 'node_modules'));
  return copy;
};

const inChild = (task) => answerOf(start('part.mjs', [JSON.stringify(task)]));

const runPart = async (part, options) => {
  const begun = now();
  try {
    for (const store of part.stores(options)) await inChild({ store, options });
    const rows = await inChild({ name: part.name, options });
    return { title: part.title, rows, seconds: (now() - begun) / 1000 };
  } catch (error) {
    const rows = [{ what: part.name, result: `could not be measured: ${error.message}` }];
    return { title: part.title, rows, seconds: (now() - begun) / 1000 };
  }
};

const main = async () => {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      write: { type: 'string' },
    },
  });
  const root = mkdtempSync(join(tmpdir(), 'concord-bench-'));
  process.env['CONCORD_BENCH_PACKAGE'] = copyPackage(root);
  // Loads the program, so only when the copy is there.
  const { parts } = await import('./parts.mjs');
  const chosen = parts.filter(({ name }) => !values.only || values.only.split(',').includes(name));
  const large = 100_000;
  const big = { artifacts: 1_000, versions: values.quick ? 10_000 : large };
  const options = { root, quick: values.quick, large, big };
  console.log(machine());
  const results = [];
  const clean = () => rmSync(root, { recursive: true, force: true });
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => {
      clean();
      process.exit(1);
    });
  try {
    for (const part of chosen) {
      results.push(await runPart(part, options));
      printPart(results.at(-1));
    }
    printSummary(results);
    const how = [
      ...(values.quick ? ['--quick'] : []),
      ...(values.only ? [`--only ${values.only}`] : []),
    ];
    if (values.write) writePage(values.write, results, how);
  } finally {
    clean();
  }
};

await main();
