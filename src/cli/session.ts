import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Between a coding agent and a command of it stand shells, a new one for each command. */
const shells = new Set([
  'sh',
  'bash',
  'dash',
  'zsh',
  'fish',
  'ksh',
  'env',
  'timeout',
  'npm',
  'npx',
]);

type Process = {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  readonly start: string;
};

/** From /proc/<pid>/stat: name, parent and start time; undefined where there is none. */
const processOf = (pid: number): Process | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      pid,
      name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
      parent: Number(rest[1]),
      start: rest[19] ?? '',
    };
  } catch {
    return undefined;
  }
};

/** The process that runs the shells a command was started from. */
const client = (): Process | undefined => {
  let here = processOf(process.ppid);
  while (here && shells.has(here.name) && here.parent > 1) here = processOf(here.parent);
  return here;
};

/**
 * Tells the calls of one session from those of another: what the session says of itself, else the process it runs in and when that began,
 * so that a number used again is another session. An agent's process is looked for behind its shells; a person's session is the shell.
 */
export const sessionOf = (environment: NodeJS.ProcessEnv): string => {
  const said = environment['CONCORD_SESSION'] ?? environment['CLAUDE_CODE_SESSION_ID'];
  if (said) return said;
  const isAgent = ['CLAUDECODE', 'GEMINI_CLI', 'OPENCODE', 'CODEX_SANDBOX'].some(
    (name) => environment[name],
  );
  const found = isAgent ? client() : processOf(process.ppid);
  const mark = found ? `${found.pid}-${found.start}` : String(process.ppid);
  return createHash('sha256').update(mark).digest('hex').slice(0, 12);
};
