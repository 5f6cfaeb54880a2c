// Where the bench works: a new directory for everything, because file systems create files slowly for minutes in places where many were
// deleted. Nothing is removed before the very end.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/** Where the program is that is measured: a copy that main.mjs makes. */
const packageRoot = process.env['CONCORD_BENCH_PACKAGE'] ?? '';

export const program = join(packageRoot, 'bin', 'concord.js');

export const { connect, openStore } = await import(
  pathToFileURL(join(packageRoot, 'dist', 'index.js')).href
);

export const gitOutput = (directory, args, options = {}) =>
  execFileSync('git', args, { cwd: directory, encoding: 'utf8', maxBuffer: 2 ** 30, ...options });

export const freshDirectory = (root, name) => mkdtempSync(join(root, `${name}-`));

/** An empty repository with a user and one commit, as a developer has it. */
export const makeRepository = (directory) => {
  mkdirSync(directory, { recursive: true });
  gitOutput(directory, ['init', '--quiet']);
  gitOutput(directory, ['config', 'user.name', 'Bench']);
  gitOutput(directory, ['config', 'user.email', 'bench@example.org']);
  gitOutput(directory, ['commit', '--quiet', '--allow-empty', '--message', 'Begin']);
  return directory;
};

/** A program's connection as one agent. Without the code state, unless it is asked for: that is a git process a call. */
export const connectTo = (directory, agent = 'bench', recordCode = false) =>
  connect({ agent, directory, recordCode });

export const newStore = async (root, name) => {
  const directory = makeRepository(freshDirectory(root, name));
  const connection = connectTo(directory);
  await connection.call('init');
  return { directory, connection };
};

/** Packs are folded in the background: waits for the end of it, so that one variant does not disturb the next. */
export const settled = async (directory) => {
  const lock = join(directory, '.git', 'concord', 'fold.lock');
  do await sleep(1);
  while (existsSync(lock));
};

/** Bytes on the disk below a directory, in whole blocks. */
export const diskUse = (directory) => {
  let bytes = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    bytes += statSync(join(entry.parentPath, entry.name)).blocks * 512;
  }
  return bytes;
};
