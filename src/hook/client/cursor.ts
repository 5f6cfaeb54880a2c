import type { JsonObject } from '../../model/json.ts';
import type { Client } from '../happening.ts';
import { happeningOf, textOf } from './fields.ts';

const rootOf = (given: JsonObject): string | undefined => {
  const roots = given['workspace_roots'];
  const first = Array.isArray(roots) ? roots[0] : undefined;
  return typeof first === 'string' ? first : undefined;
};

/** It names a conversation and its folders, and goes on with a message of its own. */
export const cursor: Client = {
  name: 'cursor',
  environment: () => ({}),
  parse: (event, given) => {
    const happening = happeningOf(event, given);
    return {
      ...happening,
      session: textOf(given, 'session_id', 'conversation_id') ?? '',
      cwd: textOf(given, 'cwd') ?? rootOf(given) ?? happening.cwd,
    };
  },
  print: (_event, { context, block }) => {
    if (block !== undefined) return { followup_message: block };
    return context === undefined ? undefined : { additional_context: context };
  },
};
