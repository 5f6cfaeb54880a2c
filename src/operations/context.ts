import { homedir } from 'node:os';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConcordError } from '../model/error.ts';
import { checkLine } from '../model/names.ts';
import { codeState } from '../store/code-state.ts';
import type { Store, StoreOptions } from '../store/store.ts';
import { agentName, explicitName } from './identity.ts';
import type { Caller } from './identity.ts';
import type { Context, Reads } from './operation.ts';

export type Call = {
  readonly caller: Caller;
  readonly directory: string;
  /** `--store`, then CONCORD_STORE. */
  readonly store?: string | undefined;
  /** `--line`, then CONCORD_LINE. */
  readonly line?: string | undefined;
  readonly readFile: Context['readFile'];
  /** Observed reads, for a caller whose name was said, or for a server's own session. */
  readonly reads?: (agent: string, location: string) => Reads | undefined;
  readonly options?: StoreOptions;
};

/** A place named for the store must be a repository itself: an empty folder inside a project must not mean the project. */
const checkRepository = (location: string): void => {
  if (existsSync(join(location, '.git')) || existsSync(join(location, 'HEAD'))) return;
  throw new ConcordError('NO_STORE', `There is no git repository at ${location}.`, {
    hint: 'Init makes one there.',
    next: { operation: 'init', input: {} },
  });
};

/** A context for one caller; close it when the calls are done. */
export const makeContext = (call: Call): Context & { close(): Promise<void> } => {
  const { caller, directory } = call;
  const separate = call.store ?? caller.environment['CONCORD_STORE'];
  const location = separate
    ? resolve(directory, separate.replace(/^~(?=\/|$)/, homedir()))
    : directory;
  const line = checkLine(call.line ?? caller.environment['CONCORD_LINE'] ?? 'main');
  const said = explicitName(caller);
  let opening: Promise<Store> | undefined;
  const store = (): Promise<Store> =>
    (opening ??= import('../store/store.ts')
      .then(({ openStore }) => {
        if (separate) checkRepository(location);
        return openStore(location, { ...call.options, caller: directory });
      })
      .catch((error: unknown) => {
        // Where there was nothing to open, there may be something the next time.
        opening = undefined;
        throw error;
      }));
  return {
    agent: async () => said ?? agentName(caller, (await store()).repository.config),
    line,
    directory,
    location,
    separate: Boolean(separate),
    store,
    peek: async (named, id) => {
      if (separate) checkRepository(location);
      return (await import('../store/peek.ts')).peek(location, named, id);
    },
    readFile: call.readFile,
    code: () => codeState(directory),
    // One server serves one session: its reads are its agent's, named or not.
    reads: said === undefined && !caller.server ? undefined : call.reads?.(said ?? '', location),
    close: async () => (await opening?.catch(() => undefined))?.close(),
  };
};
