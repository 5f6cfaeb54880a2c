import { existsSync } from 'node:fs';
import { join, normalize, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes } from '../model/error.ts';
import { printable } from '../model/text.ts';
import { localOf, makeContext } from '../operations/context.ts';
import { invoke } from '../operations/invoke.ts';
import type { Command, Context, Operation } from '../operations/operation.ts';
import { readsInFile } from '../operations/session/reads.ts';
import { readAtMost } from '../operations/file.ts';
import { findGitDir } from '../operations/find-git-dir.ts';
import { asSession, sessionOf } from '../operations/session/caller.ts';
import { cliSpeak, commandLine, forTerminal } from './speak.ts';

/** Options that every command takes. */
export type Globals = {
  readonly store?: string;
  readonly as?: string;
  readonly line?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
  readonly allowSecrets?: boolean;
};

export const colourWanted = ({ color }: Globals): boolean => {
  const { NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, TERM } = process.env;
  if (color === false || NO_COLOR) return false;
  if ((FORCE_COLOR && FORCE_COLOR !== '0') || (CLICOLOR_FORCE && CLICOLOR_FORCE !== '0'))
    return true;
  return process.stdout.isTTY === true && TERM !== 'dumb';
};

/** The package lies as far above the sources as above what is built of them. */
const packageRoot = fileURLToPath(new URL('../../', import.meta.url));

/** The file that a caller means: one of its own, or a template of the package where it has none of that name. */
const fileNamed = (directory: string, path: string): string => {
  const own = resolve(directory, path);
  if (!normalize(path).startsWith(join('templates', '/')) || existsSync(own)) return own;
  const shipped = join(packageRoot, path);
  return existsSync(shipped) ? shipped : own;
};

/** Who calls, from where: of this process and its options. */
export const contextOf = (globals: Globals): ReturnType<typeof makeContext> => {
  const directory = process.cwd();
  const session = sessionOf(process.env, localOf(directory, process.env, globals.store));
  return makeContext({
    caller: {
      as: globals.as,
      environment: asSession(process.env, session),
      session,
      server: false,
    },
    directory,
    store: globals.store,
    line: globals.line,
    allowSecrets: globals.allowSecrets,
    readFile: (path) => readAtMost(fileNamed(directory, path)),
    reads: (agent, location) => {
      const gitDir = findGitDir(location);
      return gitDir === undefined
        ? undefined
        : readsInFile(join(gitDir, 'concord'), agent, session);
    },
    options: { warn: (text) => process.stderr.write(`concord: ${printable(text)}\n`) },
  });
};

/** Options that front ends of this kind add to the operation's own. */
export type Extra = { readonly follow?: boolean };

/** Runs one command to its end and prints what came of it; returns the exit code. Throws what the operation refuses. */
export const runCommand = async (
  operations: readonly Operation[],
  operation: Operation,
  command: Command,
  given: Readonly<Record<string, unknown>>,
  globals: Globals & Extra,
): Promise<number> => {
  const context = contextOf(globals);
  const fixed = globals.json ? { ...command.preset, ...command.json } : command.preset;
  const input = { ...fixed, ...given };
  let [output, pager]: [unknown, string | undefined] = [undefined, undefined];
  try {
    if (globals.follow) {
      const { followCommand } = await import('./follow.ts');
      return await followCommand(operations, operation, input, globals, context);
    }
    output = await invoke(operation, input, context);
    pager = command.paged && (await pagerFor(context, globals));
    if (pager === undefined) await print(operations, operation, output, input, globals);
  } finally {
    await context.close();
  }
  // The store is closed before somebody reads for long.
  if (pager !== undefined) await print(operations, operation, output, input, globals, pager);
  const code = operation.failed?.(output);
  return code === undefined ? 0 : exitCodes[code];
};

const pagerFor = async (context: Context, globals: Globals): Promise<string | undefined> => {
  if (globals.json || !process.stdout.isTTY) return undefined;
  const { pagerOf } = await import('./pager.ts');
  return pagerOf(process.env, (await context.store()).repository.config.get('core.pager'));
};

const print = async (
  operations: readonly Operation[],
  operation: Operation,
  output: unknown,
  input: object,
  globals: Globals,
  pager?: string,
): Promise<void> => {
  if (globals.quiet) return;
  const bytes = globals.json ? undefined : operation.bytes?.(output);
  if (bytes) {
    // A file as it is; on a terminal what it would show of it, so that no file can steer one.
    process.stdout.write(process.stdout.isTTY ? forTerminal(Buffer.from(bytes).toString()) : bytes);
    return;
  }
  const speak = cliSpeak(
    (call) => commandLine(operations, globals, call),
    colourWanted(globals),
    Date.now(),
    process.stdout.isTTY ? process.stdout.columns : undefined,
  );
  const text = globals.json
    ? JSON.stringify({ ok: true, data: output })
    : operation.render(output, speak, input as never);
  const safe = `${process.stdout.isTTY ? forTerminal(text) : text}\n`;
  const isPaged = pager !== undefined && (await (await import('./pager.ts')).page(safe, pager));
  if (!isPaged) process.stdout.write(safe);
};
