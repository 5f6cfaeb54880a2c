// Writes the plugin for Claude Code, templates/plugin/, and the marketplace that
// offers it, from the texts in src/operations/guide/. dist/reference.js gives them,
// as `pluginFiles()`: path -> text. What it does not give is not part of the plugin.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, 'dist/reference.js');

if (!existsSync(source)) {
  console.error('plugin: dist/reference.js is not there; nothing was written');
  process.exit(1);
}

const { pluginFiles } = await import(pathToFileURL(source).href);
const files = pluginFiles(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
rmSync(join(root, 'templates/plugin'), { recursive: true, force: true });
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
