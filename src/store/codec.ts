import { files as validators } from '#files';
import type { Entities, Kind } from '../model/entity.ts';
import { storeFormat } from '../model/entity.ts';
import { ConcordError, invalid } from '../model/error.ts';
import { dataLimits, isObject } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import { shown } from '../model/text.ts';
import { fromYaml, toYaml, yamlBytes } from './yaml.ts';

/** A file holds data one level deeper than it was checked, and more keys beside it; its size is bounded by `yamlBytes`. */
const fileLimits = { bytes: Infinity, depth: dataLimits.depth + 8, keys: Infinity } as const;

/** An entity as the text of its file. What could not be read back is never written. */
export const encode = <K extends Kind>(kind: K, value: Entities[K]): Buffer => {
  const validate = validators[kind];
  if (!validate(value)) {
    const first = validate.errors?.[0];
    throw invalid(
      `${kind}${first?.instancePath.replaceAll('/', '.') ?? ''}`,
      first?.message?.replace('must ', '') ?? 'valid',
      'something else',
    );
  }
  const bytes = Buffer.from(toYaml(value));
  if (bytes.length <= yamlBytes) return bytes;
  throw invalid(
    'data',
    `at most ${yamlBytes / 1024} KiB when written as YAML`,
    `${Math.ceil(bytes.length / 1024)} KiB`,
    {
      hint: 'Attach large contents as files (attach).',
    },
  );
};

/** A file's text as the entity it holds. What does not follow the schema of its kind is refused with the reason. */
export const decode = <K extends Kind>(kind: K, bytes: Buffer, path: string): Entities[K] => {
  const value = parse(bytes, path);
  if (kind === 'concord') checkFormat(value);
  const validate = validators[kind];
  if (validate(value)) return value as unknown as Entities[K];
  const first = validate.errors?.[0];
  throw new ConcordError(
    'STORAGE',
    `${path} is not a valid ${kind} file: ${first?.instancePath || '/'} ${first?.message ?? ''}.`,
    {
      hint: 'It was changed by hand or by another program.',
      next: 'concord doctor',
    },
  );
};

/** A file of the store that is no YAML was damaged: that is not the caller's input. */
const parse = (bytes: Buffer, path: string): Json => {
  try {
    return fromYaml(bytes.toString('utf8'), path, fileLimits);
  } catch (error) {
    if (!(error instanceof ConcordError)) throw error;
    throw new ConcordError('STORAGE', error.message, {
      hint: 'It was changed by hand or by another program.',
      next: 'concord doctor',
    });
  }
};

/** Refuses a store made by a later Concord before anything else is looked at. */
const checkFormat = (value: unknown): void => {
  const format = isObject(value as never) ? (value as { format?: unknown }).format : undefined;
  if (typeof format === 'number' && format > storeFormat) {
    throw new ConcordError(
      'FORMAT_NEWER',
      `This store has format ${shown(format)}; this Concord reads formats up to ${storeFormat}.`,
      {
        hint: 'Nothing was changed.',
        next: `npm install --global git-concord@latest (a version that reads format ${format})`,
      },
    );
  }
};

/** The same from a file's text; one that cannot be read is for others to judge. */
export const refuseNewer = (bytes: Buffer, path: string): void => {
  let value;
  try {
    value = fromYaml(bytes.toString('utf8'), path, fileLimits);
  } catch {
    return;
  }
  checkFormat(value);
};
