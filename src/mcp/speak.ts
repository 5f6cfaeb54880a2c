import { printable } from '../model/text.ts';
import type { Operation } from '../operations/operation.ts';

/** The most a reply may hold: more would be written to a file by some clients, and costs every reader. */
export const replyLimit = 10_000;

/** A reply within the limit; what is cut off is counted, how to get it is said, and the next call stays. */
export const fitted = (text: string, operation: Operation): string => {
  const safe = printable(text);
  if (safe.length <= replyLimit) return safe;
  const hint = Object.hasOwn(operation.input.properties, 'path')
    ? 'Ask for a part of it with path, such as "path":"data.failures[0]".'
    : 'Ask for less with limit, or with a filter.';
  const next = /\n\nNext: [^\n]{1,1000}$/.exec(safe)?.[0] ?? '';
  const room = replyLimit - 200 - next.length;
  const end = Math.max(safe.lastIndexOf('\n', room), room - 800);
  return `${safe.slice(0, end)}\n(${safe.length - end - next.length} of ${safe.length} characters left out. ${hint})${next}`;
};
