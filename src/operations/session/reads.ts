import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { readIfThere, remove } from '../../store/disk.ts';
import type { Reads } from '../operation.ts';

const entry = (ref: string, older: boolean): string => (older ? `${ref} older` : ref);

/** At most so many are kept; a session that reads more has lost the thread anyway. */
const limit = 200;

/** Reads of one long-lived process. */
export const readsInMemory = (): Reads => {
  let seen: readonly string[] = [];
  return {
    note: (ref, older) =>
      (seen = [...seen.filter((text) => text !== entry(ref, older)), entry(ref, older)].slice(
        -limit,
      )),
    list: () => seen,
    remove: (entries) => (seen = seen.filter((text) => !entries.includes(text))),
  };
};

/** Reads of a session of many short processes: a file of lines outside the store, never synced. Losing it loses a hint. */
export const readsInFile = (local: string, agent: string, session: string): Reads => {
  const path = join(local, 'reads', `${agent}-${session.replace(/[^A-Za-z0-9._-]/g, '')}`);
  const quietly = (body: () => void): void => {
    try {
      body();
    } catch {
      // A read-only repository can still be read.
    }
  };
  const lines = (): string[] => [
    ...new Set(readIfThere(path)?.toString('utf8').split('\n').filter(Boolean)),
  ];
  return {
    note: (ref, older) =>
      quietly(() => {
        fs.mkdirSync(dirname(path), { recursive: true });
        fs.appendFileSync(path, `${entry(ref, older)}\n`);
      }),
    list: () => lines().slice(-limit),
    remove: (entries) =>
      quietly(() => {
        const rest = lines().filter((text) => !entries.includes(text));
        if (rest.length === 0) remove(path);
        else fs.writeFileSync(path, rest.map((text) => `${text}\n`).join(''));
      }),
  };
};
