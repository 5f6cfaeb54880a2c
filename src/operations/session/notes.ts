import { join } from 'node:path';
import type { JsonObject } from '../../model/json.ts';
import { listIfThere, remove } from '../../store/disk.ts';
import { addEntry, changedAt, quietly, readEntry, writeEntry } from './local-file.ts';

/** Small facts under short names, outside the history: losing one costs no work. A name is the program's own, never a user's text. */
export interface Notes {
  read(name: string): JsonObject | undefined;
  /** undefined takes it away. */
  write(name: string, value: JsonObject | undefined): void;
  /** Writes it where there is none: of several processes that try at once, one is told that it did. */
  add(name: string, value: JsonObject): boolean;
  /** Takes away those of this beginning that are older than so many milliseconds. */
  sweep(beginning: string, age: number): void;
}

export const notesInMemory = (): Notes => {
  const notes = new Map<string, JsonObject>();
  return {
    read: (name) => notes.get(name),
    write: (name, value) =>
      void (value === undefined ? notes.delete(name) : notes.set(name, value)),
    add: (name, value) => !notes.has(name) && notes.set(name, value).has(name),
    // They end with the process.
    sweep: () => undefined,
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
  add: (name, value) => quietly(false, () => addEntry(directory, fileOf(name), value, made)),
  sweep: (beginning, age) =>
    quietly(undefined, () => {
      for (const file of listIfThere(directory)) {
        const changed = file.startsWith(fileOf(beginning)) && changedAt(join(directory, file));
        if (changed && Date.now() - changed > age) remove(join(directory, file));
      }
    }),
});

/** What is kept for an agent from one session of this machine to the next; `agent` is a slug. */
export const memoryOf = (local: string, agent: string): Notes =>
  notesIn(join(local, 'agents', agent));
