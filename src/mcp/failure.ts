import { ConcordError } from '../model/error.ts';
import { oneLine } from '../model/text.ts';
import { refusalText } from '../operations/refusal.ts';
import { toolCall } from './speak.ts';

/** A refusal as a tool's reply, so that the model can act on it. A bug is named as one, without its stack. */
export const failureText = (error: unknown): string => {
  if (error instanceof ConcordError) return refusalText(error, toolCall);
  const message = error instanceof Error ? error.message : String(error);
  return `Failed (INTERNAL): ${oneLine(message, 300)}. This is a bug in Concord, not in your call.`;
};
