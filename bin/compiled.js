// Runs a program with the code that V8 made of it the last time: what module.enableCompileCache() does, for Node 20, which has none.
// A cache that is missing, of another build, Node or machine, or anybody else's counts for nothing.
'use strict';

const fs = require('node:fs');
const { createRequire } = require('node:module');
const { homedir } = require('node:os');
const { dirname, join } = require('node:path');
const vm = require('node:vm');

/** Options that stand before the command and take a value. */
const valued = new Set(['--as', '--store', '--line']);

/** The command's word: each command compiles other parts. Names of files, so nothing but letters. */
function wordOf(argv) {
  let at = 0;
  while (argv[at]?.startsWith('-')) at += valued.has(argv[at]) ? 2 : 1;
  return /^[a-z]{1,20}$/.test(argv[at] ?? '') ? argv[at] : 'status';
}

/** Where it is kept; undefined where nothing is to be kept. `source` begins with the digest of the build. */
function placeOf(source, argv) {
  if (process.env.NODE_DISABLE_COMPILE_CACHE || process.execArgv.length > 0) return undefined;
  const build = /^\/\/ build ([0-9a-f]{16})\n/.exec(source.slice(0, 64))?.[1];
  if (build === undefined) return undefined;
  const root = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = `${build}-${process.version}-${process.arch}`;
  return join(root, 'concord', folder, wordOf(argv));
}

/** Code is taken only from a file that nobody else can have written. */
function read(path) {
  let file;
  try {
    file = fs.openSync(path, 'r');
    const { uid, mode } = fs.fstatSync(file);
    const own = process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
    return own ? fs.readFileSync(file) : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) fs.closeSync(file);
  }
}

/** Whole or not at all; the caches of builds that are gone go with it. */
function write(path, bytes) {
  const temporary = `${path}.${process.pid}`;
  try {
    const folder = dirname(path);
    if (fs.mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) sweep(folder);
    fs.writeFileSync(temporary, bytes, { mode: 0o600, flag: 'wx' });
    fs.renameSync(temporary, path);
  } catch {
    try {
      fs.unlinkSync(temporary);
    } catch {
      // It was not made.
    }
  }
}

/** Other builds of the program, for which code is kept as well. */
const others = 2;

function sweep(folder) {
  const root = dirname(folder);
  const old = fs
    .readdirSync(root)
    .map((name) => join(root, name))
    .filter((path) => path !== folder)
    .map((path) => ({ path, used: fs.statSync(path).mtimeMs }))
    .sort((a, b) => b.used - a.used)
    .slice(others);
  for (const { path } of old) fs.rmSync(path, { recursive: true, force: true });
}

function run(program, argv) {
  // One byte a character: the build writes nothing else.
  const source = fs.readFileSync(program, 'latin1');
  const place = placeOf(source, argv);
  const cachedData = place === undefined ? undefined : read(place);
  const script = new vm.Script(
    `(function (exports, require, module, __filename, __dirname) {${source}\n})`,
    { filename: program, cachedData },
  );
  if (place !== undefined && (cachedData === undefined || script.cachedDataRejected)) {
    process.once('exit', (code) => {
      if (code === 0) write(place, script.createCachedData());
    });
  }
  const made = { exports: {} };
  script.runInThisContext()(made.exports, createRequire(program), made, program, dirname(program));
}

module.exports = { run };
