import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { quietly } from '../operations/session/local-file.ts';
import type { Started } from './script.ts';

/** How a system tells of its processes. */
type Look = {
  /** Whether the very process is alive, not another one that got its number later. */
  readonly isAlive: (started: Started) => boolean;
  /** The processes of a run's group. Its number may be given to somebody else's when it is empty. */
  readonly members: (group: number, run: string) => readonly number[];
};

type Stat = { readonly state: string; readonly group: number; readonly start: string };

/** Of the text of /proc/<pid>/stat. A program's name may hold anything, so it is read from its end on. */
const statOf = (text: string): Stat | undefined => {
  const [state = '', , group, ...rest] = text.slice(text.lastIndexOf(') ') + 2).split(' ');
  const start = rest[16];
  return start === undefined ? undefined : { state, group: Number(group), start };
};

const liveStat = (pid: string | number): Stat | undefined => {
  const stat = quietly(undefined, () => statOf(fs.readFileSync(`/proc/${pid}/stat`, 'latin1')));
  // One that has ended, and that nobody has asked for its exit code, runs nothing.
  return stat?.state === 'Z' || stat?.state === 'X' ? undefined : stat;
};

/** Only what the run itself has started has its name. */
const startedBy = (pid: string, run: string): boolean =>
  quietly(false, () =>
    fs.readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`CONCORD_RUN=${run}`),
  );

const throughProc: Look = {
  isAlive: ({ pid, birth }) => {
    const now = liveStat(pid);
    return now !== undefined && now.start === statOf(birth)?.start;
  },
  members: (group, run) =>
    fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && liveStat(name)?.group === group)
      .filter((name) => startedBy(name, run))
      .map(Number),
};

/** In one language and one zone of time, as the script asks. */
const ps = (...args: readonly string[]): string =>
  quietly('', () =>
    execFileSync('ps', args, {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );

/** Where there is no /proc. */
export const throughPs: Look = {
  isAlive: ({ pid, birth }) => {
    const now = ps('-o', 'stat=,lstart=', '-p', String(pid)).trim();
    return birth !== '' && !now.startsWith('Z') && now.endsWith(birth);
  },
  members: (group) =>
    ps('-A', '-o', 'pid=,pgid=,stat=')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, of, stat]) => of === String(group) && !stat?.startsWith('Z'))
      .map(([pid]) => Number(pid)),
};

const look = fs.existsSync('/proc/self/stat') ? throughProc : throughPs;

export const isAlive = (started: Started): boolean => look.isAlive(started);

export const hasProcesses = ({ pid }: Started, run: string): boolean =>
  look.members(pid, run).length > 0;

/** Tells all of a run's group; true where there was somebody to tell. */
export const tell = ({ pid }: Started, run: string, signal: 'SIGTERM' | 'SIGKILL'): boolean =>
  look.members(pid, run).length > 0 && quietly(false, () => process.kill(-pid, signal));
