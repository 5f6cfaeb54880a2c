import type { Violation } from '../model/error.ts';
import { atPath } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import { nearest, shown } from '../model/text.ts';

/** An error as ajv reports it. */
export type SchemaError = {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
};

/** At most this many are reported; the rest is counted. */
const limit = 20;

/** ajv's errors in the words of a refusal: where, what is expected, what stands there. */
export const violationsOf = (
  errors: readonly SchemaError[],
  value: unknown,
  root: string,
  known: readonly string[] = [],
): Violation[] => {
  // What failed inside an anyOf is told by the anyOf itself.
  const telling = errors.filter(({ keyword }) => keyword !== 'if');
  const violations = telling.slice(0, limit).map((error) => {
    const path = pathOf(error.instancePath);
    return violationOf(error, path, value, root, known);
  });
  const rest = telling.length - violations.length;
  return rest > 0
    ? [
        ...violations,
        { path: root, expected: 'the same rules elsewhere', got: `${rest} more violations` },
      ]
    : violations;
};

/** `/failures/0/test` as `failures[0].test`, the form that `path` takes. */
const pathOf = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'))
    .reduce(
      (path, part) =>
        /^\d+$/.test(part) ? `${path}[${part}]` : path === '' ? part : `${path}.${part}`,
      '',
    );

const violationOf = (
  error: SchemaError,
  path: string,
  value: unknown,
  root: string,
  known: readonly string[],
): Violation => {
  const at = (name: string): string => [root, path, name].filter((part) => part !== '').join('.');
  const { keyword, params } = error;
  if (keyword === 'required')
    return { path: at(String(params['missingProperty'])), expected: 'given', got: 'nothing' };
  if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') {
    const name = String(params['additionalProperty'] ?? params['unevaluatedProperty']);
    // The names are those of the outermost object.
    const names = path === '' ? known : [];
    const near = nearest(name, names);
    const allowed = names.length > 0 ? `one of ${names.join(', ')}` : 'a known name';
    return {
      path: at(name),
      expected: near ? `another name; did you mean ${near}?` : allowed,
      got: 'an unknown name',
    };
  }
  return {
    path: at(''),
    expected: expectation(error),
    got: shown(path === '' ? value : atPath(value as Json, path)),
  };
};

const expectation = (error: SchemaError): string => {
  const { keyword, params, message = keyword } = error;
  const limit = String(params['limit']);
  switch (keyword) {
    case 'type':
      return `of type ${[params['type']].flat().join(' or ')}`;
    case 'enum':
      return `one of ${(params['allowedValues'] as readonly unknown[]).join(', ')}`;
    case 'const':
      return shown(params['allowedValue']);
    case 'anyOf':
    case 'oneOf':
      return 'in one of the allowed forms';
    case 'pattern':
      return `text that matches ${String(params['pattern'])}`;
    case 'minItems':
    case 'minLength':
    case 'minProperties':
      return `of at least ${limit} ${units[keyword]}`;
    case 'maxItems':
    case 'maxLength':
    case 'maxProperties':
      return `of at most ${limit} ${units[keyword]}`;
    case 'uniqueItems':
      return 'without repeated items';
    default:
      return message.startsWith('must be ')
        ? message.slice(8)
        : `such that it ${message.replace(/^must /, 'does ')}`;
  }
};

const units = {
  minItems: 'items',
  maxItems: 'items',
  minLength: 'characters',
  maxLength: 'characters',
  minProperties: 'fields',
  maxProperties: 'fields',
} as const;
