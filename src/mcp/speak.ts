import type { Call } from '../model/error.ts';
import { printable } from '../model/text.ts';
import type { Operation, Speak } from '../operations/operation.ts';
import { quoted } from '../operations/refusal.ts';

/** Says things for a model: calls as tool calls, text of agents fenced, no colours. */
export const mcpSpeak = (now: number): Speak => ({
  call: toolCall,
  quote: quoted,
  strong: (text) => text,
  faint: (text) => text,
  now,
});

export const toolCall = ({ operation, input }: Call): string =>
  `${operation} ${JSON.stringify(input)}`;

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
