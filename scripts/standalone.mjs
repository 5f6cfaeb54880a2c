// Schemas as plain JavaScript: ajv's standalone code, bundled so that it runs
// without ajv. What both generators share.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const generated = join(root, 'generated');

/** An ajv that writes code: reports every violation, and looks at own properties only. */
export async function makeAjv() {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  return new Ajv2020({
    allErrors: true,
    strict: true,
    ownProperties: true,
    allowUnionTypes: true,
    code: { source: true, esm: true, lines: false },
  });
}

/**
 * A module made of schemas that `ajv` knows: `ids` gives each a local name, `tail` is the code that exports what is public. The files of
 * ajv that its code asks for at run time are taken in.
 */
export async function moduleOf(ajv, ids, tail) {
  const { default: standalone } = await import('ajv/dist/standalone/index.js');
  const { build } = await import('esbuild');
  const local = standalone
    .default(ajv, ids)
    .replace(/^("use strict";)?/u, '')
    .replace(/export const (\w+) =/gu, (whole, name) => (name in ids ? `const ${name} =` : whole));
  const result = await build({
    stdin: { contents: `${local}\n${tail}`, resolveDir: root, loader: 'js' },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'node20',
    write: false,
    logLevel: 'error',
  });
  return `// Generated. Do not edit.\n${result.outputFiles[0].text}`;
}

/** Replaces the file in one step, and only when its content differs. */
export function writeWhenChanged(path, text) {
  try {
    if (readFileSync(path, 'utf8') === text) return;
  } catch {
    // Not there yet.
  }
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}
