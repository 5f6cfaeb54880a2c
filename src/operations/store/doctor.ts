import type { Check } from '../../store/check.ts';
import type { ClientsHealth } from '../client/examine.ts';
import { clientsHealthText } from '../client/examine-text.ts';
import { defineOperation } from '../operation.ts';
import { line } from '../schema.ts';

export type DoctorOutput = {
  readonly healthy: boolean;
  readonly checks: readonly Check[];
  /** How coding agents are set up; says nothing of the store's health. */
  readonly clients: ClientsHealth;
};

export const doctor = defineOperation({
  name: 'doctor',
  summary: 'Examine the store, and repair what is derived.',
  details:
    'Holds the index against the history, checks that every commit follows the rules, lets git check the objects, and clears what killed writers left. It never changes history. Below that it shows how coding agents are set up, and the last hook seen of each; that changes nothing of what it ends with.',
  input: {
    type: 'object',
    properties: {
      full: {
        type: 'boolean',
        description: 'Compare every commit with its files, and check every object.',
      },
      line,
    },
    additionalProperties: false,
  },
  profile: 'cli',
  commands: [{ path: 'doctor', examples: ['concord doctor', 'concord doctor --full'] }],
  run: async ({ full }, context): Promise<DoctorOutput> => {
    const store = await context.store();
    const { examine } = await import('../../store/doctor.ts');
    const checks = await examine(store, context.line, full ?? false);
    const { examineClients } = await import('../client/examine.ts');
    return {
      healthy: checks.every(({ ok }) => ok),
      checks,
      clients: await examineClients(context),
    };
  },
  render: ({ healthy, checks, clients }, speak) => {
    const width = Math.max(...checks.map(({ name }) => name.length));
    const lines = checks.flatMap(({ name, ok, detail, repaired }) => [
      `${ok ? 'ok  ' : speak.strong('BAD ')} ${name.padEnd(width)}  ${detail}`,
      ...(repaired ? [`     ${''.padEnd(width)}  ${repaired}`] : []),
    ]);
    return [
      ...lines,
      '',
      speak.strong(
        healthy
          ? 'The store is healthy.'
          : 'Something is wrong; nothing was changed that is not derived.',
      ),
      ...clientsHealthText(clients, speak),
    ].join('\n');
  },
  failed: ({ healthy }) => (healthy ? undefined : 'STORAGE'),
});
