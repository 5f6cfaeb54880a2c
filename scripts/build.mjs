// Builds dist/: the bundled program and library, the type declarations and the
// licences of what was bundled.
//
//   node scripts/build.mjs              all of it
//   node scripts/build.mjs --no-types   without declarations (a second faster)
//
// The program is one script, whose compiled code can be kept between runs (bin/compiled.js).
// The library is split into chunks: who imports it loads only the code that is used.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { licenceText } from './licences.mjs';
import { withLock } from './lock.mjs';
import { generateInputs } from './inputs.mjs';
import { generateValidators } from './validators.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const program = 'src/cli/main.ts';
// Each is bundled by itself: code shared between them would be cut into many small files.
const libraries = ['src/index.ts', 'src/reference.ts'];

// Bundled CommonJS packages call require() for modules of Node itself.
const banner = `import { createRequire as concordCreateRequire } from 'node:module';
const require = concordCreateRequire(import.meta.url);`;

async function bundleOne(entry, outdir, options) {
  const esbuild = await import('esbuild');
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    outbase: 'src',
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    external: ['libsql'],
    // The same code as modules: only what is used is taken in, and it starts in half the time.
    // The other form of jsonc-parser asks for its files at run time, where the bundle has none.
    alias: {
      yaml: join(root, 'node_modules/yaml/browser/dist/index.js'),
      'jsonc-parser': join(root, 'node_modules/jsonc-parser/lib/esm/main.js'),
    },
    minify: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    ...options,
  });
  return result.metafile.outputs;
}

const asLibrary = {
  splitting: true,
  format: 'esm',
  banner: { js: banner },
  chunkNames: 'chunks/[name]-[hash]',
};

const asProgram = {
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { 'import.meta.url': 'concordFile' },
  banner: { js: `const concordFile = require('node:url').pathToFileURL(__filename).href;` },
};

async function bundle(outdir) {
  const outputs = await Promise.all([
    bundleOne(program, outdir, asProgram),
    ...libraries.map((entry) => bundleOne(entry, outdir, asLibrary)),
  ]);
  nameBuild(join(outdir, 'cli/main.cjs'));
  for (const file of filesBelow(outdir)) dropBanner(join(outdir, file));
  return { outputs: Object.assign({}, ...outputs) };
}

/**
 * The first line tells what was compiled of this build from what was compiled of another. One byte a character: what esbuild leaves of
 * others stands in regular expressions, which understand the escape too.
 */
function nameBuild(file) {
  const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const text = readFileSync(file, 'utf8').replace(/[\u0080-\uffff]/g, escaped);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  writeFileSync(file, `// build ${digest}\n${text}`);
}

/** Only a file that really calls require() by that name pays for making one. */
function dropBanner(file) {
  const text = readFileSync(file, 'utf8');
  if (!text.startsWith(banner)) return;
  const rest = text.slice(banner.length).trimStart();
  if (!/\brequire\b/u.test(rest)) writeFileSync(file, rest);
}

/** Declarations of the library. Fails when the code has type errors. */
function declarations(outdir) {
  if (!existsSync(join(root, 'src/index.ts'))) return;
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', outdir];
  const done = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`no declarations, because of type errors\n${done.stdout}`);
  for (const file of filesBelow(outdir)) useJsSpecifiers(join(outdir, file));
}

/** The compiler leaves './name.ts' in declarations; users have only './name.d.ts', found as './name.js'. */
function useJsSpecifiers(file) {
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replace(/((?:from|import) ?\(?\s*['"]\.{1,2}\/[^'"]+)\.ts(['"])/gu, '$1.js$2'),
  );
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

/**
 * Moves the new files over the old ones, each in one step, and only then removes
 * what the new build does not have. Chunks come first: they are named by their
 * content, so an entry point never refers to a chunk that is not there.
 */
function install(from, keepTypes) {
  const fresh = filesBelow(from);
  const isChunk = (file) => file.startsWith('chunks');
  for (const file of [...fresh.filter(isChunk), ...fresh.filter((name) => !isChunk(name))]) {
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    renameSync(join(from, file), join(dist, file));
  }
  const current = new Set([...fresh, '.stamp']);
  const isOld = (file) => !current.has(file) && !(keepTypes && file.startsWith('types'));
  for (const file of filesBelow(dist).filter(isOld)) rmSync(join(dist, file), { force: true });
}

/** The stamp bears the time the build began: what is edited meanwhile counts as newer. */
function stamp(began) {
  const path = join(dist, '.stamp');
  writeFileSync(path, '');
  utimesSync(path, began, began);
}

/** The whole build. The caller holds the lock. */
export async function build({ types }) {
  const began = new Date();
  const temporary = join(root, `node_modules/.concord-build-${process.pid}`);
  mkdirSync(temporary, { recursive: true });
  try {
    await generateValidators();
    await generateInputs();
    const metafile = await bundle(temporary);
    writeFileSync(join(temporary, 'THIRD-PARTY-LICENSES.txt'), licenceText(root, metafile));
    if (types) declarations(join(temporary, 'types'));
    install(temporary, !types);
    stamp(began);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const types = !process.argv.includes('--no-types');
  try {
    await withLock(join(root, '.ready.lock'), () => build({ types }));
  } catch (error) {
    console.error(`build: ${error.message}`);
    process.exitCode = 1;
  }
}
