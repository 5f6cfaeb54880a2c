import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { notesIn } from './notes.ts';
import type { Notes } from './notes.ts';

/** Between a coding agent and a command of it stand shells, a new one for each command. */
const shells = new Set([
  'sh',
  'bash',
  'dash',
  'zsh',
  'fish',
  'ksh',
  'env',
  'timeout',
  'npm',
  'npx',
]);

type Process = {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  readonly start: string;
};

/** From /proc/<pid>/stat: name, parent and start time; undefined where there is none. */
const processOf = (pid: number): Process | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      pid,
      name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
      parent: Number(rest[1]),
      start: rest[19] ?? '',
    };
  } catch {
    return undefined;
  }
};

/** The process that runs the shells a command was started from. */
const client = (): Process | undefined => {
  let here = processOf(process.ppid);
  while (here && shells.has(here.name) && here.parent > 1) here = processOf(here.parent);
  return here;
};

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const markOf = (found: Process | undefined): string =>
  digestOf(found ? `${found.pid}-${found.start}` : String(process.ppid)).slice(0, 12);

/**
 * What stands for the client that this process belongs to; with when it began, so that a number used again is another one. Undefined where
 * the system does not tell.
 */
const clientMark = (): string | undefined => {
  const found = client();
  return found && markOf(found);
};

/**
 * A client gives its session a new id when its conversation is cleared, and keeps its server with the old one; others never tell their
 * server. What its hooks, server and commands have in common is the client's process: the first of them says which session it is.
 */
const links = (local: string): Notes => notesIn(join(local, 'clients'));
const processNote = (mark: string): string => `process-${mark}`;
const sameNote = (session: string): string => `same-${digestOf(session).slice(0, 16)}`;

const sessionIn = (notes: Notes, name: string): string | undefined => {
  const session = notes.read(name)?.['session'];
  return typeof session === 'string' && session !== '' ? session : undefined;
};

/** The session that this id means: another one's, after the client has changed its id. */
export const knownAs = (local: string | undefined, id: string): string =>
  (local !== undefined && sessionIn(links(local), sameNote(id))) || id;

/** The session that the client's process has, as the first said who told of one; `otherwise` is said if nobody has. */
const sessionOfClient = (local: string, mark: string, otherwise: string): string => {
  const found = sessionIn(links(local), processNote(mark));
  if (found === undefined) links(local).write(processNote(mark), { session: otherwise });
  return found ?? otherwise;
};

const life = 14 * 24 * 60 * 60 * 1000;

/** A session begins, or goes on under this id: which session it is. `anew`: the client's process begins another one with it. */
export const beginSession = (local: string, id: string, anew: boolean): string => {
  const mark = clientMark();
  const notes = links(local);
  if (anew && mark !== undefined) notes.write(processNote(mark), { session: id });
  const session = mark === undefined ? id : sessionOfClient(local, mark, id);
  const noted = sessionIn(notes, sameNote(id)) ?? id;
  if (noted !== session) notes.write(sameNote(id), session === id ? undefined : { session });
  notes.sweep('process-', life);
  notes.sweep('same-', life);
  return session;
};

/** Ids by which clients tell their servers and commands which session they are of. */
const said = ({ CLAUDE_CODE_SESSION_ID }: NodeJS.ProcessEnv): string | undefined =>
  CLAUDE_CODE_SESSION_ID || undefined;

/**
 * Tells the calls of one session from those of another: what the session says of itself, else the process it runs in and when that began,
 * so that a number used again is another session. An agent's process is looked for behind its shells; a person's session is the shell.
 */
export const sessionOf = (environment: NodeJS.ProcessEnv, local: string | undefined): string => {
  const own = environment['CONCORD_SESSION'];
  if (own) return own;
  const id = said(environment);
  if (id !== undefined) return knownAs(local, id);
  const isAgent = ['CLAUDECODE', 'GEMINI_CLI', 'OPENCODE', 'CODEX_SANDBOX'].some(
    (name) => environment[name],
  );
  if (!isAgent) return markOf(processOf(process.ppid));
  const mark = markOf(client());
  return (local !== undefined && sessionIn(links(local), processNote(mark))) || mark;
};

/** Whether the process is one that has one session only, and tells its server nothing of it. */
const hasOneSession = (environment: NodeJS.ProcessEnv): boolean =>
  Boolean(environment['GEMINI_CLI']) || client()?.name.startsWith('codex') === true;

/**
 * The same for the server of a client. `random` is its session where nobody has told of one; a process may have several, so that it is
 * not said to be that of the process unless the client is known to have one.
 */
export const sessionOfServer = (
  environment: NodeJS.ProcessEnv,
  local: string | undefined,
  random: string,
): string => {
  const own = environment['CONCORD_SESSION'];
  if (own) return own;
  const id = said(environment);
  if (id !== undefined) return knownAs(local, id);
  const mark = local === undefined ? undefined : clientMark();
  if (local === undefined || mark === undefined) return random;
  return hasOneSession(environment)
    ? sessionOfClient(local, mark, random)
    : (sessionIn(links(local), processNote(mark)) ?? random);
};

/** The environment as it is for a session whose id has changed: its name is made of the session, not of the id. */
export const asSession = (environment: NodeJS.ProcessEnv, session: string): NodeJS.ProcessEnv =>
  said(environment) === undefined || environment['CONCORD_SESSION']
    ? environment
    : { ...environment, CLAUDE_CODE_SESSION_ID: session };
