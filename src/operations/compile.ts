import vm from 'node:vm';
import { ConcordError, invalid } from '../model/error.ts';
import { isObject } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { oneLine, shown } from '../model/text.ts';
import type { SchemaError } from './violations.ts';

export type Validate = ((value: unknown) => boolean) & {
  errors?: readonly SchemaError[] | null | undefined;
};

/** A team's schema is text from an agent: it is bounded before it is compiled. */
const limits = { bytes: 64 * 1024, depth: 32, combinators: 200 } as const;
/** Checking one artifact against a team's schema ends after this many milliseconds. */
const deadline = 1_000;

const combinators = new Set([
  '$ref',
  '$dynamicRef',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'dependentSchemas',
]);

/**
 * A team's JSON Schema (2020-12) as a function. Patterns are run by RE2, in linear time; references stay inside the schema; checking
 * has a deadline. A schema that is none is refused with the reason.
 */
export const compileSchema = async (schema: JsonObject): Promise<Validate> => {
  checkBounds(schema);
  // Bundled, a CommonJS package has a default export alone.
  const [{ default: bundled }, formats, { RE2JS }] = await Promise.all([
    import('ajv/dist/2020.js'),
    import('ajv-formats'),
    import('re2js'),
  ]);
  const regExp = Object.assign((pattern: string) => matcher(pattern, RE2JS.compile(pattern)), {
    code: 're2js',
  });
  const ajv = new bundled.Ajv2020({
    allErrors: true,
    strictSchema: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    ownProperties: true,
    validateFormats: true,
    code: { regExp },
    logger: false,
  });
  formats.default.default(ajv, ['date', 'time', 'date-time', 'uuid', 'ipv4']);
  try {
    const validate = ajv.compile(schema);
    const bounded: Validate = (value) => withDeadline(() => validate(value));
    return Object.defineProperty(bounded, 'errors', { get: () => validate.errors }) as Validate;
  } catch (error) {
    throw new ConcordError(
      'INVALID',
      `The schema cannot be used: ${oneLine(error instanceof Error ? error.message : String(error), 300)}.`,
      {
        hint: 'JSON Schema 2020-12, references only within the schema (#/...), patterns without look-around or back-references.',
      },
    );
  }
};

/** ajv tells patterns apart by their text. */
const matcher = (source: string, pattern: { matcher(text: string): { find(): boolean } }): RegExp =>
  ({
    test: (text: string) => pattern.matcher(text).find(),
    toString: () => source,
  }) as unknown as RegExp;

const checkBounds = (schema: JsonObject): void => {
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  if (bytes > limits.bytes)
    throw invalid('schema', `at most ${limits.bytes / 1024} KiB`, `${Math.ceil(bytes / 1024)} KiB`);
  let found = 0;
  const open: { value: Json; depth: number }[] = [{ value: schema, depth: 1 }];
  for (let item = open.pop(); item; item = open.pop()) {
    if (item.depth > limits.depth)
      throw invalid('schema', `at most ${limits.depth} levels deep`, 'more');
    const members = isObject(item.value)
      ? Object.entries(item.value)
      : Array.isArray(item.value)
        ? item.value.map((child) => ['', child] as const)
        : [];
    for (const [key, child] of members) {
      if (combinators.has(key)) found += 1;
      if (key === '$ref' && !(typeof child === 'string' && child.startsWith('#')))
        throw invalid('schema', 'free of references to elsewhere', shown(child));
      if (typeof child === 'object' && child !== null)
        open.push({ value: child, depth: item.depth + 1 });
    }
  }
  if (found > limits.combinators)
    throw invalid(
      'schema',
      `of at most ${limits.combinators} references and combinators`,
      String(found),
    );
};

let sandbox: vm.Context | undefined;

/** Node's own watchdog ends a run that takes too long, even inside a loop of the checked code. */
const withDeadline = <T>(run: () => T): T => {
  sandbox ??= vm.createContext({ run: undefined });
  sandbox['run'] = run;
  try {
    return vm.runInContext('run()', sandbox, { timeout: deadline }) as T;
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
    ) {
      throw new ConcordError(
        'INVALID',
        `Checking the data against the schema took longer than ${deadline} ms; nothing was published.`,
        {
          hint: 'Make the schema simpler (concord type show), or the data smaller.',
        },
      );
    }
    throw error;
  }
};
