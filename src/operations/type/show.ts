import { artifactTypes } from '#types';
import { ConcordError } from '../../model/error.ts';
import type { Json } from '../../model/json.ts';
import { nearest } from '../../model/text.ts';
import { defineOperation } from '../operation.ts';
import { line } from '../schema.ts';
import { exampleOf, shippedTypes } from '../types.ts';

export type TypeShowOutput = {
  readonly type: string;
  readonly version: number | null;
  readonly schema: unknown;
  readonly example: Json | null;
};

export const typeShow = defineOperation({
  name: 'type_show',
  summary: 'Show the schema of an artifact type, and an example that fits it.',
  input: {
    type: 'object',
    properties: { type: { type: 'string', description: 'Name of the type.' }, line },
    required: ['type'],
    additionalProperties: false,
  },
  readOnly: true,
  profile: 'cli',
  commands: [
    { path: 'type show', positional: ['type'], examples: ['concord type show test-results'] },
  ],
  run: async ({ type }, context): Promise<TypeShowOutput> => {
    const shipped = artifactTypes[type];
    if (shipped)
      return {
        type,
        version: null,
        schema: shipped.schema,
        example: exampleOf(shipped.schema) ?? null,
      };
    const store = await context.store();
    const all = await store.read(context.line, (facts) => facts.entities(context.line, 'type'));
    const registered = all.find((candidate) => candidate.type === type);
    if (registered)
      return {
        type,
        version: registered.version,
        schema: registered.schema,
        example: exampleOf(registered.schema) ?? null,
      };
    const names = [...shippedTypes, ...all.map((candidate) => candidate.type)];
    const near = nearest(type, names);
    throw new ConcordError('NOT_FOUND', `There is no type ${JSON.stringify(type)}.`, {
      hint: `Types: ${names.join(', ')}.`,
      next: near
        ? { operation: 'type_show', input: { type: near } }
        : { operation: 'type_list', input: {} },
    });
  },
  render: ({ type, version, schema, example }, speak) => {
    const heading = speak.strong(
      `${type}  ${version === null ? 'shipped with Concord' : `version ${version}, registered by the team`}`,
    );
    const shown = example === null ? [] : ['Example:', JSON.stringify(example, null, 2)];
    return [heading, 'Schema:', JSON.stringify(schema, null, 2), ...shown].join('\n');
  },
});
