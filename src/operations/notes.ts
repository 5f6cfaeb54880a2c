import { join } from 'node:path';
import type { JsonObject } from '../model/json.ts';
import { remove } from '../store/disk.ts';
import { quietly, readEntry, writeEntry } from './local-file.ts';

/** Small facts under short names, outside the history: losing one costs no work. A name is the program's own, never a user's text. */
export interface Notes {
  read(name: string): JsonObject | undefined;
  /** undefined takes it away. */
  write(name: string, value: JsonObject | undefined): void;
}

export const notesInMemory = (): Notes => {
  const notes = new Map<string, JsonObject>();
  return {
    read: (name) => notes.get(name),
    write: (name, value) =>
      void (value === undefined ? notes.delete(name) : notes.set(name, value)),
  };
};

const fileOf = (name: string): string => `note-${name}`;

/** One file a note in this directory; `made` is called where the directory had to be made. */
export const notesIn = (directory: string, made?: () => void): Notes => ({
  read: (name) => readEntry(join(directory, fileOf(name))),
  write: (name, value) =>
    quietly(undefined, () => {
      if (value === undefined) remove(join(directory, fileOf(name)));
      else writeEntry(directory, fileOf(name), value, made);
    }),
});

/** What is kept for an agent from one session of this machine to the next; `agent` is a slug. */
export const memoryOf = (local: string, agent: string): Notes =>
  notesIn(join(local, 'agents', agent));
