import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pages } from '../src/reference.ts';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };

test.each(Object.entries(pages(version)))(
  '%s is what the operations say (npm run reference)',
  (path, text) => {
    expect(read(path)).toBe(text);
  },
);
