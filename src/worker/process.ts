import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { quietly } from '../operations/local-file.ts';
import type { Started } from './script.ts';

type Stat = { readonly state: string; readonly group: number; readonly start: string };

/** Of the text of /proc/<pid>/stat. A program's name may hold anything, so it is read from its end on. */
const statOf = (text: string): Stat | undefined => {
  const [state = '', , group, ...rest] = text.slice(text.lastIndexOf(') ') + 2).split(' ');
  const start = rest[16];
  return start === undefined ? undefined : { state, group: Number(group), start };
};

const hasProc = fs.existsSync('/proc/self/stat');

const liveStat = (pid: number): Stat | undefined => {
  const stat = quietly(undefined, () => statOf(fs.readFileSync(`/proc/${pid}/stat`, 'latin1')));
  // One that has ended, and that nobody has asked for its exit code, runs nothing.
  return stat?.state === 'Z' || stat?.state === 'X' ? undefined : stat;
};

const ps = (...args: readonly string[]): string =>
  quietly('', () =>
    execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );

/** Whether the very process is alive, not another one that got its number later. */
export const isAlive = ({ pid, birth }: Started): boolean => {
  if (!hasProc) {
    const now = ps('-o', 'stat=,lstart=', '-p', String(pid)).trim();
    return now !== '' && !now.startsWith('Z') && now.endsWith(birth);
  }
  const now = liveStat(pid);
  return now !== undefined && now.start === statOf(birth)?.start;
};

/** Which processes belong to a run: those of its group. When the first of them is gone, only what the run itself has started counts. */
const members = (pid: number, run: string): readonly number[] => {
  if (!hasProc)
    return ps('-A', '-o', 'pid=,pgid=,stat=')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, group, stat]) => group === String(pid) && !stat?.startsWith('Z'))
      .map(([one]) => Number(one));
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && liveStat(Number(name))?.group === pid)
    .filter((name) => startedBy(name, run))
    .map(Number);
};

/** The number of a group that is empty may be given to somebody else's. */
const startedBy = (pid: string, run: string): boolean =>
  quietly(false, () =>
    fs.readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`CONCORD_RUN=${run}`),
  );

export const hasProcesses = ({ pid }: Started, run: string): boolean =>
  members(pid, run).length > 0;

/** Tells all of a run's group; true where there was somebody to tell. */
export const tell = ({ pid }: Started, run: string, signal: 'SIGTERM' | 'SIGKILL'): boolean => {
  if (members(pid, run).length === 0) return false;
  return quietly(false, () => process.kill(-pid, signal));
};
