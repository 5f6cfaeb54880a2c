import { ConcordError, exitCodes } from '../model/error.ts';
import type { Call } from '../model/error.ts';
import { printable } from '../model/text.ts';
import type { Operation } from '../operations/operation.ts';
import { nextOf, refusalText } from '../operations/refusal.ts';
import { commandLine } from './speak.ts';
import type { Prefix } from './speak.ts';

export type Failure = { readonly exit: number; readonly text: string; readonly json: unknown };

/** A failure as text, as JSON and as an exit code. Only a bug shows a stack. */
export const failureOf = (
  error: unknown,
  operations: readonly Operation[],
  prefix: Prefix,
): Failure => {
  if (!(error instanceof ConcordError)) return bug(error);
  const { code, message, hint, violations } = error;
  const say = (call: Call): string => commandLine(operations, prefix, call);
  const next = nextOf(error, say);
  const body = {
    code,
    message,
    ...(hint !== undefined && { hint }),
    ...(violations.length > 0 && { violations }),
    ...(next !== undefined && { next }),
  };
  return {
    exit: exitCodes[code],
    text: refusalText(error, say),
    json: { ok: false, error: body },
  };
};

const bug = (error: unknown): Failure => {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? message) : message;
  return {
    exit: exitCodes.INTERNAL,
    text: `Failed (INTERNAL): this is a bug in Concord, not in what you did.\n${printable(stack)}\n\nNext: concord doctor`,
    json: { ok: false, error: { code: 'INTERNAL', message } },
  };
};
