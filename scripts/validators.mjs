// Compiles every schema under schemas/ to plain JavaScript, so that no command
// pays for compiling a schema at start-up and the result runs without ajv.
//
// Writes generated/files.js (what is read back from a tree, '#files') and
// generated/types.js (the shipped artifact types, '#types'), each with its
// declarations. They are left alone when nothing changed: a newer file would
// make a running test watcher start again for nothing.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { generated, makeAjv, moduleOf, root, writeWhenChanged } from './standalone.mjs';

/** Name and schema of the JSON files directly in `folder`, in a stable order. */
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

/** Local names for the schemas of a module. */
const idsOf = (schemas) =>
  Object.fromEntries(schemas.map(({ schema }, at) => [`v${at}`, schema.$id]));

// No prototype: a type named "constructor" must be unknown, not a function.
const table = (rows) => `{ __proto__: null, ${rows.join(',\n')} }`;

const filesTail = (files) =>
  `export const files = ${table(files.map(({ name }, at) => `${JSON.stringify(name)}: v${at}`))};`;

const typesTail = (types) =>
  `export const artifactTypes = ${table(
    types.map(
      ({ name, schema }, at) =>
        `${JSON.stringify(name)}: { schema: ${JSON.stringify(schema)}, validate: v${at} }`,
    ),
  )};`;

const shapes = `// Generated. Do not edit.

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
`;

const filesDeclaration = (files) => `${shapes}
/** The files of the store's tree. */
export const files: Readonly<Record<${files.map(({ name }) => `'${name}'`).join(' | ')}, Validate>>;
`;

const typesDeclaration = `// Generated. Do not edit.

import type { Validate } from './files.js';

/** The shipped artifact types. The table has no prototype. */
export const artifactTypes: Readonly<
  Record<string, { readonly schema: Readonly<Record<string, unknown>>; readonly validate: Validate }>
>;
`;

export async function generateValidators() {
  const files = readSchemas(join(root, 'schemas'));
  const types = readSchemas(join(root, 'schemas/artifact-types'));
  const ajv = await makeAjv();
  for (const { schema } of [...files, ...types]) ajv.addSchema(schema);
  for (const type of types) checkExamples(ajv, type);
  writeWhenChanged(
    join(generated, 'files.js'),
    await moduleOf(ajv, idsOf(files), filesTail(files)),
  );
  writeWhenChanged(join(generated, 'files.d.ts'), filesDeclaration(files));
  writeWhenChanged(
    join(generated, 'types.js'),
    await moduleOf(ajv, idsOf(types), typesTail(types)),
  );
  writeWhenChanged(join(generated, 'types.d.ts'), typesDeclaration);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await generateValidators();
