import type { Operation } from '../operations/operation.ts';
import type { Property } from '../operations/schema.ts';

export type Tool = {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: { readonly type: 'object'; readonly [key: string]: unknown };
  readonly annotations: Readonly<Record<string, boolean>>;
  readonly _meta?: Readonly<Record<string, unknown>>;
};

export type Profile = 'core' | 'full';

/** Tools that can be called; the profile decides only what is listed. */
export const isTool = ({ profile }: Operation): boolean => profile !== 'cli';

/** A schema without what a refusal says when it matters: bounds, and that nothing else is allowed. */
const brief = (schema: object): object =>
  Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => !['minimum', 'maximum', 'additionalProperties'].includes(key))
      .map(([key, value]) => [key, isSchema(value) ? brief(value) : (value as unknown)]),
  );

const withoutWords = ({ description: _description, ...property }: Property): object => property;

const isSchema = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a session carries of an operation: taught arguments only, no keyword that is not needed. */
export const toolOf = (operation: Operation): Tool => {
  const {
    name,
    summary,
    details,
    input,
    unlisted = [],
    plain = [],
    readOnly,
    alwaysLoad,
  } = operation;
  const properties = Object.fromEntries(
    Object.entries(input.properties)
      .filter(([key]) => !unlisted.includes(key))
      .map(([key, property]) => [
        key,
        brief(plain.includes(key) ? withoutWords(property) : property),
      ]),
  );
  return {
    name,
    description: details === undefined ? summary : `${summary} ${details}`,
    inputSchema: {
      type: 'object',
      properties,
      ...(input.required && { required: input.required }),
    },
    // What is not said is as the protocol takes it: not read-only; destruction is no question of what only reads.
    annotations: {
      ...(readOnly ? { readOnlyHint: true } : { destructiveHint: false }),
      openWorldHint: false,
    },
    ...(alwaysLoad && { _meta: { 'anthropic/alwaysLoad': true } }),
  };
};

export const listedTools = (operations: readonly Operation[], profile: Profile): Tool[] =>
  operations
    .filter(
      (operation) => isTool(operation) && (profile === 'full' || operation.profile === 'core'),
    )
    .map(toolOf);
