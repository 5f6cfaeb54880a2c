import { open } from 'node:fs/promises';
import { attachmentLimits } from '../model/attachment.ts';
import { ConcordError, invalid } from '../model/error.ts';
import { isObject } from '../model/json.ts';
import type { JsonObject } from '../model/json.ts';
import { oneLine, shown } from '../model/text.ts';
import type { Context } from './operation.ts';

/** Texts of more bytes are not even parsed. */
const limit = 256 * 1024;

/** A text that is JSON, or else YAML, as an object. `field` names it in a refusal. */
export const parseJsonObject = async (text: string, field: string): Promise<JsonObject> => {
  if (Buffer.byteLength(text) > limit) {
    throw invalid(
      field,
      `at most ${limit / 1024} KiB`,
      `${Math.ceil(Buffer.byteLength(text) / 1024)} KiB`,
      {
        hint: 'Attach large contents as files (attach).',
      },
    );
  }
  const value = /^\s*[[{"]/.test(text) ? parseJson(text, field) : await parseYaml(text, field);
  if (isObject(value)) return value;
  throw invalid(field, 'an object', shown(value));
};

const parseJson = (text: string, field: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConcordError(
      'INVALID',
      `${field} cannot be read as JSON: ${oneLine(error instanceof Error ? error.message : '', 200)}.`,
    );
  }
};

const parseYaml = async (text: string, field: string): Promise<unknown> => {
  const { fromYaml } = await import('../store/yaml.ts');
  return fromYaml(text, field);
};

export const readJsonObject = async (
  context: Context,
  path: string,
  field: string,
): Promise<JsonObject> =>
  parseJsonObject(
    (await context.readFile(path)).toString('utf8'),
    `${field} (${oneLine(path, 100)})`,
  );

/** A file's bytes, read no further than the largest thing that can be published: a path may lead to a device or a disk image. */
export const readAtMost = async (path: string): Promise<Buffer> => {
  try {
    const file = await open(path, 'r');
    try {
      return await readStream(
        file.createReadStream({ autoClose: false }),
        `the file ${shown(path)}`,
      );
    } finally {
      await file.close();
    }
  } catch (error) {
    throw refusalOf(error, path);
  }
};

/** The bytes of a stream within the same bound; `name` is what a refusal calls it. */
export const readStream = async (stream: AsyncIterable<unknown>, name: string): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    total += (chunk as Buffer).length;
    if (total > attachmentLimits.bytes) throw invalid(name, 'at most 4 MiB', 'more');
  }
  return Buffer.concat(chunks);
};

const fileErrors: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'may not be read',
  EPERM: 'may not be read',
  EISDIR: 'is a directory',
  ELOOP: 'is a link that leads to itself',
  ENXIO: 'cannot be read',
};

/** A file that the caller named and that cannot be read is the caller's mistake. */
const refusalOf = (error: unknown, path: string): unknown => {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const words = fileErrors[String(error.code)];
  if (words === undefined) return error;
  return new ConcordError('INVALID', `The file ${shown(path)} ${words}; nothing was done.`);
};
