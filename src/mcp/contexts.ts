import type { Context } from '../operations/operation.ts';
import { takeSubagent } from '../operations/session/subagent.ts';

/** A long session may start many subagents: those that called last are remembered here, all others beside the store. */
const limit = 50;

/**
 * In what a call is run: the subagents of a session share its server, and a hook has noted which call is whose. Each works in a session
 * of its own, on the store that is open already.
 */
export const contextsOf = (
  context: Context,
  open: (subagent: string) => Context,
): ((toolUse: string | undefined) => Context) => {
  const opened = new Map<string, Context>();
  return (toolUse) => {
    const subagent = toolUse === undefined ? undefined : takeSubagent(context.session(), toolUse);
    if (subagent === undefined) return context;
    const own = opened.get(subagent) ?? open(subagent);
    opened.delete(subagent);
    opened.set(subagent, own);
    for (const oldest of opened.keys()) {
      if (opened.size <= limit) break;
      opened.delete(oldest);
    }
    return own;
  };
};
