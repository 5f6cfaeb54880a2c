// Compiles the input schema of every operation to plain JavaScript, which the
// one door to the operations imports as '#inputs': checking a call costs no
// compiling at start-up. The schemas stand in the operations themselves, so
// these are bundled and loaded here; the module made is left out of that bundle.
//
// Writes generated/inputs.js: one module, because loading another file costs more
// than reading over the checks of other operations.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { generated, makeAjv, moduleOf, root, writeWhenChanged } from './standalone.mjs';

/** What is being made here stands empty in the bundle it is made from. */
const withoutInputs = {
  name: 'without-inputs',
  setup(build) {
    build.onResolve({ filter: /^#inputs$/ }, () => ({ path: 'inputs', namespace: 'empty' }));
    build.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({
      contents: 'export const inputs = {};',
    }));
  },
};

/** The operations as data: name and input schema. */
async function readOperations() {
  const esbuild = await import('esbuild');
  const folder = join(generated, `.operations-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'operations.mjs');
  try {
    await esbuild.build({
      entryPoints: [join(root, 'src/operations/index.ts')],
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      outfile: file,
      packages: 'external',
      plugins: [withoutInputs],
      logLevel: 'error',
    });
    const { operations } = await import(pathToFileURL(file).href);
    return operations.map(({ name, input }) => ({ name, input }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const declarations = `// Generated. Do not edit.

import type { Validate } from './files.js';

/** By name of operation: the check of its input. The table has no prototype. */
export const inputs: Readonly<Record<string, Validate>>;
`;

export async function generateInputs() {
  const operations = await readOperations();
  const ajv = await makeAjv();
  const ids = {};
  for (const [at, { name, input }] of operations.entries()) {
    ids[`v${at}`] = `concord:input/${name}`;
    ajv.addSchema({ $id: ids[`v${at}`], ...input });
  }
  const rows = operations.map(({ name }, at) => `${name}: v${at}`);
  const source = await moduleOf(
    ajv,
    ids,
    `export const inputs = { __proto__: null, ${rows.join(', ')} };`,
  );
  writeWhenChanged(join(generated, 'inputs.js'), source);
  writeWhenChanged(join(generated, 'inputs.d.ts'), declarations);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await generateInputs();
