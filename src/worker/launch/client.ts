import { startable } from '../../model/agent.ts';
import type { Startable } from '../../model/agent.ts';
import type { Agent } from '../../model/entity.ts';
import { ConcordError } from '../../model/error.ts';
import { oneLine } from '../../model/text.ts';

/** The coding agent whose output tells what it used; 'none' for any other program. */
export type UsageKind = Startable | 'none';

/** The coding agent that a command names, and the words after it. */
export const clientOf = (
  agent: Agent,
): { readonly kind: UsageKind; readonly extra: readonly string[] } => {
  const [first, ...extra] = agent.command ?? [];
  if (first === undefined)
    throw new ConcordError('INVALID', `The agent ${oneLine(agent.name, 64)} has no command.`, {
      hint: 'A session is started with a command: a coding agent (claude, codex, gemini) or any program.',
      next: `concord run --agent '${agent.name}=claude'`,
    });
  return { kind: startable.find((name) => name === first) ?? 'none', extra };
};
