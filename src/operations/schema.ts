/**
 * What an operation may take: only what both front ends can show. An `object` is JSON: on the command line JSON text, `@file` or
 * `-` for standard input; an item of a list that may be an object too is JSON where it begins with "{".
 */
export type Property = { readonly description: string } & (
  | { readonly type: 'string'; readonly enum?: readonly string[] }
  | { readonly type: 'integer'; readonly minimum?: number; readonly maximum?: number }
  | { readonly type: 'boolean' }
  | {
      readonly type: 'array';
      readonly items: { readonly type: 'string'; readonly enum?: readonly string[] };
    }
  | {
      readonly type: 'array';
      readonly items: { readonly type: 'object' | readonly ['string', 'object'] } & Nested;
    }
  | ({ readonly type: 'object' } & Nested)
);

/** What a schema says of the fields of an object: JSON Schema as it is. */
type Nested = {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
};

export type InputSchema = {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, Property>>;
  readonly required?: readonly string[];
  readonly additionalProperties: false;
};

type Value<P> = P extends { readonly enum: readonly (infer E)[] }
  ? E
  : P extends { readonly type: 'string' }
    ? string
    : P extends { readonly type: 'integer' }
      ? number
      : P extends { readonly type: 'boolean' }
        ? boolean
        : P extends { readonly items: { readonly enum: readonly (infer E)[] } }
          ? readonly E[]
          : P extends { readonly type: 'array'; readonly items: { readonly type: infer I } }
            ? I extends 'string'
              ? readonly string[]
              : I extends 'object'
                ? readonly Readonly<Record<string, unknown>>[]
                : readonly (string | Readonly<Record<string, unknown>>)[]
            : Readonly<Record<string, unknown>>;

type Required<S extends InputSchema> = S extends { readonly required: readonly (infer R)[] }
  ? R
  : never;

/** The TypeScript type of an input schema. */
export type Input<S extends InputSchema> = {
  readonly [K in keyof S['properties'] as K extends Required<S> ? K : never]: Value<
    S['properties'][K]
  >;
} & {
  readonly [K in keyof S['properties'] as K extends Required<S> ? never : K]?:
    | Value<S['properties'][K]>
    | undefined;
};

/** Arguments that many operations share. */
export const line = {
  type: 'string',
  description: 'Line to work on: main, or replay/<name>.',
} as const;
export const at = {
  type: 'string',
  description:
    'The state then: a commit, a snapshot (concord/<name>) or a time (2026-11-22T14:00:00Z).',
} as const;
