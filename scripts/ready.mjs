// Makes a clone ready to use: installs the packages when package-lock.json is
// not what was installed last, and builds when a source is newer than the build.
// It uses nothing but Node, so that `npm test` can be the first command ever.
// npm runs it too, as `prepare`: after `npm install` and `npm ci`, before it packs,
// and for `npm install --global .`, which installs nothing into the clone itself.
// Prints one line for each thing it does, and nothing when there is nothing to do.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  readFileSync,
  readdirSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { withLock } from './lock.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const installed = join(root, 'node_modules/.concord-lock');
const built = join(root, 'dist/.stamp');
const outputs = [built, join(root, 'generated/inputs.js')];
const sources = ['src', 'schemas', 'scripts', 'bin', 'package.json'];

/** Settings of the npm that started this which would turn the inner one to another place, or keep it from installing. */
const settings =
  /^npm_config_(global|location|prefix|local_prefix|omit|include|only|production|dry_run|package_lock.*|install_.*|workspaces?)$/iu;

function environment() {
  const kept = Object.entries(process.env).filter(([name]) => !settings.test(name));
  return Object.fromEntries(kept);
}

/** Quiet, unless it fails. The one string is for Windows, where npm is a script of the shell. */
function npmCi() {
  const options = {
    cwd: root,
    env: environment(),
    encoding: 'utf8',
    shell: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  };
  // Development packages are needed whatever NODE_ENV says. Without scripts: `prepare` would wait for the lock that is held here.
  const done = spawnSync('npm ci --ignore-scripts --include=dev --no-audit --no-fund', options);
  if (done.status === 0) return;
  throw new Error(`npm ci failed\n${done.stdout ?? ''}${done.stderr ?? ''}`);
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function isInstalled() {
  return existsSync(installed) && readFileSync(installed, 'utf8') === lockHash();
}

/** Whether this is the `prepare` of an `npm install` or `npm ci` in this folder: the packages are there, with those for development. */
function isByNpm() {
  const { npm_lifecycle_event: event, npm_command: command, ...rest } = process.env;
  if (event !== 'prepare' || !['install', 'ci'].includes(command ?? '')) return false;
  if (rest.npm_config_global === 'true' || !existsSync(join(root, 'node_modules/esbuild')))
    return false;
  const folder = rest.npm_config_local_prefix;
  return folder !== undefined && realpathSync(folder) === realpathSync(root);
}

function install() {
  if (isByNpm()) return writeFileSync(installed, lockHash());
  console.error('ready: installing packages');
  npmCi();
  writeFileSync(installed, lockHash());
}

/** Latest change below `path`. Folders count too: they change when a file in them is removed. */
function newest(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function isBuilt() {
  if (!outputs.every((file) => existsSync(file))) return false;
  const stamp = statSync(built).mtimeMs;
  return sources.every((source) => newest(join(root, source)) < stamp);
}

/** Without declarations: only a package needs them, and packing makes them. */
async function build() {
  console.error('ready: building');
  // Loaded late: what it imports may have been installed a moment ago.
  const { build: buildAll } = await import('./build.mjs');
  await buildAll({ types: false });
}

async function makeReady() {
  const mustInstall = !isInstalled();
  if (mustInstall) install();
  if (mustInstall || !isBuilt()) await build();
}

// Inside another project's node_modules, that project's install owns the packages.
const isDependency = root.split(/[\\/]/u).includes('node_modules');
if (!isDependency && !(isInstalled() && isBuilt())) {
  try {
    await withLock(join(root, '.ready.lock'), makeReady);
  } catch (error) {
    console.error(`ready: ${error.message}`);
    process.exitCode = 1;
  }
}
