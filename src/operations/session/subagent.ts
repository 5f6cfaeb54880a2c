import { createHash } from 'node:crypto';
import type { Session } from './session.ts';

/** A subagent works in a session of its own: its claims are not those of the session that started it. */
export const subsession = (session: string, subagent: string): string => `${session}/${subagent}`;

const beginning = 'tool-';

const noteOf = (toolUse: string): string =>
  `${beginning}${createHash('sha256').update(toolUse).digest('hex').slice(0, 16)}`;

/** A call that was never made leaves its note behind: so long it may have taken to be allowed, in ms. */
const life = 60 * 60 * 1000;

/** A hook has seen that this tool call is a subagent's, which the server is not told. */
export const noteSubagent = ({ notes }: Session, toolUse: string, subagent: string): void => {
  notes.sweep(beginning, life);
  notes.write(noteOf(toolUse), { subagent });
};

/** The subagent that makes this call; undefined for the session itself. A call is made once. */
export const takeSubagent = ({ notes }: Session, toolUse: string): string | undefined => {
  const name = noteOf(toolUse);
  const subagent = notes.read(name)?.['subagent'];
  if (typeof subagent !== 'string') return undefined;
  notes.write(name, undefined);
  return subagent;
};
