import type { Call } from '../../model/error.ts';
import type { Speak } from '../operation.ts';
import { quoted } from '../refusal.ts';

/** A call as a session makes it that has the MCP tools. */
export const toolCall = ({ operation, input }: Call): string =>
  `${operation} ${JSON.stringify(input)}`;

/** Says things for a model: calls as tool calls, text of agents fenced, no colours. */
export const toolSpeak = (now: number): Speak => ({
  call: toolCall,
  quote: quoted,
  strong: (text) => text,
  faint: (text) => text,
  now,
});
