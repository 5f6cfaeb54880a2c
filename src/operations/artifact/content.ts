import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { invalid } from '../../model/error.ts';
import type { Attachment } from '../../model/event.ts';
import { canonical, checkJson } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import { readJsonObject } from '../file.ts';
import type { Context } from '../operation.ts';

type ContentInput = {
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly dataFile?: string | undefined;
};

type KeyedInput = { readonly idempotencyKey?: string | undefined };

export const readData = async (input: ContentInput, context: Context): Promise<JsonObject> => {
  if ((input.data === undefined) === (input.dataFile === undefined)) {
    throw invalid(
      'data',
      'given, or dataFile instead of it',
      input.data === undefined ? 'neither' : 'both',
    );
  }
  const data =
    input.dataFile === undefined
      ? input.data
      : await readJsonObject(context, input.dataFile, 'dataFile');
  return checkJson(data, 'data') as JsonObject;
};

export const readAttachment = async (path: string, context: Context): Promise<Attachment> => ({
  name: basename(path),
  bytes: await context.readFile(path),
});

export const checkSummary = (summary: string): string => {
  if (summary.length <= 500) return summary.replace(/\s+/g, ' ').trim();
  throw invalid('summary', 'at most 500 characters', `${summary.length}`);
};

const sha256 = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** Equal for equal type, data and attachments, whatever the order of keys: 32 hex digits of a SHA-256. */
export const contentOf = (
  type: string,
  data: JsonObject,
  attachments: readonly Attachment[],
): string =>
  sha256(
    canonical({ type, data, files: attachments.map(({ name, bytes }) => [name, sha256(bytes)]) }),
  ).slice(0, 32);

export const keyOf = (
  input: KeyedInput,
  agent: string,
): { hash: string; input: string } | undefined => {
  const { idempotencyKey, ...rest } = input;
  if (idempotencyKey === undefined) return undefined;
  return {
    hash: sha256(JSON.stringify([agent, 'artifact_publish', idempotencyKey])),
    input: sha256(canonical(rest as unknown as JsonObject)),
  };
};
