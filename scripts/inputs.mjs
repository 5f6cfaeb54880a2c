// Compiles the input schema of every operation to plain JavaScript, which the
// one door to the operations imports as '#inputs': checking a call costs no
// compiling at start-up. The schemas stand in the operations themselves, so
// these are bundled and loaded here; the module made is left out of that bundle.
//
// Writes one module an operation, so that a command loads only its own, and
// generated/inputs.js, which names them.

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

/** By name of operation: loads the check of its input. The table has no prototype. */
export const inputs: Readonly<Record<string, () => Promise<{ readonly validate: Validate }>>>;
`;

export async function generateInputs() {
  const operations = await readOperations();
  const ajv = await makeAjv();
  for (const { name, input } of operations) {
    const id = `concord:input/${name}`;
    ajv.addSchema({ $id: id, ...input });
    const source = await moduleOf(ajv, { v0: id }, 'export { v0 as validate };');
    writeWhenChanged(join(generated, 'inputs', `${name}.js`), source);
  }
  const rows = operations.map(({ name }) => `${name}: () => import('./inputs/${name}.js')`);
  const source = `// Generated. Do not edit.\nexport const inputs = { __proto__: null, ${rows.join(', ')} };\n`;
  writeWhenChanged(join(generated, 'inputs.js'), source);
  writeWhenChanged(join(generated, 'inputs.d.ts'), declarations);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await generateInputs();
