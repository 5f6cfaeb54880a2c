import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { parse } from 'jsonc-parser';
import { isObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { oneLine } from '../../model/text.ts';
import { isProgramOfOurs } from './entry.ts';
import type { Entry, Format } from './entry.ts';
import { onPathAt } from './target.ts';

const isWords = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** The words of a server's entry up to the program itself. */
const upToProgram = (words: unknown): readonly string[] => {
  if (!isWords(words)) return [];
  return words.slice(0, words.findIndex(isProgramOfOurs) + 1);
};

/** From its header to the next one, or to the next comment. */
const table = /^\[mcp_servers\.concord\][^]*?(?=\n\s*[[#]|$(?![^]))/m;

const inToml = (text: string): readonly string[] => {
  const written = (key: string): Json => {
    const found = new RegExp(`^${key} = (.*)$`, 'm').exec(text)?.[1];
    return found === undefined ? null : (parse(found) as Json);
  };
  return upToProgram([written('command'), written('args') ?? []].flat());
};

/** What a server's entry in a file starts, without what comes after the program; empty where it starts something else. */
export const programIn = (
  text: string,
  format: Format,
  { path }: Pick<Entry, 'path'>,
): readonly string[] => {
  if (format !== 'json') return inToml(table.exec(text)?.[0] ?? '');
  let at: unknown = parse(text.replace(/^\uFEFF/, ''), [], { allowTrailingComma: true });
  for (const key of path) at = isObject(at) ? at[key] : undefined;
  return isObject(at) ? upToProgram([at['command'], at['args'] ?? []].flat()) : [];
};

/** Whether a program is there, and what it says of its version. */
export type Started = { readonly works: boolean; readonly says: string };

const patience = 10_000;

const versionOf = ([command = '', ...args]: readonly string[]): Promise<Started> =>
  new Promise((resolve) => {
    const child = spawn(command, [...args, '--version'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: patience,
    });
    const out: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.once('error', (error) => resolve({ works: false, says: oneLine(error.message) }));
    child.once('close', (code) => {
      const says = oneLine(Buffer.concat(out).toString('utf8'), 40);
      resolve(
        code === 0
          ? { works: true, says: `version ${says}` }
          : { works: false, says: `ends with ${code ?? 'a signal'}` },
      );
    });
  });

/**
 * Starts a program that a file names, if it is known for ours: one that anybody has written into a repository is only looked for.
 */
export const tryProgram = async (
  words: readonly string[],
  isKnown: (words: readonly string[]) => boolean,
): Promise<Started> => {
  const [first] = words;
  if (first === undefined) return { works: true, says: 'starts something of your own' };
  if (words.length === 1 && !first.includes('/')) {
    const path = onPathAt(first);
    return path === undefined
      ? { works: false, says: `${first} is not on the PATH` }
      : versionOf([path]);
  }
  const missing = words.find((word) => word.startsWith('/') && !fs.existsSync(word));
  if (missing !== undefined) return { works: false, says: `${oneLine(missing)} does not exist` };
  return isKnown(words)
    ? versionOf(words)
    : { works: true, says: 'of another installation, not tried' };
};
