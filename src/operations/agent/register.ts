import type { Agent } from '../../model/entity.ts';
import { checkSlug } from '../../model/names.ts';
import { invalid } from '../../model/error.ts';
import { defineOperation } from '../operation.ts';
import { line } from '../schema.ts';

export type AgentRegisterOutput = { readonly agent: Agent; readonly commit: string | null };

export const agentRegister = defineOperation({
  name: 'agent_register',
  summary: 'Say what an agent is for: its role, which contracts may name instead of it.',
  input: {
    type: 'object',
    properties: {
      name: { type: 'string', description: 'Name of the agent.' },
      role: { type: 'string', description: 'Role that contracts may be given to, such as qa.' },
      description: { type: 'string', description: 'What it does, for the others to read.' },
      line,
    },
    required: ['name'],
    additionalProperties: false,
  },
  profile: 'cli',
  commands: [
    {
      path: 'agent register',
      positional: ['name'],
      examples: ['concord agent register qa-2 --role qa --description "Runs the test suites"'],
    },
  ],
  run: async ({ name, role, description }, context): Promise<AgentRegisterOutput> => {
    checkSlug(name, 'name');
    if (role !== undefined) checkSlug(role, 'role');
    if ((description ?? '').length > 2000)
      throw invalid('description', 'at most 2000 characters', String(description?.length));
    const [store, caller] = await Promise.all([context.store(), context.agent()]);
    const { result, commit } = await store.write(
      { agent: caller, line: context.line },
      (transaction) => {
        const before = transaction.view.agent(name);
        const agent: Agent = {
          name,
          registered: before?.registered ?? transaction.circumstances.time,
          ...before,
          ...(role !== undefined && { role }),
          ...(description !== undefined && { description }),
        };
        if (JSON.stringify(agent) !== JSON.stringify(before))
          transaction.append([{ type: 'agent-registered', agent }]);
        return agent;
      },
    );
    return { agent: result ?? { name, registered: store.now() }, commit: commit ?? null };
  },
  render: ({ agent, commit }, speak) =>
    [
      speak.strong(
        commit === null ? `Nothing had to change for ${agent.name}.` : `Registered ${agent.name}.`,
      ),
      ...(agent.role === undefined ? [] : [`Role: ${agent.role}`]),
      '',
      `Next: ${speak.call({ operation: 'agent_list', input: {} })}`,
    ].join('\n'),
});
