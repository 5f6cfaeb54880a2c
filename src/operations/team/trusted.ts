import fs from 'node:fs';
import { join } from 'node:path';
import type { Agent } from '../../model/entity.ts';
import { canonical } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { sha256 } from '../key.ts';
import { quietly, writeEntry } from '../session/local-file.ts';

/**
 * A store can come from anybody, with a clone or a fetch, and its agents' commands with it. Which of them this user has meant to run on
 * this machine stands beside the store, in a file for each: what is fetched never gets there.
 */
const directoryIn = (local: string): string => join(local, 'commands');

/** All that decides what a started command may do. */
const digestOf = ({ command = [], tools = [], permissionMode, model }: Agent): string =>
  sha256(
    canonical({
      command,
      tools,
      permissionMode: permissionMode ?? null,
      model: model ?? null,
    } as Json),
  );

export const trust = (local: string, agent: Agent): void => {
  if (agent.command === undefined || isTrusted(local, agent)) return;
  quietly(undefined, () =>
    writeEntry(directoryIn(local), digestOf(agent), [...(agent.command ?? [])]),
  );
};

/** Noted by this very user: a repository may have several. */
export const isTrusted = (local: string, agent: Agent): boolean =>
  quietly(false, () => {
    const stat = fs.lstatSync(join(directoryIn(local), digestOf(agent)));
    return stat.isFile() && stat.uid === (process.getuid?.() ?? stat.uid);
  });
