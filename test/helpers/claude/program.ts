import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = join(
  fileURLToPath(new URL('../../../', import.meta.url)),
  'scripts/coding-agent.mjs',
);

/**
 * Where a coding agent's program is: `CONCORD_CLAUDE=PATH` and its like, else in the cache of this checkout, into which it
 * is installed at first use. Undefined when it cannot be had, or `CONCORD_CLAUDE=off` says to do without.
 */
export const programOf = (name: 'claude' | 'codex' | 'gemini'): string | undefined => {
  const given = process.env[`CONCORD_${name.toUpperCase()}`];
  if (given === 'off') return undefined;
  if (given !== undefined && given !== '') return given;
  // All files of one run of the tests have the same parent: what is missing is said once.
  const done = spawnSync(process.execPath, [script, name, String(process.ppid)], {
    // npm needs the user's own settings and cache, which the tests otherwise keep away from.
    env: { ...process.env, HOME: userInfo().homedir },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return done.status === 0 ? done.stdout.trim() : undefined;
};
