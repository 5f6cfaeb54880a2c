import type { JsonObject } from '../../model/json.ts';
import type { Scope, Target } from './entry.ts';
import { element } from './entry.ts';
import type { Entry } from './entry.ts';
import { hooksFor } from './hooks.ts';
import type { Client, Words } from './hooks.ts';

/** What starts Concord as a server. */
export const serverWords = ({ words }: Target): Words => [...words, 'mcp'];

/** The server in the form that most clients share. */
export const serverObject = (target: Target): JsonObject => {
  const [command, ...args] = serverWords(target);
  return { command, args };
};

/** What a supervisor tells the processes of a session: a client that hands on little is told to hand on these. */
export const handedOn = [
  'CONCORD_AGENT',
  'CONCORD_SESSION',
  'CONCORD_LINE',
  'CONCORD_STORE',
  'CONCORD_CONTRACT',
  'CONCORD_ATTEMPT',
  'CONCORD_WORK',
  'CONCORD_RUN',
] as const;

/** Every hook of the client as an element of the list of its event. */
export const hookEntries = (client: Client, { words }: Target): readonly Entry[] =>
  Object.entries(hooksFor(client, words)).flatMap(([event, list]) =>
    list.map((item) => element(['hooks', event], item, `hook ${event}`)),
  );

export const onPath = (scope: Scope): readonly string[] =>
  scope === 'shared'
    ? ['Everybody who works here needs "concord" on the PATH: npm install --global git-concord']
    : [];
