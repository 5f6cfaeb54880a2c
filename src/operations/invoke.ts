import { inputs } from '#inputs';
import { ConcordError } from '../model/error.ts';
import { isObject } from '../model/json.ts';
import { checkLine } from '../model/names.ts';
import { shown } from '../model/text.ts';
import { keepUp } from './session/keep-up.ts';
import type { Context, Operation } from './operation.ts';
import { checkSecrets } from './secrets.ts';
import { violationsOf } from './violations.ts';

/** The only door to an operation: names are settled, the input is checked, then it runs. Throws ConcordError for every refusal. */
export const invoke = async (
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<unknown> => run(operation, checkInput(operation, input), context);

/** `line` among the arguments is the line that the call works on. */
const run = async (
  operation: Operation,
  input: Readonly<Record<string, never>>,
  context: Context,
): Promise<unknown> => {
  const named: unknown = input['line'];
  const here = typeof named === 'string' ? { ...context, line: checkLine(named) } : context;
  await keepUp(here);
  if (!operation.readOnly) await checkSecrets(input, here);
  return operation.run(input, here);
};

/** The input with taught names; throws INVALID with every violation. */
export const checkInput = (
  operation: Operation,
  input: unknown,
): Readonly<Record<string, never>> => {
  if (!isObject(input))
    throw new ConcordError(
      'INVALID',
      `${operation.name} takes an object of arguments, not ${shown(input)}.`,
    );
  const settled = withTaughtNames(operation, input);
  const validate = inputs[operation.name];
  if (!validate) throw new Error(`the input schema of ${operation.name} is not compiled`);
  if (validate(settled)) return settled as Readonly<Record<string, never>>;
  const known = Object.keys(operation.input.properties).filter(
    (name) => !operation.unlisted?.includes(name),
  );
  throw new ConcordError(
    'INVALID',
    `${operation.name} was called with wrong arguments; nothing was done.`,
    {
      violations: violationsOf(validate.errors ?? [], settled, '', known),
    },
  );
};

/** Other names become the taught ones; JSON given as text where an object is meant is read. */
const withTaughtNames = (
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
): Record<string, unknown> => {
  const { properties } = operation.input;
  // A Map, and own properties only: a client may send "__proto__" or "constructor" as a name.
  const settled = new Map<string, unknown>();
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined || value === null) continue;
    const taught = (Object.hasOwn(properties, name) ? name : own(operation.aliases, name)) ?? name;
    const property = own(properties, taught);
    if (taught !== name && settled.has(taught)) continue;
    settled.set(taught, property ? accommodate(property.type, value) : value);
  }
  return Object.fromEntries(settled);
};

const own = <T>(record: Readonly<Record<string, T>> = {}, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

const accommodate = (type: string, value: unknown): unknown => {
  if (type === 'array' && typeof value === 'string') return [value];
  if (type === 'string' && typeof value === 'number') return String(value);
  if (type === 'integer' && typeof value === 'string' && /^-?\d{1,15}$/.test(value))
    return Number(value);
  if (type !== 'object' || typeof value !== 'string') return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return isObject(parsed) ? parsed : value;
  } catch {
    return value;
  }
};
