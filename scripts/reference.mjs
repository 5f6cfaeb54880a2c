// Writes the pages that are made from the operations themselves: docs/reference.md
// and man/*.1. dist/reference.js gives them, as `pages()`: path -> text.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, 'dist/reference.js');

if (!existsSync(source)) {
  console.error('reference: dist/reference.js is not there; nothing was written');
  process.exit(1);
}

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { pages } = await import(pathToFileURL(source).href);
for (const [path, text] of Object.entries(await pages(version))) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
