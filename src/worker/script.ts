import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import type { Launch } from './launch/types.ts';
import { writeFiles } from './launch/write.ts';
import { quietly } from '../operations/session/local-file.ts';

/**
 * Stands between the supervisor and the command, so that what became of the command is known when the supervisor is not there any more.
 * It is the same for all: directory, standard input and the command come as positional parameters, and nothing is made a part of it.
 * The parentheses keep what the shell says of a signal out of the output.
 * The link is what decides whether this run happens: whoever makes `pid` first. Signals to the whole group end the command; the shell
 * lives a moment longer and writes how it ended.
 */
const script = `
d=$1 i=$2
shift 2
{ echo "$$"; cat "/proc/$$/stat" 2>/dev/null || LC_ALL=C TZ=UTC ps -o lstart= -p "$$"; } >"$d/pid-$$"
ln "$d/pid-$$" "$d/pid" 2>/dev/null || { rm -f "$d/pid-$$"; exit 75; }
rm -f "$d/pid-$$"
trap : HUP INT TERM
("$@") <"$i" >"$d/output" 2>&1
c=$?
echo "$c" >"$d/code-$$" && mv "$d/code-$$" "$d/code"
exit "$c"
`;

/** Nobody is to run it: the place of `pid` is taken by one who settles the run. */
const nobody = 'nobody\n';

/** Starts the command in a session and a group of its own. The process emits `exit` when the shell around the command has ended. */
export const startChild = async (directory: string, launch: Launch): Promise<ChildProcess> => {
  writeFiles(launch);
  const input = launch.stdin === undefined ? '/dev/null' : join(directory, 'stdin');
  if (launch.stdin !== undefined) fs.writeFileSync(input, launch.stdin, { mode: 0o600 });
  const child = spawn('/bin/sh', ['-c', script, 'concord-run', directory, input, ...launch.words], {
    cwd: launch.cwd,
    env: launch.environment,
    detached: true,
    stdio: 'ignore',
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return child;
};

/** True when this call made it certain that the command of this run will never be started. */
export const prevent = (directory: string): boolean =>
  quietly(false, () => {
    const own = join(directory, `pid-${randomBytes(6).toString('hex')}`);
    fs.writeFileSync(own, nobody);
    try {
      fs.linkSync(own, join(directory, 'pid'));
      return true;
    } finally {
      fs.rmSync(own, { force: true });
    }
  });

/** The process that runs the command, and when it began, in the words of the system; undefined where none ever will. */
export type Started = { readonly pid: number; readonly birth: string };

/** 'none': it has not begun. */
export const startedIn = (directory: string): Started | 'none' | 'never' =>
  quietly<Started | 'none' | 'never'>('none', () => {
    const [first = '', ...rest] = fs.readFileSync(join(directory, 'pid'), 'utf8').split('\n');
    if (!/^\d+$/.test(first)) return 'never';
    return { pid: Number(first), birth: rest.join('\n').trim() };
  });

/** The exit code, once the command has ended and the shell around it could say so. */
export const codeIn = (directory: string): number | undefined =>
  quietly(undefined, () => {
    const text = fs.readFileSync(join(directory, 'code'), 'utf8').trim();
    return /^\d{1,3}$/.test(text) ? Number(text) : undefined;
  });

/** When a supervisor has seen a command end, for one that could not say so itself. */
export const noteEnd = (directory: string): void =>
  quietly(undefined, () => fs.writeFileSync(join(directory, 'over'), '', { flag: 'wx' }));
