import type { Contract } from '../../model/contract/contract.ts';
import type { Agent } from '../../model/entity.ts';
import { ConcordError } from '../../model/error.ts';
import { clientOf } from './client.ts';

/**
 * An agent that is to give code, and would be refused every edit since nobody is there to be asked: better said before it is paid for.
 * Undefined where nothing speaks against it. What any other program may do is not known, nor what options of the user's own allow.
 */
export const cannotEdit = (
  agent: Agent,
  contracts: readonly Contract[],
): ConcordError | undefined => {
  const { kind, extra } = clientOf(agent);
  if (kind === 'none' || extra.some((word) => allows.test(word)) || mayEdit(kind, agent))
    return undefined;
  const needs = contracts.filter(
    ({ assignee, expectedOutputs = [] }) =>
      assignee !== undefined &&
      (assignee === agent.name || assignee === agent.role) &&
      expectedOutputs.some(({ artifactType }) => artifactType === 'code-change'),
  );
  const [first] = needs;
  if (first === undefined) return undefined;
  const others = needs.length > 1 ? ` (and ${needs.length - 1} more)` : '';
  return new ConcordError(
    'NOT_ALLOWED',
    `${agent.name} may not edit files, but ${first.id}${others} is to give a code-change; nothing was started.`,
    {
      hint: 'A session without a person is refused what it would have to ask for. In the team file, give the agent permissionMode: acceptEdits, or tools: [Edit, Write].',
      next: 'concord apply team.yaml, when the agent has one of them',
    },
  );
};

/** Options by which the user's own command says what is allowed. */
const allows =
  /^(--permission-mode|--allow|--dangerously|--settings|--approval-mode|--yolo|-y$|--sandbox|-s$)/;

const mayEdit = (kind: string, { permissionMode = 'default', tools = [] }: Agent): boolean => {
  if (permissionMode === 'plan') return false;
  // Codex works in a sandbox instead of asking.
  if (kind === 'codex') return true;
  if (permissionMode !== 'default' && permissionMode !== 'dontAsk') return true;
  return tools.some((tool) => /^(Edit|Write|MultiEdit|write_file|replace|\*)(\(|$)/.test(tool));
};
