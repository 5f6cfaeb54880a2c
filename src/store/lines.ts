import { ConcordError } from '../model/error.ts';
import { checkLine } from '../model/names.ts';
import { shown } from '../model/text.ts';
import type { Facts } from './index/facts.ts';
import { refPrefix } from './layout.ts';
import { makeObject } from './object.ts';
import type { GitObject, ObjectFormat, Oid } from './object.ts';
import type { Objects } from './objects.ts';

/**
 * Names the open replays, one a line. It moves before a replay's own ref is made, and after that of a closed one is gone: whoever gives out a
 * version number looks here while holding the lock of its line, and so knows all lines on which the same number could be given out.
 */
export const linesRef = `${refPrefix}lines`;

export const encodeLines = (format: ObjectFormat, names: readonly string[]): GitObject =>
  makeObject(
    format,
    'blob',
    Buffer.from(
      [...new Set(names)]
        .sort()
        .map((name) => `${name}\n`)
        .join(''),
    ),
  );

/** What is no name of a replay is not read: anybody can push a ref. */
export const readLines = async (
  objects: Objects,
  oid: Oid | undefined,
): Promise<readonly string[]> => {
  const object = oid === undefined ? undefined : await objects.find(oid);
  if (object?.type !== 'blob') return [];
  return object.body.toString('utf8').split('\n').filter(isReplay);
};

/** Whether this is the name of a replay. */
export const isReplay = (name: string): boolean => {
  try {
    return name !== 'main' && checkLine(name) === name;
  } catch {
    return false;
  }
};

/** There is nothing to read or write here yet. */
export const noStore = (line: string): ConcordError =>
  line === 'main'
    ? new ConcordError('NO_STORE', 'No Concord store in this repository.', {
        hint: 'A clone does not bring a store along: where the others have one, git fetch origin refs/concord/main:refs/concord/main gets it.',
        next: 'concord init',
      })
    : new ConcordError('NOT_FOUND', `There is no line ${line}.`, { hint: 'Lines: main.' });

/** A line that is not open: never begun, taken over, or dropped. */
export const noLine = (line: string, facts: Facts, open: readonly string[]): ConcordError => {
  const lines = ['main', ...open].join(', ');
  const closing = facts.usable() ? facts.lines.closing(line) : undefined;
  if (!closing)
    return new ConcordError('NOT_FOUND', `There is no line ${shown(line)}.`, {
      hint: `Lines: ${lines}.`,
      next: { operation: 'team_replay', input: { action: 'list', line: 'main' } },
    });
  const { how, by, time, reason } = closing;
  const because = reason === undefined ? '' : `, because: ${reason}`;
  return new ConcordError(
    'NOT_FOUND',
    `${line} was ${how} by ${by} on ${time.slice(0, 10)}${because}; nothing was done.`,
    {
      hint:
        how === 'adopted'
          ? 'What was made on it is part of main now: use main.'
          : `Lines: ${lines}.`,
    },
  );
};

/** A ref that somebody made by other means, on a history that is not of this store. */
export const notFromHere = (line: string): ConcordError =>
  new ConcordError('STORAGE', `${line} begins on a commit that is in no line of this store.`, {
    hint: 'The other lines are not affected.',
    next: 'concord doctor',
  });

/** A replay of which not even the first commit follows the rules. */
export const brokenStart = (line: string, why: string): ConcordError =>
  new ConcordError('STORAGE', `${line} cannot be read: ${why}.`, {
    hint: 'The other lines are not affected.',
    next: 'concord doctor',
  });
