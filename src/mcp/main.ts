import { randomBytes } from 'node:crypto';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { ConcordError } from '../model/error.ts';
import { shown } from '../model/text.ts';
import { asSession, sessionOfServer } from '../operations/session/caller.ts';
import { localOf, makeContext } from '../operations/context.ts';
import { readAtMost } from '../operations/file.ts';
import { operations } from '../operations/index.ts';
import { readsInMemory } from '../operations/session/reads.ts';
import { subsession } from '../operations/session/subagent.ts';
import { contextsOf } from './contexts.ts';
import { makeServer } from './server.ts';
import type { Profile } from './tools.ts';

export type ServeOptions = {
  readonly as?: string | undefined;
  readonly store?: string | undefined;
  readonly line?: string | undefined;
  readonly profile: Profile;
  /** Of the program, as clients are told. */
  readonly version: string;
};

/** Serves one client on standard input and output until it goes away. Everything else is said on standard error. */
export const serve = async ({ as, store, line, profile, version }: ServeOptions): Promise<void> => {
  const directory = process.cwd();
  const local = localOf(directory, process.env, store);
  const session = sessionOfServer(process.env, local, randomBytes(4).toString('hex'));
  const open = (subagent?: string): ReturnType<typeof makeContext> => {
    const reads = readsInMemory();
    return makeContext({
      caller: {
        as,
        environment: asSession(process.env, subagent ?? session),
        session: subagent === undefined ? session : subsession(session, subagent),
        server: true,
        client: () => server.getClientVersion()?.name,
      },
      directory,
      store,
      line,
      readFile: (path) => readInside(directory, path),
      reads: () => reads,
      ...(subagent !== undefined && { shared: () => context.store() }),
      options: { warn: (text) => process.stderr.write(`concord: ${text}\n`) },
    });
  };
  const context = open();
  const contexts = contextsOf(context, open);
  const { server, idle } = makeServer({ operations, contexts, version, profile });
  const closed = new Promise<void>((done) => {
    server.onclose = done;
    // A client that has said all it had to say still gets its answers.
    process.stdin.once('end', () => void idle().then(done));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, done);
  });
  await server.connect(new StdioServerTransport());
  await closed;
  await context.close();
  process.stdout.write('', () => process.exit(0));
};

const isInGitDirectory = (root: string, file: string): boolean => {
  for (let folder = dirname(file); folder.length > root.length; folder = dirname(folder)) {
    if (basename(folder).toLowerCase() === '.git') return true;
    if (existsSync(join(folder, 'HEAD')) && existsSync(join(folder, 'objects'))) return true;
  }
  return false;
};

/** An agent may name files of its work directory only: links that lead out of it are followed first, then refused. */
const readInside = async (directory: string, path: string): Promise<Buffer> => {
  const root = realpathSync(directory);
  const wanted = resolve(root, path);
  let real: string;
  try {
    real = realpathSync(wanted);
  } catch {
    throw new ConcordError(
      'INVALID',
      `The file ${shown(path)} does not exist in ${root}; nothing was done.`,
    );
  }
  // A pipe or a device would keep this server waiting for ever; git directories hold what is not the work: tokens, hooks.
  const inside =
    real.startsWith(root + sep) && statSync(real).isFile() && !isInGitDirectory(root, real);
  if (inside) return readAtMost(real);
  throw new ConcordError(
    'NOT_ALLOWED',
    `The file ${shown(path)} is no plain file inside ${root}; nothing was done.`,
    {
      hint: 'Only files of the work directory can be published.',
    },
  );
};
