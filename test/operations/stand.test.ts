import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseStand, standOf, standText } from '../../src/operations/session/stand.ts';
import { git, tempRepository } from '../helpers/repository.ts';

describe('where the work stands', () => {
  test('is read from git, with names as they are', async () => {
    const directory = tempRepository();
    writeFileSync(join(directory, 'a b\nc.ts'), 'x');
    writeFileSync(join(directory, 'old'), 'some text that stays the same\n');
    git(directory, 'add', 'old');
    git(directory, 'commit', '-qm', 'one');
    git(directory, 'mv', 'old', 'new name');
    const stand = await standOf(directory, 20_000);
    expect(stand?.dirty.toSorted()).toEqual(['a b\nc.ts', 'new name']);
    expect(stand?.changed).toBe(2);
    expect(standText(stand)).toMatch(/^on \S+ at [0-9a-f]{7}, 2 files not committed$/);
  });

  test('names the first twenty files, and counts all', () => {
    const files = Array.from({ length: 30 }, (_, at) => `? f${at}`);
    const stand = parseStand(`# branch.oid (initial)\0# branch.head main\0${files.join('\0')}\0`);
    expect([stand.dirty.length, stand.changed, stand.commit]).toEqual([20, 30, undefined]);
    expect(standText(stand)).toBe('on main, 30 files not committed');
  });

  test('a branch of many lines stays on one, and what is not known is said so', () => {
    expect(standText({ branch: 'a\nb', dirty: [], changed: 0 })).toBe(
      'on a b, everything committed',
    );
    expect(standText({ dirty: [], changed: 1 })).toBe('1 file not committed');
    expect(standText(undefined)).toBe('in a place that is not known');
  });
});
