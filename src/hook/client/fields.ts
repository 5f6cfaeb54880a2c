import { isObject } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Answer, Happening, HookEvent } from '../happening.ts';

/** A field that is a text, by the first of these names that has one. */
export const textOf = (given: JsonObject, ...names: readonly string[]): string | undefined => {
  for (const name of names) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
};

const toolOf = (given: JsonObject): Happening['tool'] => {
  const name = textOf(given, 'tool_name');
  const use = textOf(given, 'tool_use_id');
  const input = given['tool_input'];
  return name === undefined
    ? undefined
    : { name, input: isObject(input) ? input : {}, ...(use !== undefined && { use }) };
};

/** The fields that Claude Code, Codex and Gemini have in common. What is missing or of another form is left out. */
export const happeningOf = (event: HookEvent, given: JsonObject): Happening => {
  const tool = toolOf(given);
  const subagent = textOf(given, 'agent_id');
  const source = textOf(given, 'source');
  const reason = textOf(given, 'reason');
  return {
    event,
    session: textOf(given, 'session_id') ?? '',
    cwd: textOf(given, 'cwd') ?? process.cwd(),
    ...(tool && { tool }),
    ...(subagent !== undefined && { subagent }),
    ...(given['stop_hook_active'] === true && { stopActive: true }),
    ...(source !== undefined && { source }),
    ...(reason !== undefined && { reason }),
  };
};

/** `names`: what the client calls the events in which it takes context. */
export const answerOf = (
  names: Readonly<Partial<Record<HookEvent, string>>>,
  event: HookEvent,
  { context, title, block, remark, allow }: Answer,
  held: string,
): JsonObject | undefined => {
  if (block !== undefined) return { decision: held, reason: block };
  const hookEventName = names[event];
  const specific = {
    ...(context !== undefined && { additionalContext: context }),
    ...(title !== undefined && { sessionTitle: title }),
    ...(allow && { permissionDecision: 'allow', permissionDecisionReason: 'A tool of Concord.' }),
  };
  const answer = {
    ...(hookEventName !== undefined &&
      Object.keys(specific).length > 0 && {
        hookSpecificOutput: { hookEventName, ...specific },
      }),
    ...(remark !== undefined && { systemMessage: remark }),
  };
  return Object.keys(answer).length === 0 ? undefined : answer;
};
