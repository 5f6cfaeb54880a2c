import type { Agent } from '../../model/entity.ts';
import { age } from '../age.ts';
import { defineOperation } from '../operation.ts';
import { line } from '../schema.ts';
import { table } from '../table.ts';

export type AgentListOutput = { readonly agents: readonly Agent[]; readonly total: number };

export const agentList = defineOperation({
  name: 'agent_list',
  summary: 'List the agents, each registered by its first use.',
  input: {
    type: 'object',
    properties: {
      limit: { type: 'integer', minimum: 1, maximum: 1000, description: 'At most so many (50).' },
      line,
    },
    additionalProperties: false,
  },
  readOnly: true,
  profile: 'cli',
  commands: [{ path: 'agent list' }],
  run: async ({ limit }, context): Promise<AgentListOutput> => {
    const store = await context.store();
    const agents = await store.read(context.line, (facts) => facts.entities(context.line, 'agent'));
    return { agents: agents.slice(0, limit ?? 50), total: agents.length };
  },
  render: ({ agents, total }, speak) =>
    total === 0
      ? 'No agent has used this store yet.'
      : [
          ...table(
            agents.map(({ name, registered, role = '' }) => [
              name,
              role,
              `since ${age(registered, speak.now)}`,
            ]),
          ),
          ...(total > agents.length ? [`${agents.length} of ${total}; --limit shows more.`] : []),
        ].join('\n'),
});
