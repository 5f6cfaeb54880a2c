import { ConcordError, exitCodes } from '../model/error.ts';
import { oneLine, printable } from '../model/text.ts';
import type { Operation } from '../operations/operation.ts';
import { commandLine } from './speak.ts';

export type Failure = { readonly exit: number; readonly text: string; readonly json: unknown };

const fileErrors: Record<string, string> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read',
  EISDIR: 'is a directory',
  ENOTDIR: 'does not exist',
};

/** A failure in three parts: what was wrong, what is allowed now, one call that works. Only a bug shows a stack. */
export const failureOf = (error: unknown, operations: readonly Operation[]): Failure => {
  const refusal = asRefusal(error);
  if (!(refusal instanceof ConcordError)) return bug(refusal);
  const { code, message, hint, violations } = refusal;
  const next =
    refusal.next === undefined
      ? undefined
      : typeof refusal.next === 'string'
        ? refusal.next
        : commandLine(operations, refusal.next);
  const lines = [
    `Refused (${code}): ${printable(message)}`,
    ...violations.map(
      ({ path, expected, got }) =>
        `  ${oneLine(path)}: must be ${oneLine(expected, 400)}; got ${oneLine(got)}`,
    ),
    ...(hint === undefined ? [] : [printable(hint)]),
    ...(next === undefined ? [] : ['', `Next: ${printable(next)}`]),
  ];
  const body = {
    code,
    message,
    ...(hint !== undefined && { hint }),
    ...(violations.length > 0 && { violations }),
    ...(next !== undefined && { next }),
  };
  return {
    exit: exitCodes[code],
    text: dropTold(lines, refusal),
    json: { ok: false, error: body },
  };
};

/** One violation that the message tells already is not told again. */
const dropTold = (lines: string[], { violations, message }: ConcordError): string => {
  const only = violations.length === 1 ? violations[0] : undefined;
  const told = only !== undefined && message.startsWith(`${only.path} must be`);
  return lines.filter((_, index) => !(told && index === 1)).join('\n');
};

/** A file that the caller named and that cannot be read is the caller's mistake. */
const asRefusal = (error: unknown): unknown => {
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return error;
  const words = fileErrors[String(error.code)];
  return words === undefined
    ? error
    : new ConcordError('INVALID', `The file ${String(error.path)} ${words}; nothing was done.`);
};

const bug = (error: unknown): Failure => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    exit: exitCodes.INTERNAL,
    text: `Failed (INTERNAL): this is a bug in Concord, not in what you did.\n${printable(text)}\n\nNext: concord doctor`,
    json: {
      ok: false,
      error: { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) },
    },
  };
};
