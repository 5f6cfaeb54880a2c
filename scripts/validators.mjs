// Compiles every schema under schemas/ to plain JavaScript, so that no command
// pays for compiling a schema at start-up and the result runs without ajv.
//
// Writes generated/validators.js and generated/validators.d.ts, which the code
// imports as '#validators'. Both are left alone when nothing changed: a newer
// file would make a running test watcher start again for nothing.

import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Name -> schema for the JSON files directly in `folder`, in a stable order. */
function readSchemas(folder) {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();
  return names.map((name) => ({
    name: name.slice(0, -'.json'.length),
    schema: JSON.parse(readFileSync(join(folder, name), 'utf8')),
  }));
}

/** The examples are what agents copy from, so a wrong one fails the build. */
function checkExamples(ajv, { name, schema }) {
  const examples = schema.examples ?? [];
  if (examples.length === 0) throw new Error(`artifact type ${name}: give at least one example`);
  const validate = ajv.getSchema(schema.$id);
  for (const example of examples) {
    if (!validate(example))
      throw new Error(`artifact type ${name}: ${ajv.errorsText(validate.errors)}`);
  }
}

/** ES module source that exports one validate function per schema, plus the two tables. */
async function moduleSource(files, types) {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  const { default: standalone } = await import('ajv/dist/standalone/index.js');
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    ownProperties: true,
    allowUnionTypes: true,
    code: { source: true, esm: true },
  });
  for (const { schema } of [...files, ...types]) ajv.addSchema(schema);
  for (const type of types) checkExamples(ajv, type);
  const exported = {};
  files.forEach(({ schema }, index) => (exported[`file${index}`] = schema.$id));
  types.forEach(({ schema }, index) => (exported[`type${index}`] = schema.$id));
  // No prototype: a type named "constructor" must be unknown, not a function.
  const fileRows = files.map(({ name }, index) => `${JSON.stringify(name)}: file${index}`);
  const typeRows = types.map(
    ({ name, schema }, index) =>
      `${JSON.stringify(name)}: { schema: ${JSON.stringify(schema)}, validate: type${index} }`,
  );
  return `${standalone.default(ajv, exported)}
export const files = { __proto__: null, ${fileRows.join(',\n')} };
export const artifactTypes = { __proto__: null, ${typeRows.join(',\n')} };`;
}

/** ajv's generated code requires small run-time files of ajv: take them in. */
async function bundle(source) {
  const { build } = await import('esbuild');
  const result = await build({
    stdin: { contents: trimExports(source), resolveDir: root, loader: 'js' },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'node20',
    write: false,
    logLevel: 'error',
  });
  return `// Generated from schemas/ by scripts/validators.mjs. Do not edit.\n${result.outputFiles[0].text}`;
}

/** Only the two tables are public; the numbered functions stay inside. */
function trimExports(source) {
  return source
    .replace(/^("use strict";)?/u, '')
    .replace(/export const ((?:file|type)\d+) =/gu, 'const $1 =');
}

function declarations(files) {
  const names = files.map(({ name }) => `'${name}'`).join(' | ');
  return `// Generated from schemas/ by scripts/validators.mjs. Do not edit.

/** One way in which a value breaks its schema. */
export interface Violation {
  keyword: string;
  instancePath: string;
  schemaPath: string;
  params: Record<string, unknown>;
  propertyName?: string;
  message?: string;
}

/** Tells whether a value fits; when it does not, \`errors\` holds every violation until the next call. */
export interface Validate {
  (value: unknown): boolean;
  errors?: Violation[] | null;
}

/** The files of the store's tree. */
export const files: Readonly<Record<${names}, Validate>>;

/** The shipped artifact types. The table has no prototype. */
export const artifactTypes: Readonly<
  Record<string, { readonly schema: Readonly<Record<string, unknown>>; readonly validate: Validate }>
>;
`;
}

/** Replaces the file in one step, and only when its content differs. */
function writeWhenChanged(path, text) {
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

export async function generateValidators() {
  const files = readSchemas(join(root, 'schemas'));
  const types = readSchemas(join(root, 'schemas/artifact-types'));
  const code = await bundle(await moduleSource(files, types));
  writeWhenChanged(join(root, 'generated/validators.js'), code);
  writeWhenChanged(join(root, 'generated/validators.d.ts'), declarations(files));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await generateValidators();
