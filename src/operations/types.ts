import { artifactTypes } from '#types';
import type { Types } from '../model/artifact.ts';
import type { RegisteredType } from '../model/entity.ts';
import { isObject } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import type { View } from '../model/view.ts';
import type { Validate } from './compile.ts';
import { violationsOf } from './violations.ts';

export const shippedTypes: readonly string[] = Object.keys(artifactTypes).sort();

/** Thrown inside a transaction for a type whose schema is not compiled yet: compile it outside, then run again. */
export class NotCompiled extends Error {
  readonly registered: RegisteredType;
  constructor(registered: RegisteredType) {
    super(`the schema of ${registered.type} is not compiled`);
    this.registered = registered;
  }
}

const compiled = new Map<string, Validate>();
const keyOf = ({ schema }: RegisteredType): string => JSON.stringify(schema);

export const compileType = async (registered: RegisteredType): Promise<void> => {
  const { compileSchema } = await import('./compile.ts');
  compiled.set(keyOf(registered), await compileSchema(registered.schema));
};

/** Runs what may need a team's type, compiling it on demand. */
export const withTypes = async <T>(run: () => Promise<T>): Promise<T> => {
  for (let tries = 0; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof NotCompiled) || tries >= 5) throw error;
      await compileType(error.registered);
    }
  }
};

/** Shipped types and the team's own, as the rules ask for them. */
export const types: Types = {
  shipped: shippedTypes,
  check: (type, view, data) => {
    const validate = validatorOf(type, view);
    if (!validate || validate(data)) return [];
    return violationsOf(validate.errors ?? [], data, 'data');
  },
  example: (type, view) =>
    exampleOf(artifactTypes[type]?.schema ?? view.registeredType(type)?.schema),
};

const validatorOf = (type: string, view: View): Validate | undefined => {
  const shipped = artifactTypes[type];
  if (shipped) return shipped.validate;
  const registered = view.registeredType(type);
  if (!registered) return undefined;
  const validate = compiled.get(keyOf(registered));
  if (!validate) throw new NotCompiled(registered);
  return validate;
};

/** The first example a schema gives. */
export const exampleOf = (schema: unknown): Json | undefined => {
  const examples = isObject(schema) ? schema['examples'] : undefined;
  return Array.isArray(examples) ? examples[0] : undefined;
};
