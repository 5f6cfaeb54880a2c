import { ConcordError } from '../model/error.ts';
import { oneLine } from '../model/text.ts';
import { toolCall } from '../operations/guide/speak.ts';
import type { Operation } from '../operations/operation.ts';
import { refusalText } from '../operations/refusal.ts';
import { isTool } from './tools.ts';

/** A refusal as a tool's reply, so that the model can act on it. A bug is named as one, without its stack. */
export const failureText = (error: unknown, operations: readonly Operation[]): string => {
  if (error instanceof ConcordError) {
    const callable = (name: string): boolean =>
      operations.some((operation) => operation.name === name && isTool(operation));
    return refusalText(error, (call) => (callable(call.operation) ? toolCall(call) : undefined));
  }
  const message = error instanceof Error ? error.message : String(error);
  return `Failed (INTERNAL): ${oneLine(message, 300)}. This is a bug in Concord, not in your call.`;
};
