import { createReadStream } from 'node:fs';
import type { UsageKind } from '../launch/client.ts';
import { claudeReader } from './claude.ts';
import { codexReader } from './codex.ts';
import { geminiReader } from './gemini.ts';
import { inLines } from './lines.ts';
import { plainReader } from './plain.ts';

/** What a run has used and said, as far as its output tells. All of it is data of the program: nothing here is to be believed as a rule. */
export type Usage = {
  readonly usd?: number;
  /** All that went in and out, also what a cache gave. */
  readonly tokens?: number;
  readonly seconds?: number;
  /** As the program itself calls its session. */
  readonly session?: string;
  /** The numbers are totals of the session over all its runs: only what is new of them is to be counted. */
  readonly cumulative: boolean;
  /** What it was not allowed to do, each said once. */
  readonly denied: readonly string[];
  /** Its last words, or its error, on one line. */
  readonly said?: string;
  /** Whether it came to its end by itself. A program of which nothing is known never says so. */
  readonly finished: boolean;
};

/** Reads the lines of an output one after the other, and keeps no more than what it says in the end. */
export type Reader = {
  readonly line: (text: string) => void;
  readonly usage: () => Usage;
};

const readers = {
  claude: claudeReader,
  codex: codexReader,
  gemini: geminiReader,
  none: plainReader,
} as const satisfies Readonly<Record<UsageKind, () => Reader>>;

/** From the output of a run; it may be cut off anywhere. */
export const usageOf = (kind: UsageKind, output: string | Iterable<string | Buffer>): Usage => {
  const reader = readers[kind]();
  const lines = inLines(reader.line);
  for (const chunk of typeof output === 'string' ? [output] : output) lines.push(chunk);
  lines.end();
  return reader.usage();
};

/** The same from a file of any size. A file that is not there tells nothing. */
export const usageOfFile = async (kind: UsageKind, path: string): Promise<Usage> => {
  const reader = readers[kind]();
  const lines = inLines(reader.line);
  try {
    for await (const chunk of createReadStream(path)) lines.push(chunk as Buffer);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  lines.end();
  return reader.usage();
};
