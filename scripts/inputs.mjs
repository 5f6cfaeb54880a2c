// Compiles the input schema of every operation to plain JavaScript, which the
// one door to the operations imports as '#inputs': checking a call costs no
// compiling at start-up. The schemas stand in the operations themselves, so
// these are bundled and loaded here; the module made is left out of that bundle.
//
// Writes generated/inputs.js and generated/inputs.d.ts.

import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { bundle, writeWhenChanged } from './validators.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

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
  const folder = join(root, 'generated', `.operations-${process.pid}`);
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

/** ES module source: one validate function per operation, by name. */
async function moduleSource(operations) {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  const { default: standalone } = await import('ajv/dist/standalone/index.js');
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    ownProperties: true,
    code: { source: true, esm: true },
  });
  const exported = {};
  for (const [index, { name, input }] of operations.entries()) {
    ajv.addSchema({ $id: `concord:input/${name}`, ...input });
    exported[`input${index}`] = `concord:input/${name}`;
  }
  const rows = operations.map(({ name }, index) => `${JSON.stringify(name)}: input${index}`);
  const source = standalone
    .default(ajv, exported)
    .replace(/export const (input\d+) =/gu, 'const $1 =');
  return `${source}\nexport const inputs = { __proto__: null, ${rows.join(', ')} };`;
}

const declarations = `// Generated from src/operations/ by scripts/inputs.mjs. Do not edit.

import type { Validate } from './validators.js';

/** By name of operation. The table has no prototype. */
export const inputs: Readonly<Record<string, Validate>>;
`;

export async function generateInputs() {
  const generated = join(root, 'generated');
  mkdirSync(generated, { recursive: true });
  const source = await bundle(await moduleSource(await readOperations()));
  writeWhenChanged(join(generated, 'inputs.js'), source);
  writeWhenChanged(join(generated, 'inputs.d.ts'), declarations);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await generateInputs();
