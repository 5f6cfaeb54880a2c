import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { Store, StoreOptions } from '../store/store.ts';
import { ConcordError } from '../model/error.ts';
import { nearest, shown } from '../model/text.ts';
import { makeContext } from './context.ts';
import { readAtMost } from './file.ts';
import { operations } from './index.ts';
import type { InputOf, Operations, OutputOf } from './index.ts';
import { invoke } from './invoke.ts';
import { readsInMemory } from './session/reads.ts';

export type ConnectOptions = StoreOptions & {
  /** Who calls. */
  readonly agent: string;
  /** A directory of the repository that holds the store; the current one by default. */
  readonly directory?: string;
  readonly line?: string;
  /** Record with each publish the commit, branch and cleanness of the code in `directory` (costs one git process). Default: true. */
  readonly recordCode?: boolean;
};

/** A program's own way to the operations, as one agent. */
export type Connection = {
  /** Runs an operation by name: `call('artifact_get', { artifactId: 'x@3' })`. Throws ConcordError for every refusal. */
  readonly call: <N extends keyof Operations>(name: N, input?: InputOf<N>) => Promise<OutputOf<N>>;
  readonly store: () => Promise<Store>;
  readonly close: () => Promise<void>;
};

/** Connects a program to the store of a repository: the same operations, checks and refusals as the command line and MCP. */
export const connect = ({
  agent,
  directory = '.',
  line,
  recordCode = true,
  ...options
}: ConnectOptions): Connection => {
  const root = resolve(directory);
  const reads = readsInMemory();
  const context = makeContext({
    caller: { as: agent, environment: {}, session: randomUUID(), server: false },
    directory: root,
    line,
    readFile: (path) => readAtMost(resolve(root, path)),
    reads: () => reads,
    forgetful: true,
    options,
  });
  const called = recordCode ? context : { ...context, code: async () => undefined };
  let closed = false;
  const call = async (
    name: string,
    input: Readonly<Record<string, unknown>> = {},
  ): Promise<unknown> => {
    if (closed)
      throw new ConcordError('NOT_ALLOWED', 'This connection is closed; nothing was done.', {
        hint: 'Connect again.',
      });
    const operation = operations.find((candidate) => candidate.name === name);
    if (operation) return invoke(operation, input, called);
    const names = operations.map((candidate) => candidate.name);
    const near = nearest(name, names);
    throw new ConcordError(
      'NOT_FOUND',
      `There is no operation ${shown(name)}.${near ? ` Did you mean ${near}?` : ''}`,
      {
        hint: `Operations: ${names.join(', ')}.`,
      },
    );
  };
  return {
    call: call as Connection['call'],
    store: () => context.store(),
    close: async () => {
      closed = true;
      await context.close();
    },
  };
};
