import fs from 'node:fs';
import { join } from 'node:path';
import { errorCode, listIfThere, readIfThere, remove } from './disk.ts';
import type { Repository } from './repository.ts';
import { makeDirectory } from './shared.ts';

/**
 * Locks of ours can be traced to a process: each is a hard link to a file named after its owner. The name holds process id, the
 * process's start time and the process namespace, so that a number used again, or the same number in a container, proves nothing.
 */
const directoryOf = (repository: Repository): string => join(repository.local, 'locks');

type Owner = { readonly pid: number; readonly start: string; readonly space: string };

let self: Owner | undefined;
let counter = 0;

const thisProcess = (): Owner =>
  (self ??= { pid: process.pid, start: statOf(process.pid)?.start ?? '0', space: space() });

export const ownerFile = (repository: Repository): string => {
  const { pid, start, space: here } = thisProcess();
  makeDirectory(repository, directoryOf(repository));
  counter += 1;
  return join(directoryOf(repository), `${pid}-${start}-${here}-${counter}`);
};

/** A process known by name and birth, for files that must not outlive it. */
export const processMark = (): string => {
  const { pid, start, space: here } = thisProcess();
  return `${pid}-${start}-${here}`;
};

/** Fields of /proc/<pid>/stat: the state, and the start in clock ticks since boot; undefined where there is no such process or no /proc. */
const statOf = (pid: number): { readonly state: string; readonly start: string } | undefined => {
  try {
    const stat = readIfThere(`/proc/${pid}/stat`)?.toString('latin1');
    const [state = '', ...fields] = stat?.split(') ').at(-1)?.split(' ') ?? [];
    return stat === undefined ? undefined : { state, start: fields[18] ?? '0' };
  } catch {
    return undefined;
  }
};

/** Names the space in which process ids mean something: boot and pid namespace. */
const space = (): string => {
  try {
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
    return `${boot}.${/\d+/.exec(fs.readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'}`;
  } catch {
    return 'unknown';
  }
};

/** Whether the process behind a mark is certainly gone. Unknown counts as alive. */
export const isDead = (mark: string): boolean => {
  const [pid = '', start = '', here = ''] = mark.split('-');
  if (here !== thisProcess().space || !/^\d+$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
  const now = statOf(Number(pid));
  // Killed, but nobody has asked for its exit status: in containers often for ever.
  if (now?.state === 'Z' || now?.state === 'X') return true;
  return now !== undefined && start !== '0' && now.start !== start;
};

/** The mark of the process that holds this lock; undefined when it is not one of ours. */
export const ownerOf = (repository: Repository, lock: string): string | undefined => {
  const held = fs.statSync(lock, { throwIfNoEntry: false });
  if (!held) return undefined;
  const directory = directoryOf(repository);
  return listIfThere(directory).find(
    (name) => fs.statSync(join(directory, name), { throwIfNoEntry: false })?.ino === held.ino,
  );
};

/** Takes away what killed processes left; returns how many. */
export const sweepOwners = (repository: Repository): number => {
  const directory = directoryOf(repository);
  const dead = listIfThere(directory).filter(isDead);
  for (const name of dead) remove(join(directory, name));
  return dead.length;
};
