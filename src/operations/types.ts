import { artifactTypes } from '#types';
import type { Types } from '../model/artifact.ts';
import type { RegisteredType } from '../model/entity.ts';
import type { Violation } from '../model/error.ts';
import { isObject } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import type { View } from '../model/view.ts';
import type { Validate } from './compile.ts';
import { violationsOf } from './violations.ts';

export const shippedTypes: readonly string[] = Object.keys(artifactTypes).sort();

/** Thrown inside a transaction for a team's type that was not looked at yet: it is done outside, where nobody waits, and all runs again. */
class NotChecked extends Error {
  readonly registered: RegisteredType;
  constructor(registered: RegisteredType) {
    super(`data was not checked against ${registered.type}`);
    this.registered = registered;
  }
}

/** Compiled schemas of teams, by their text. */
const compiled = new Map<string, Promise<Validate>>();
const keyOf = ({ schema }: RegisteredType): string => JSON.stringify(schema);

const check = async (registered: RegisteredType, data: Json): Promise<readonly Violation[]> => {
  const { compileSchema } = await import('./compile.ts');
  const key = keyOf(registered);
  const compiling = compiled.get(key) ?? compileSchema(registered.schema);
  compiled.set(key, compiling);
  const validate = await compiling;
  return validate(data) ? [] : violationsOf(validate.errors ?? [], data, 'data');
};

/** Runs what has to know whether data fits its type; the checks against schemas of teams are made between two runs. */
export const withTypes = async <T>(data: Json, run: (types: Types) => Promise<T>): Promise<T> => {
  const checked = new Map<string, readonly Violation[]>();
  for (let tries = 0; ; tries += 1) {
    try {
      return await run(typesWith(checked));
    } catch (error) {
      if (!(error instanceof NotChecked) || tries >= 5) throw error;
      checked.set(keyOf(error.registered), await check(error.registered, data));
    }
  }
};

/** Shipped types and the team's own, as the rules ask for them. */
const typesWith = (checked: ReadonlyMap<string, readonly Violation[]>): Types => ({
  shipped: shippedTypes,
  check: (type, view, data) => {
    const shipped = artifactTypes[type];
    if (shipped)
      return shipped.validate(data)
        ? []
        : violationsOf(shipped.validate.errors ?? [], data, 'data');
    const registered = view.registeredType(type);
    if (!registered) return [];
    const violations = checked.get(keyOf(registered));
    if (!violations) throw new NotChecked(registered);
    return violations;
  },
  example: exampleFor,
});

/** What data of a type looks like. */
export const exampleFor = (type: string, view: View): Json | undefined =>
  exampleOf(artifactTypes[type]?.schema ?? view.registeredType(type)?.schema);

/** The first example a schema gives. */
export const exampleOf = (schema: unknown): Json | undefined => {
  const examples = isObject(schema) ? schema['examples'] : undefined;
  return Array.isArray(examples) ? examples[0] : undefined;
};
