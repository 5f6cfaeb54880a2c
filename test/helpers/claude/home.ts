import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { bin } from '../cli.ts';
import { gitEnv, tempDirectory } from '../repository.ts';
import { until } from './until.ts';

/** A machine of its own for coding agents: nothing of the real one's settings is seen, and nothing stays there. */
export type Home = {
  readonly directory: string;
  /** What every process in it is started with. */
  readonly env: NodeJS.ProcessEnv;
};

const parentOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]);
};

/** The processes whose HOME this is, by their ids; none where the system does not tell. */
export const processesOf = ({ directory }: Home): number[] => {
  const isOfHome = (pid: number): boolean => {
    try {
      const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
      return variables.includes(`HOME=${directory}`) && parentOf(pid) > 0;
    } catch {
      return false;
    }
  };
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter(isOfHome);
  } catch {
    return [];
  }
};

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
};

/** All that still runs in a home is ended; what a session leaves behind must not outlive the test. */
const clear = (home: Home): Promise<unknown> =>
  until('all processes of the home to end', () => {
    const left = processesOf(home);
    for (const pid of left) kill(pid);
    return left.length === 0;
  });

/** An empty home. `programs` are found in it by name, and so is concord. */
export const makeHome = (programs: Readonly<Record<string, string>> = {}): Home => {
  const directory = tempDirectory();
  const places = ['bin', 'tmp', '.claude'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const place of places) mkdirSync(place);
  const [programsAt, temporary, configuration] = places;
  for (const [name, path] of Object.entries({ concord: bin, 'git-concord': bin, ...programs }))
    symlinkSync(path, join(programsAt, name));
  const home: Home = {
    directory,
    env: {
      ...gitEnv,
      PATH: `${programsAt}:${process.env['PATH'] ?? ''}`,
      HOME: directory,
      TMPDIR: temporary,
      CLAUDE_CONFIG_DIR: configuration,
      CLAUDE_CODE_TMPDIR: temporary,
    },
  };
  onTestFinished(() => clear(home).then(() => undefined));
  return home;
};

/** A file in a home; gives its path. */
export const fileIn = ({ directory }: Home, name: string, content: unknown): string => {
  const path = join(directory, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
