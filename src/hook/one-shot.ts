import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How the client was started; empty where the system does not tell. */
const argumentsOf = (pid: number): readonly string[] => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return psArguments(pid);
  }
};

const psArguments = (pid: number): readonly string[] => {
  try {
    const args = ['-o', 'args=', '-p', String(pid)];
    return execFileSync('ps', args, { encoding: 'utf8', timeout: 1_000, stdio: 'pipe' })
      .trim()
      .split(/\s+/);
  } catch {
    return [];
  }
};

/** `-p` prints one answer and ends, unless more is written to it. Such a client waits for its hooks, and is never idle. */
export const isOneShot = (words: readonly string[]): boolean => {
  const end = words.indexOf('--');
  const own = end === -1 ? words : words.slice(0, end);
  const prints = own.some((word) => word === '-p' || word === '--print');
  const format = own.indexOf('--input-format');
  const streams =
    own.includes('--input-format=stream-json') ||
    (format !== -1 && own[format + 1] === 'stream-json');
  return prints && !streams;
};

/** Whether the session can be idle at all. What a supervisor started ends when it stops: whoever waits there would keep it open. */
export const canBeIdle = (environment: NodeJS.ProcessEnv): boolean => {
  if (environment['CONCORD_RUN']) return false;
  const pid = Number(environment['CLAUDE_PID']);
  return !isOneShot(argumentsOf(Number.isSafeInteger(pid) && pid > 1 ? pid : process.ppid));
};
