// The licence texts of the packages that are part of the bundle. Only what
// esbuild really took in counts, not everything that is installed.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const licenceFile = /^(licen[cs]e|copying|notice)/iu;

/** 'node_modules/a/node_modules/@b/c/d.js' -> 'node_modules/a/node_modules/@b/c'. */
function packageFolder(input) {
  const start = input.lastIndexOf('node_modules/');
  if (start < 0) return undefined;
  const parts = input.slice(start).split('/');
  const length = parts[1]?.startsWith('@') ? 3 : 2;
  return input.slice(0, start) + parts.slice(0, length).join('/');
}

/** Folders of the packages whose code stands in the outputs. */
function bundledPackages(metafile) {
  const used = Object.values(metafile.outputs).flatMap((output) =>
    Object.entries(output.inputs)
      .filter(([, part]) => part.bytesInOutput > 0)
      .map(([input]) => input),
  );
  // The validators were bundled before and bring these two along.
  used.push('node_modules/ajv/', 'node_modules/fast-deep-equal/');
  return [...new Set(used.map(packageFolder).filter((folder) => folder !== undefined))].sort(
    (a, b) => (a < b ? -1 : 1),
  );
}

function licenceOf(root, folder) {
  const { name, version, license } = JSON.parse(
    readFileSync(join(root, folder, 'package.json'), 'utf8'),
  );
  const files = readdirSync(join(root, folder))
    .filter((file) => licenceFile.test(file))
    .sort((a, b) => (a < b ? -1 : 1));
  const texts = files.map((file) => readFileSync(join(root, folder, file), 'utf8').trim());
  const body = texts.length > 0 ? texts.join('\n\n') : 'The package contains no licence file.';
  return `${name} ${version} (${license ?? 'see below'})\n\n${body}\n`;
}

export function licenceText(root, metafile) {
  const folders = bundledPackages(metafile).filter((folder) =>
    existsSync(join(root, folder, 'package.json')),
  );
  const rule = `\n${'-'.repeat(78)}\n\n`;
  const head = 'The files in this folder contain code of the following packages.\n';
  return [head, ...folders.map((folder) => licenceOf(root, folder))].join(rule);
}
