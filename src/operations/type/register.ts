import { ConcordError, invalid } from '../../model/error.ts';
import { checkJson, isObject } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import { formatRef } from '../../model/names.ts';
import { registerType } from '../../model/type.ts';
import { readJsonObject } from '../file.ts';
import { defineOperation } from '../operation.ts';
import type { Context } from '../operation.ts';
import { line } from '../schema.ts';
import { exampleOf, shippedTypes } from '../types.ts';
import { violationsOf } from '../violations.ts';

const input = {
  type: 'object',
  properties: {
    type: { type: 'string', description: 'Name of the type, when the file does not say it.' },
    schema: { type: 'object', description: 'JSON Schema (2020-12) of the data.' },
    description: { type: 'string', description: 'What such an artifact holds.' },
    file: { type: 'string', description: 'A YAML or JSON file with {type, description, schema}.' },
    line,
  },
  additionalProperties: false,
} as const;

export type TypeRegisterOutput = {
  readonly type: string;
  readonly version: number;
  readonly ref: string;
  readonly changed: boolean;
};

export type Wanted = {
  readonly type: string;
  readonly schema: JsonObject;
  readonly description?: string;
};

export const typeRegister = defineOperation({
  name: 'type_register',
  summary: "Register a type of the team's own, or the next version of one.",
  input,
  profile: 'cli',
  commands: [
    {
      path: 'type register',
      positional: ['type'],
      examples: [
        'concord type register --file release-note.yaml',
        'concord type register release-note --schema @release-note.json',
      ],
    },
  ],
  run: async (given, context): Promise<TypeRegisterOutput> => {
    const wanted = await read(given, context);
    await checkSchema(wanted);
    const store = await context.store();
    const { line } = context;
    const agent = await context.agent();
    const { result, events } = await store.write({ agent, line }, (transaction) => {
      const { time } = transaction.circumstances;
      transaction.append(registerType(transaction.view, { ...wanted, agent, time }, shippedTypes));
      return transaction.view.registeredType(wanted.type)?.version ?? 1;
    });
    const version = result ?? 1;
    return {
      type: wanted.type,
      version,
      ref: formatRef(wanted.type, version),
      changed: events.length > 0,
    };
  },
  render: ({ ref, type, changed }, speak) =>
    [
      speak.strong(
        changed ? `Registered the type ${ref}.` : `${ref} is registered already; nothing changed.`,
      ),
      '',
      `Next: ${speak.call({ operation: 'type_show', input: { type } })}`,
    ].join('\n'),
});

const read = async (
  {
    type,
    schema,
    description,
    file,
  }: {
    readonly type?: string | undefined;
    readonly schema?: unknown;
    readonly description?: string | undefined;
    readonly file?: string | undefined;
  },
  context: Context,
): Promise<Wanted> => {
  const fromFile = file === undefined ? {} : await readJsonObject(context, file, 'file');
  const merged: Record<string, unknown> = {
    ...fromFile,
    ...(type !== undefined && { type }),
    ...(schema !== undefined && { schema }),
    ...(description !== undefined && { description }),
  };
  if (typeof merged['type'] !== 'string') throw invalid('type', 'given', 'nothing');
  const found = checkJson(merged['schema'] ?? null, 'schema');
  if (!isObject(found)) throw invalid('schema', 'given, as an object', 'nothing');
  const words = merged['description'];
  return {
    type: merged['type'],
    schema: found,
    ...(typeof words === 'string' && { description: words.slice(0, 500) }),
  };
};

/** A schema must compile, and its own example must fit it. */
export const checkSchema = async ({ type, schema }: Wanted): Promise<void> => {
  const { compileSchema } = await import('../compile.ts');
  const validate = await compileSchema(schema);
  const example = exampleOf(schema);
  if (example === undefined || validate(example)) return;
  throw new ConcordError(
    'INVALID',
    `The example in the schema of ${type} does not fit the schema; nothing was registered.`,
    {
      violations: violationsOf(validate.errors ?? [], example, 'example'),
    },
  );
};
