import { homedir } from 'node:os';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConcordError } from '../model/error.ts';
import type { Conditions } from '../model/condition.ts';
import { checkLine } from '../model/names.ts';
import { codeState } from '../store/code-state.ts';
import type { Store, StoreOptions } from '../store/store.ts';
import { findGitDir } from './find-git-dir.ts';
import { agentName, explicitName, isPerson } from './session/identity.ts';
import type { Caller } from './session/identity.ts';
import type { Context, Reads } from './operation.ts';
import { memoryOf, notesInMemory } from './session/notes.ts';
import type { Notes } from './session/notes.ts';
import { withoutSecrets } from './secrets.ts';
import { shippedTypes } from './types.ts';
import { isWorking } from './session/working.ts';
import { otherClaims, sessionInFiles, sessionInMemory } from './session/session.ts';
import type { Session } from './session/session.ts';

export type Call = {
  readonly caller: Caller;
  readonly directory: string;
  /** `--store`, then CONCORD_STORE. */
  readonly store?: string | undefined;
  /** `--line`, then CONCORD_LINE. */
  readonly line?: string | undefined;
  readonly readFile: (path: string) => Promise<Buffer>;
  /** Observed reads, for a caller whose name was said, or for a server's own session. */
  readonly reads?: (agent: string, location: string) => Reads | undefined;
  /** Keep what is remembered of the session in this process only. */
  readonly forgetful?: boolean;
  /** The call is a hook's: it counts for nothing that the session does. */
  readonly aside?: boolean;
  /** `--allow-secrets`: a person insists. */
  readonly allowSecrets?: boolean | undefined;
  /** The store, where this process has opened it for others too; then closing is theirs. */
  readonly shared?: () => Promise<Store>;
  readonly options?: StoreOptions;
};

/** The place that was named for the store, else the caller's directory. */
const locationOf = (
  directory: string,
  environment: Caller['environment'],
  store: string | undefined,
): { readonly location: string; readonly separate: boolean } => {
  const named = store ?? environment['CONCORD_STORE'];
  const home = named?.replace(/^~(?=\/|$)/, homedir());
  return home
    ? { location: resolve(directory, home), separate: true }
    : { location: directory, separate: false };
};

/** Where what is kept beside the store lies; undefined where there is no repository. */
export const localOf = (
  directory: string,
  environment: Caller['environment'],
  store?: string,
): string | undefined => {
  const gitDir = findGitDir(locationOf(directory, environment, store).location);
  return gitDir === undefined ? undefined : join(gitDir, 'concord');
};

/** Small files beside the store, shared by all processes of the session; memory where there is no repository. */
const openSession = ({ caller, forgetful }: Call, location: string): Session => {
  const gitDir = forgetful ? undefined : findGitDir(location);
  return gitDir === undefined
    ? sessionInMemory(caller.session)
    : sessionInFiles(join(gitDir, 'concord'), caller.session);
};

/** A place named for the store must be a repository itself: an empty folder inside a project must not mean the project. */
const checkRepository = (location: string): void => {
  if (existsSync(join(location, '.git')) || existsSync(join(location, 'HEAD'))) return;
  throw new ConcordError('NO_STORE', `There is no git repository at ${location}.`, {
    hint: 'Init makes one there.',
    next: { operation: 'init', input: {} },
  });
};

const language = async (): Promise<Conditions> => (await import('./conditions.ts')).conditions;

const open = async (
  { directory, options }: Call,
  location: string,
  separate: boolean,
): Promise<Store> => {
  const { openStore } = await import('../store/store.ts');
  if (separate) checkRepository(location);
  return openStore(location, {
    conditions: language,
    types: shippedTypes,
    ...options,
    caller: directory,
  });
};

/** What is kept beside the store: on disk where there is a repository, unless the caller wants none of it. */
const openLocal = (
  call: Call,
  location: string,
  line: string,
): Pick<Context, 'session' | 'memory' | 'elsewhere'> => {
  const place = (): string | undefined => {
    const gitDir = call.forgetful ? undefined : findGitDir(location);
    return gitDir === undefined ? undefined : join(gitDir, 'concord');
  };
  const forgotten = new Map<string, Notes>();
  const inMemory = (agent: string): Notes => {
    const notes = forgotten.get(agent) ?? notesInMemory();
    forgotten.set(agent, notes);
    return notes;
  };
  let remembered: Session | undefined;
  return {
    session: () => (remembered ??= openSession(call, location)),
    memory: (agent) => {
      const local = place();
      return local === undefined ? inMemory(agent) : memoryOf(local, agent);
    },
    elsewhere: (agent) => {
      const local = place();
      return local === undefined ? [] : otherClaims(local, call.caller.session, line, agent);
    },
  };
};

/** Opens at first use; where there was nothing to open, there may be something the next time. */
const opener = (call: Call, location: string, separate: boolean) => {
  let opening: Promise<Store> | undefined;
  return {
    store: (): Promise<Store> =>
      call.shared?.() ??
      (opening ??= open(call, location, separate).catch((error: unknown) => {
        opening = undefined;
        throw error;
      })),
    close: async (): Promise<void> => (await opening?.catch(() => undefined))?.close(),
  };
};

/** A context for one caller; close it when the calls are done. */
export const makeContext = (call: Call): Context & { close(): Promise<void> } => {
  const { caller, directory } = call;
  const { location, separate } = locationOf(directory, caller.environment, call.store);
  const line = checkLine(call.line ?? caller.environment['CONCORD_LINE'] ?? 'main');
  const said = explicitName(caller);
  const local = openLocal(call, location, line);
  const { session } = local;
  const { store, close } = opener(call, location, separate);
  const secretsAllowed = async (): Promise<boolean> =>
    call.allowSecrets ?? (await store()).repository.config.get('concord.allowsecrets') === 'true';
  return {
    ...local,
    agent: async () =>
      said ?? session().name() ?? agentName(caller, (await store()).repository.config),
    working: () => isWorking(session(), caller.environment),
    person: () => isPerson(caller, session().name()),
    line,
    directory,
    location,
    separate,
    ...(call.aside && { aside: true }),
    store,
    peek: async (named, id) => {
      if (separate) checkRepository(location);
      return (await import('../store/peek.ts')).peek(location, named, id);
    },
    readFile: async (path) => withoutSecrets(await call.readFile(path), path, { secretsAllowed }),
    secretsAllowed,
    code: () => codeState(directory),
    // One server serves one session: its reads are its agent's, named or not.
    get reads() {
      const name = said ?? session().name();
      return name === undefined && !caller.server ? undefined : call.reads?.(name ?? '', location);
    },
    close,
  };
};
