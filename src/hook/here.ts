import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { changedAt, quietly, writeEntry } from '../operations/session/local-file.ts';
import { beginSession, knownAs } from '../operations/session/caller.ts';
import { makeContext } from '../operations/context.ts';
import { sessionInFiles } from '../operations/session/session.ts';
import type { Session } from '../operations/session/session.ts';
import { subsession } from '../operations/session/subagent.ts';
import { isWorking } from '../operations/session/working.ts';
import type { Client, Happening } from './happening.ts';

/** Where a hook finds itself: the session that it speaks of, and a way to the store that opens it at first use only. */
export type Here = {
  readonly happening: Happening;
  /** What is kept beside the store. */
  readonly local: string;
  /** Of the subagent, where it happened in one. */
  readonly session: Session;
  /** Of the session that the subagents belong to. */
  readonly main: Session;
  readonly working: () => boolean;
  readonly context: () => ReturnType<typeof makeContext>;
};

/** A process of this client has begun a session that has nothing to do with those before: not one whose history was cleared. */
const begins = ({ source }: Happening, client: Client): boolean =>
  client.name === 'claude' && (source === undefined || source === 'startup');

const sessionOf = (client: Client, happening: Happening, local: string): string => {
  const own = process.env['CONCORD_SESSION'];
  if (own) return own;
  const { event, session } = happening;
  if (event !== 'session-start' || session === '') return knownAs(local, session);
  return beginSession(local, session, begins(happening, client));
};

/** Undefined where no store was ever used: nothing is made there. */
export const hereOf = (
  client: Client,
  happening: Happening,
  local: string | undefined,
): Here | undefined => {
  if (local === undefined || !existsSync(local)) return undefined;
  const id = sessionOf(client, happening, local);
  if (id === '') return undefined;
  const { subagent, cwd } = happening;
  const own = subagent === undefined ? id : subsession(id, subagent);
  const main = sessionInFiles(local, id);
  let opened: ReturnType<typeof makeContext> | undefined;
  return {
    happening,
    local,
    main,
    session: subagent === undefined ? main : sessionInFiles(local, own),
    working: () => isWorking(main, process.env),
    context: () =>
      (opened ??= makeContext({
        caller: {
          as: undefined,
          environment: { ...process.env, ...client.environment(subagent ?? id) },
          session: own,
          server: true,
          client: () => `${client.name}-hook`,
        },
        directory: cwd,
        readFile: () => Promise.reject(new Error('a hook reads no files')),
        aside: true,
      })),
  };
};

const minute = 60_000;

/** For whoever asks whether the client's hooks are at work: when one ran last, at most once a minute. */
export const noteSeen = (local: string, client: Client, { event }: Happening): void => {
  const directory = join(local, 'hooks');
  const name = `${client.name}.json`;
  const last = changedAt(join(directory, name));
  if (last !== undefined && Date.now() - last < minute) return;
  const time = new Date().toISOString();
  quietly(undefined, () => writeEntry(directory, name, { client: client.name, event, time }));
};
