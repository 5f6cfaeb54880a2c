import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { memoryOf, notesIn, notesInMemory } from '../../src/operations/session/notes.ts';
import type { Notes } from '../../src/operations/session/notes.ts';
import { tempDirectory } from '../helpers/repository.ts';

const kinds: [name: string, make: () => Notes][] = [
  ['in memory', notesInMemory],
  ['in files', () => notesIn(join(tempDirectory(), 'deep', 'down'))],
];

describe.each(kinds)('notes %s', (_name, make) => {
  test('what is written is read, replaced and taken away', () => {
    const notes = make();
    expect(notes.read('work')).toBeUndefined();
    notes.write('work', { on: true });
    notes.write('other', { n: 1 });
    notes.write('work', { on: false });
    expect(notes.read('work')).toEqual({ on: false });
    notes.write('work', undefined);
    notes.write('work', undefined);
    expect([notes.read('work'), notes.read('other')]).toEqual([undefined, { n: 1 }]);
  });

  test('one is added where there is none, by the first who tries', () => {
    const notes = make();
    expect(notes.add('turn', { n: 1 })).toBe(true);
    expect(notes.add('turn', { n: 2 })).toBe(false);
    expect(notes.read('turn')).toEqual({ n: 1 });
    notes.sweep('turn', 60_000);
    expect(notes.read('turn')).toEqual({ n: 1 });
  });
});

describe('notes in files', () => {
  test('one that is broken counts for nothing, and no half of one is left', () => {
    const directory = tempDirectory();
    const notes = notesIn(directory);
    notes.write('work', { on: true });
    writeFileSync(join(directory, 'note-work'), '{"on":');
    expect(notes.read('work')).toBeUndefined();
    expect(readdirSync(directory)).toEqual(['note-work']);
  });

  test('those that are old are swept, by their beginning', () => {
    const directory = tempDirectory();
    const notes = notesIn(directory);
    for (const name of ['tool-a', 'tool-b', 'work']) notes.write(name, { name });
    for (const name of ['tool-a', 'work']) utimesSync(join(directory, `note-${name}`), 1, 1);
    notes.sweep('tool-', 60_000);
    expect(readdirSync(directory).toSorted()).toEqual(['note-tool-b', 'note-work']);
  });

  test('a place that cannot be written remembers nothing, and says nothing', () => {
    const file = join(tempDirectory(), 'file');
    writeFileSync(file, '');
    const notes = notesIn(file);
    notes.write('work', { on: true });
    expect(notes.read('work')).toBeUndefined();
  });

  test('an agent finds what an earlier session of its name left', () => {
    const local = tempDirectory();
    memoryOf(local, 'api-dev').write('stood', { branch: 'work' });
    expect(memoryOf(local, 'api-dev').read('stood')).toEqual({ branch: 'work' });
    expect(memoryOf(local, 'qa-dev').read('stood')).toBeUndefined();
  });
});
