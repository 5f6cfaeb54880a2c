import { ConcordError } from '../model/error.ts';
import { oneLine, printable } from '../model/text.ts';
import { toolCall } from './speak.ts';

/** A refusal as a tool's reply: what was wrong, what is allowed now, one call that works. A bug is named as one, without its stack. */
export const failureText = (error: unknown): string => {
  if (!(error instanceof ConcordError)) {
    return `Failed (INTERNAL): ${oneLine(error instanceof Error ? error.message : String(error), 300)}. This is a bug in Concord, not in your call.`;
  }
  const { code, message, hint, next, violations } = error;
  const only = violations.length === 1 && message.startsWith(`${violations[0]?.path} must be`);
  return [
    `Refused (${code}): ${printable(message)}`,
    ...(only
      ? []
      : violations.map(
          ({ path, expected, got }) =>
            `  ${oneLine(path)}: must be ${oneLine(expected, 400)}; got ${oneLine(got)}`,
        )),
    ...(hint === undefined ? [] : [printable(hint)]),
    ...(next === undefined
      ? []
      : ['', `Next: ${typeof next === 'string' ? printable(next) : toolCall(next)}`]),
  ].join('\n');
};
