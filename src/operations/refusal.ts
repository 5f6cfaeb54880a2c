import type { Call, ConcordError } from '../model/error.ts';
import { oneLine, printable } from '../model/text.ts';

/** Text written by agents, each line marked, so that it can be taken for nothing else. */
export const quoted = (text: string): string =>
  printable(text)
    .split('\n')
    .map((line) => `| ${line}`)
    .join('\n');

/** The next safe call of a refusal, in the words of a front end that has it. */
export const nextOf = (
  { next }: ConcordError,
  say: (call: Call) => string | undefined,
): string | undefined => {
  if (next === undefined) return undefined;
  return typeof next === 'string' ? next : say(next);
};

/** A refusal in three parts: what was wrong, what is allowed now, one call that works. */
export const refusalText = (
  error: ConcordError,
  say: (call: Call) => string | undefined,
): string => {
  const { code, message, hint, violations } = error;
  const mark = error.quoted ? '|' : ' ';
  const next = nextOf(error, say);
  const lines = violations.map(
    ({ path, expected, got }) =>
      `${mark} ${oneLine(path)}: must be ${oneLine(expected, 400)}; got ${oneLine(got)}`,
  );
  return [
    `Refused (${code}): ${printable(message)}`,
    ...(isTold(error) ? [] : lines),
    ...(hint === undefined ? [] : [printable(hint)]),
    ...(next === undefined ? [] : ['', `Next: ${printable(next)}`]),
  ].join('\n');
};

/** One violation that is the message itself is not told twice. */
const isTold = ({ violations, message }: ConcordError): boolean =>
  violations.length === 1 && message.startsWith(`${violations[0]?.path} must be`);
