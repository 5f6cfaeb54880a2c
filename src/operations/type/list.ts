import { artifactTypes } from '#types';
import { isObject } from '../../model/json.ts';
import { oneLine } from '../../model/text.ts';
import { defineOperation } from '../operation.ts';
import type { Speak } from '../operation.ts';
import { line } from '../schema.ts';
import { table } from '../table.ts';
import { shippedTypes } from '../types.ts';

type TypeLine = {
  readonly type: string;
  readonly version: number | null;
  readonly description: string;
};
export type TypeListOutput = { readonly types: readonly TypeLine[] };

export const typeList = defineOperation({
  name: 'type_list',
  summary: 'List the artifact types: those that are shipped, and those of the team.',
  input: { type: 'object', properties: { line }, additionalProperties: false },
  readOnly: true,
  profile: 'cli',
  commands: [{ path: 'type list' }],
  run: async (_input, context): Promise<TypeListOutput> => {
    const store = await context.store();
    const registered = await store.read(context.line, (facts) =>
      facts.entities(context.line, 'type'),
    );
    const shipped = shippedTypes.map((type) => ({
      type,
      version: null,
      description: descriptionOf(artifactTypes[type]?.schema),
    }));
    const own = registered.map(({ type, version, description, schema }) => ({
      type,
      version,
      description: description ?? descriptionOf(schema),
    }));
    return { types: [...shipped, ...own] };
  },
  render: ({ types }, speak: Speak) => {
    const rows = types.map(({ type, version, description }) => [
      type,
      version === null ? 'shipped' : `version ${version}`,
      oneLine(description, 90),
    ]);
    return [
      ...table(rows),
      '',
      `Next: ${speak.call({ operation: 'type_show', input: { type: 'test-results' } })}`,
    ].join('\n');
  },
});

const descriptionOf = (schema: unknown): string =>
  isObject(schema) && typeof schema['description'] === 'string' ? schema['description'] : '';
