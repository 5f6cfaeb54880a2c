// Packs the package, installs it into an empty directory as a user would, and
// uses it there: both commands, one round trip through a store, the library.

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const scratch = mkdtempSync(join(tmpdir(), 'concord-package-'));
const user = join(scratch, 'user');
const project = join(scratch, 'project');

/** Settings of the npm run that started this script, and of the caller's own store, must not leak in. */
function environment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_(registry|cache))|CONCORD_|GIT_)/iu.test(name),
  );
  const identity = { GIT_AUTHOR_NAME: 'Packer', GIT_AUTHOR_EMAIL: 'packer@example.com' };
  const committer = { GIT_COMMITTER_NAME: 'Packer', GIT_COMMITTER_EMAIL: 'packer@example.com' };
  return { ...Object.fromEntries(kept), ...identity, ...committer };
}

function run(cwd, command, ...args) {
  const shell = process.platform === 'win32';
  const done = spawnSync(command, args, {
    cwd,
    env: environment(),
    encoding: 'utf8',
    shell,
    timeout: 300_000,
  });
  if (done.status === 0) return done.stdout.trim();
  const why = done.error?.message ?? `exit code ${done.status}`;
  throw new Error(`${command} ${args.join(' ')}: ${why}\n${done.stdout ?? ''}${done.stderr ?? ''}`);
}

function expect(what, actual, wanted) {
  if (actual.includes(wanted)) return;
  throw new Error(`${what}: expected ${JSON.stringify(wanted)} in:\n${actual}`);
}

function packAndInstall() {
  run(root, 'npm', 'pack', '--silent', '--pack-destination', scratch);
  const tarball = readdirSync(scratch).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack made no tarball');
  mkdirSync(user);
  writeFileSync(
    join(user, 'package.json'),
    '{ "name": "user", "private": true, "type": "module" }\n',
  );
  run(user, 'npm', 'install', '--no-audit', '--no-fund', join(scratch, tarball));
}

function checkCommands() {
  const bin = (name) => join(user, 'node_modules/.bin', name);
  expect('concord --version', run(user, bin('concord'), '--version'), version);
  expect('git-concord --version', run(user, bin('git-concord'), '--version'), version);
  mkdirSync(project);
  run(project, 'git', 'init', '--quiet');
  run(project, bin('concord'), 'init');
  const data = JSON.stringify({ title: 't', body: 'b' });
  run(
    project,
    bin('concord'),
    'publish',
    'hello',
    '--type',
    'document',
    '--data',
    data,
    '--as',
    'packer',
  );
  expect('concord get', run(project, bin('concord'), 'get', 'hello'), 'title');
}

/** npm leaves some names with a dot out; a plugin without its manifest is none. */
function pluginFiles() {
  const directory = join(root, 'templates/plugin');
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function checkLibrary() {
  const installed = join(user, 'node_modules/git-concord');
  for (const file of [
    'dist/types/index.d.ts',
    'dist/THIRD-PARTY-LICENSES.txt',
    'schemas/artifact.json',
    'LICENSE',
    'docs/guide.md',
    '.claude-plugin/marketplace.json',
    ...pluginFiles(),
  ]) {
    if (!existsSync(join(installed, file))) throw new Error(`the package lacks ${file}`);
  }
  const program = "import { openStore } from 'git-concord';\nconsole.log(typeof openStore);\n";
  writeFileSync(join(user, 'program.js'), program);
  expect('library', run(user, process.execPath, 'program.js'), 'function');
  checkDeclarations();
}

/** The declarations must be complete by themselves: none may lead to a package the user does not have. */
function checkDeclarations() {
  const program =
    "import { openStore } from 'git-concord';\nexport const open: typeof openStore = openStore;\n";
  writeFileSync(join(user, 'program.ts'), program);
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023'];
  const types = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node'];
  run(user, process.execPath, tsc, ...options, ...types, 'program.ts');
}

try {
  packAndInstall();
  checkCommands();
  checkLibrary();
  console.log(`package: git-concord ${version} packs, installs and runs`);
} catch (error) {
  console.error(`package: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
