import fs from 'node:fs';
import { join } from 'node:path';
import { ConcordError } from '../../model/error.ts';
import { errorCode, readIfThere, remove } from '../../store/disk.ts';
import { isDead, processMark } from '../../store/lock-owner.ts';
import type { Change } from './change.ts';
import { digestOf, writeRecords } from './record.ts';
import type { FileRecord, Records } from './record.ts';
import { cannot, missingAbove, removeEmpty, removeText, writeText } from './text-file.ts';

/** A file that is being written counts as ours in both forms, so that whoever is killed here can be taken up again. */
const atWork = ({ record, current }: Change, earlier: FileRecord | undefined): FileRecord[] => {
  const known = record ?? earlier;
  if (!known) return [];
  const isOurs = earlier?.left.includes(digestOf(current)) ?? false;
  const left = [...(record?.left ?? []), ...(isOurs ? [digestOf(current)] : [])];
  return [{ ...known, left: record ? left : known.left }];
};

const others = (records: Records, changes: readonly Change[]): Records =>
  records.filter(({ path }) => !changes.some(({ real }) => real === path));

/** What is known once all of it is done. */
const after = (records: Records, changes: readonly Change[]): Records => [
  ...others(records, changes),
  ...changes.flatMap(({ record }) => record ?? []),
];

const during = (records: Records, changes: readonly Change[]): Records => [
  ...others(records, changes),
  ...changes.flatMap((change) =>
    atWork(
      change,
      records.find(({ path }) => path === change.real),
    ),
  ),
];

/** Puts one file into its new state. */
const apply = ({ real, current, next, directories }: Change): void => {
  if (next === current) return;
  if (next === undefined) {
    removeText(real);
    removeEmpty(directories);
  } else writeText(real, next);
};

const takeBack = ({ real, current, record }: Change): void => {
  if (current === undefined) {
    removeText(real);
    removeEmpty(record?.directories ?? []);
  } else writeText(real, current);
};

/** One process at a time: two that plan from the same state would undo each other's work. */
export const locked = async <T>(directory: string, body: () => Promise<T>): Promise<T> => {
  const lock = join(directory, 'clients.lock');
  const missing = missingAbove(lock);
  fs.mkdirSync(directory, { recursive: true });
  if (isDead(readIfThere(lock)?.toString('latin1') ?? '')) remove(lock);
  try {
    fs.writeFileSync(lock, processMark(), { flag: 'wx' });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw cannot('write', lock, error);
    throw new ConcordError(
      'CONFLICT',
      `Another process is at work on these files; nothing was changed.`,
      {
        hint: `If none is, remove ${lock}.`,
      },
    );
  }
  try {
    return await body();
  } finally {
    remove(lock);
    removeEmpty([...missing, directory]);
  }
};

/**
 * Makes the changes: first it is written down what the files were, then the files are written. A failure takes back what was done; a
 * killed process leaves a state from which the same call goes on.
 */
export const makeChanges = (
  directory: string,
  records: Records,
  changes: readonly Change[],
): void => {
  const done: Change[] = [];
  try {
    writeRecords(directory, during(records, changes));
    for (const change of changes) {
      apply(change);
      done.push(change);
    }
  } catch (error) {
    for (const change of done.toReversed()) takeBack(change);
    writeRecords(directory, records);
    throw error;
  }
  writeRecords(directory, after(records, changes));
};
