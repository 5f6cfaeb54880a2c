import { basename } from 'node:path';
import { invalid } from '../../model/error.ts';
import type { Attachment } from '../../model/event.ts';
import { canonical, checkJson } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import { readJsonObject } from '../file.ts';
import { keyFor, sha256 } from '../key.ts';
import type { Context } from '../operation.ts';

type ContentInput = {
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly dataFile?: string | undefined;
};

type KeyedInput = {
  readonly idempotencyKey?: string | undefined;
  readonly artifactId?: string | undefined;
  readonly artifactType?: string | undefined;
  readonly summary?: string | undefined;
  readonly contractId?: string | undefined;
  readonly expectedVersion?: number | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly derivedFrom?: readonly string[] | undefined;
};

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

/** Equal for equal type, data and attachments, whatever the order of keys: 32 hex digits of a SHA-256. */
export const contentOf = (
  type: string,
  data: JsonObject,
  attachments: readonly Attachment[],
): string =>
  sha256(
    canonical({ type, data, files: attachments.map(({ name, bytes }) => [name, sha256(bytes)]) }),
  ).slice(0, 32);

/**
 * What makes a repeated call the same call: who, with which key, and what is to be published: the bytes of files, not their names on the
 * caller's disk.
 */
export const keyOf = (
  { idempotencyKey, tags, derivedFrom, ...input }: KeyedInput,
  agent: string,
  content: string,
): { hash: string; input: string } | undefined => {
  const { artifactId, artifactType, summary, contractId, expectedVersion } = input;
  const named = [artifactId, artifactType, summary, contractId, expectedVersion];
  const lists = [tags, derivedFrom].map((list) => [...new Set(list)].sort());
  return keyFor('artifact_publish', agent, idempotencyKey, [
    ...named.map((value) => value ?? null),
    content,
    lists,
  ]);
};
