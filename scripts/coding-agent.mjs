// Prints the path of a coding agent's program, for the tests that play with real ones. It is installed at first use, in
// exactly the version that they were written for, into node_modules/.cache/, which git ignores.
//
//   node scripts/coding-agent.mjs claude [RUN]
//
// When it cannot be had, one line on standard error says so, once for each RUN, and the exit code is 1.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { withLock } from './lock.mjs';

const machine = `${process.platform}-${process.arch}`;
const agents = {
  claude: {
    title: 'Claude Code',
    package: '@anthropic-ai/claude-code',
    version: '2.1.330',
    program: `@anthropic-ai/claude-code-${machine}/claude`,
  },
  codex: {
    title: 'Codex',
    package: '@openai/codex',
    version: '0.169.0',
    program: '@openai/codex/bin/codex.js',
  },
  gemini: {
    title: 'Gemini CLI',
    package: '@google/gemini-cli',
    version: '0.61.0',
    program: '@google/gemini-cli/bundle/gemini.js',
  },
};

const [name, run = String(process.pid)] = process.argv.slice(2);
const agent = agents[name];
if (agent === undefined) throw new Error(`one of ${Object.keys(agents).join(', ')}, not ${name}`);
const minutes = 3;

const cache = join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules/.cache');
const place = join(cache, `${name}-${agent.version}`);
const program = join(place, 'node_modules', agent.program);
/** Which run was told that it is missing: that run neither hears it again nor waits for it again. */
const missing = `${place}.missing`;

/** Installed aside and moved in one step: a process that is killed leaves nothing that looks finished. */
function install() {
  const aside = `${place}.${process.pid}`;
  mkdirSync(aside, { recursive: true });
  try {
    const options = `--ignore-scripts --no-save --no-audit --no-fund --no-global --include=optional --fetch-retries=1`;
    const what = `--prefix "${aside}" "${agent.package}@${agent.version}"`;
    const done = spawnSync(`npm install ${options} ${what}`, {
      cwd: aside,
      shell: true,
      encoding: 'utf8',
      timeout: minutes * 60_000,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (done.error !== undefined) return `npm took longer than ${minutes} minutes`;
    if (done.status !== 0) return done.stderr.split('\n')[0] || `npm exited with ${done.status}`;
    if (!existsSync(join(aside, 'node_modules', agent.program))) return `nothing for ${machine}`;
    rmSync(place, { recursive: true, force: true });
    renameSync(aside, place);
    return undefined;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function wasTold() {
  try {
    return readFileSync(missing, 'utf8') === run;
  } catch {
    return false;
  }
}

mkdirSync(cache, { recursive: true });
await withLock(`${place}.lock`, () => {
  const told = wasTold();
  const why = existsSync(program) ? undefined : told ? '' : install();
  if (why === undefined) {
    rmSync(missing, { force: true });
    console.log(program);
    return;
  }
  process.exitCode = 1;
  if (told) return;
  writeFileSync(missing, run);
  console.error(
    `Skipped: the tests with ${agent.title} ${agent.version}; it cannot be had (${why}). ` +
      `CONCORD_${name.toUpperCase()}=PATH names a program that is there.`,
  );
});
