import fs from 'node:fs';
import { oneLine } from '../model/text.ts';
import { quietly } from '../operations/local-file.ts';

/** So much of the end of an output is looked at. */
const tail = 16 * 1024;

/** The last line that says something, whatever it holds: on one line, and printable. */
export const lastLineOf = (path: string): string =>
  quietly('', () => {
    const file = fs.openSync(path, 'r');
    try {
      const { size } = fs.fstatSync(file);
      const bytes = Buffer.alloc(Math.min(size, tail));
      fs.readSync(file, bytes, 0, bytes.length, Math.max(0, size - tail));
      const lines = bytes.toString('utf8').split(/[\r\n]+/);
      return oneLine(lines.findLast((line) => line.trim() !== '') ?? '');
    } finally {
      fs.closeSync(file);
    }
  });
