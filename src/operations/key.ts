import { createHash } from 'node:crypto';
import { canonical } from '../model/json.ts';
import type { Json } from '../model/json.ts';

export const sha256 = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** What makes a repeated call the same call: who, with which key, and what was asked for. */
export const keyFor = (
  operation: string,
  agent: string,
  key: string | undefined,
  asked: Json,
): { hash: string; input: string } | undefined =>
  key === undefined
    ? undefined
    : { hash: sha256(JSON.stringify([agent, operation, key])), input: sha256(canonical(asked)) };
