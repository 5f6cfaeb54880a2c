import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../model/json.ts';
import { quietly, readEntry, writeEntry } from '../operations/session/local-file.ts';
import type { UsageKind } from './launch/client.ts';
import { isDead, processMark } from '../operations/session/process.ts';

/** Why a run was told to end, noted before it is told: whoever settles it later knows. */
export type Why = 'time' | 'stop' | 'void' | 'idle';

/** One run of a command for a contract, as its directory keeps it: written before the claim is made, so that no claim is ever nobody's. */
export type RunRecord = {
  readonly id: string;
  readonly agent: string;
  readonly contract: string;
  readonly line: string;
  /** ISO. */
  readonly began: string;
  readonly host: string;
  /** Seconds that it may take. */
  readonly limit: number;
  /** What people know the command by. */
  readonly command: string;
  /** From here on it is known once the claim has been made. */
  readonly attempt?: number;
  /** How many moves its contract had made then. */
  readonly moves?: number;
  /** How its output tells what it used. */
  readonly usage?: UsageKind;
  /** It works in a work tree of its own, which holds what is committed. */
  readonly apart?: true;
  readonly why?: Why;
};

/** Names sort by time, and a session, a report and a file may have them. */
export const newRunId = (now: number): string =>
  `${Math.floor(now).toString(36).padStart(9, '0')}-${randomBytes(5).toString('hex')}`;

const isRunId = (name: string): boolean => /^[0-9a-z]{9,10}-[0-9a-f]{10}$/.test(name);

/** The runs of a store, in `concord/` beside it: those at work, and the last ones that ended. */
export type Runs = { readonly open: string; readonly ended: string };

export const runsIn = (local: string): Runs => ({
  open: join(local, 'runs'),
  ended: join(local, 'ended'),
});

export const directoryOf = (runs: Runs, id: string): string => join(runs.open, id);

const recordFile = 'run.json';
const ownerPrefix = 'owner-';

const text = (value: unknown): value is string => typeof value === 'string';

const recordOf = (value: JsonObject | undefined, id: string): RunRecord | undefined => {
  const { agent, contract, line, began, host, limit, command } = value ?? {};
  if (value?.['id'] !== id || !text(agent) || !text(contract) || !text(line)) return undefined;
  if (!text(began) || !text(host) || typeof limit !== 'number' || !text(command)) return undefined;
  return value as unknown as RunRecord;
};

export const thisHost = (): string => hostname();

/** The directory and, as a file's name, whose it is, stand before anything else does. Throws where it cannot be written. */
export const writeNew = (runs: Runs, record: RunRecord): void => {
  const directory = directoryOf(runs, record.id);
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(join(directory, `${ownerPrefix}${processMark()}`), '', { flag: 'wx' });
  write(runs, record);
};

export const write = (runs: Runs, record: RunRecord): void =>
  writeEntry(directoryOf(runs, record.id), recordFile, { ...record });

export const readRecord = (runs: Runs, id: string): RunRecord | undefined =>
  recordOf(readEntry(join(directoryOf(runs, id), recordFile)), id);

export const listRuns = (runs: Runs): readonly string[] =>
  quietly([], () => fs.readdirSync(runs.open))
    .filter((name) => isRunId(name))
    .sort();

/** The mark of the supervisor that a run belongs to. */
export const ownerOf = (runs: Runs, id: string): string | undefined =>
  quietly([], () => fs.readdirSync(directoryOf(runs, id)))
    .find((name) => name.startsWith(ownerPrefix))
    ?.slice(ownerPrefix.length);

/** 'none': nobody has put a name to it yet. 'unknown': of a place that cannot be seen from here. */
export type Ownership = 'none' | 'mine' | 'alive' | 'gone' | 'unknown';

/** Boot and space of processes, the last part of a mark. */
const spaceOf = (mark: string): string => mark.split('-').slice(2).join('-');

/** Whose it is. A mark of this machine from before it was started again is that of nobody. */
export const ownershipOf = (mark: string | undefined, host: string | undefined): Ownership => {
  if (mark === undefined) return 'none';
  if (mark === processMark()) return 'mine';
  if (isDead(mark)) return 'gone';
  const [there, here] = [spaceOf(mark), spaceOf(processMark())];
  if (there === here) return 'alive';
  const [bootThere] = there.split('.');
  const [bootHere] = here.split('.');
  return host === thisHost() && bootThere !== bootHere ? 'gone' : 'unknown';
};

/** Takes over the run of one who is gone. The file's name can be changed by one process only: whoever did it settles the run. */
export const take = (runs: Runs, id: string, from: string): boolean =>
  quietly(false, () => {
    const directory = directoryOf(runs, id);
    fs.renameSync(
      join(directory, `${ownerPrefix}${from}`),
      join(directory, `${ownerPrefix}${processMark()}`),
    );
    return true;
  });

export const discard = (runs: Runs, id: string): void =>
  quietly(undefined, () => fs.rmSync(directoryOf(runs, id), { recursive: true, force: true }));

const kept = 50;

/** What is left to be read of a run that was settled. */
const worthReading = [recordFile, 'output', 'code', 'prompt.md'];

/** A settled run goes to those that ended, of which the last ones are kept. */
export const archive = (runs: Runs, id: string): void =>
  quietly(undefined, () => {
    const directory = directoryOf(runs, id);
    fs.mkdirSync(runs.ended, { recursive: true });
    fs.rmSync(join(runs.ended, id), { recursive: true, force: true });
    fs.renameSync(directory, join(runs.ended, id));
    for (const name of fs.readdirSync(join(runs.ended, id)))
      if (!worthReading.includes(name))
        fs.rmSync(join(runs.ended, id, name), { recursive: true, force: true });
    const ended = fs
      .readdirSync(runs.ended)
      .filter((name) => isRunId(name))
      .sort();
    for (const old of ended.slice(0, -kept))
      fs.rmSync(join(runs.ended, old), { recursive: true, force: true });
  });

/** A directory without a record: its supervisor was killed while making it, before any claim. */
export const isLeftOver = (runs: Runs, id: string): boolean =>
  quietly(false, () => Date.now() - fs.statSync(directoryOf(runs, id)).mtimeMs > 60_000);
