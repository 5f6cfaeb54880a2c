import type { Operation } from '../operations/operation.ts';

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

/** What a session carries of an operation: taught arguments only, no keyword that is not needed. */
export const toolOf = (operation: Operation): Tool => {
  const { name, summary, details, input, unlisted = [], readOnly = false, alwaysLoad } = operation;
  const properties = Object.fromEntries(
    Object.entries(input.properties).filter(([key]) => !unlisted.includes(key)),
  );
  return {
    name,
    description: details === undefined ? summary : `${summary} ${details}`,
    inputSchema: {
      type: 'object',
      properties,
      ...(input.required && { required: input.required }),
      additionalProperties: false,
    },
    annotations: { readOnlyHint: readOnly, destructiveHint: false, openWorldHint: false },
    ...(alwaysLoad && { _meta: { 'anthropic/alwaysLoad': true } }),
  };
};

export const listedTools = (operations: readonly Operation[], profile: Profile): Tool[] =>
  operations
    .filter(
      (operation) => isTool(operation) && (profile === 'full' || operation.profile === 'core'),
    )
    .map(toolOf);
