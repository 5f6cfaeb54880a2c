import { follow } from '../operations/follow.ts';
import type { Context, Operation } from '../operations/operation.ts';
import { cliSpeak, commandLine, forTerminal } from './speak.ts';
import { colourWanted } from './run.ts';
import type { Globals } from './run.ts';

/** What a shell makes of a program that was ended by Ctrl-C, git among them. */
const interrupted = 130;

/** Prints what an operation tells as it happens, one object a line with `--json`, until Ctrl-C. */
export const followCommand = async (
  operations: readonly Operation[],
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  globals: Globals,
  context: Context,
): Promise<number> => {
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once('SIGINT', onInterrupt);
  try {
    for await (const { input: asked, output } of follow(operation, input, context, stop.signal)) {
      if (globals.quiet) continue;
      const said = globals.json
        ? operation.following?.items(output).map((data) => JSON.stringify({ ok: true, data }))
        : [
            operation.following?.render(output, speakNow(operations, globals), asked as never) ??
              '',
          ];
      const text = said?.join('\n') ?? '';
      if (text !== '') process.stdout.write(`${process.stdout.isTTY ? forTerminal(text) : text}\n`);
    }
  } finally {
    process.off('SIGINT', onInterrupt);
  }
  return interrupted;
};

const speakNow = (
  operations: readonly Operation[],
  globals: Globals,
): ReturnType<typeof cliSpeak> =>
  cliSpeak((call) => commandLine(operations, globals, call), colourWanted(globals), Date.now());
