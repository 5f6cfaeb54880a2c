import { ConcordError } from '../../model/error.ts';
import { lineRef } from '../../store/layout.ts';
import { createBare } from '../../store/repository.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation } from '../operation.ts';
import type { Context } from '../operation.ts';

export type InitOutput = {
  readonly created: boolean;
  readonly gitDir: string;
  readonly ref: string;
  readonly commit: string;
  readonly lead: string | null;
  readonly advice: readonly string[];
};

/** `--store PATH` names a place of its own: a bare repository is made there if there is none. */
const openOrMake = async (context: Context): Promise<Store> => {
  try {
    return await context.store();
  } catch (error) {
    const none =
      error instanceof ConcordError && (error.code === 'NO_STORE' || error.code === 'NOT_FOUND');
    if (!context.separate || !none) throw error;
    await createBare(context.location);
    return context.store();
  }
};

export const init = defineOperation({
  name: 'init',
  summary: 'Make a Concord store in this repository.',
  details:
    'Writes refs only: no branch, index or work tree is touched. Calling it again changes nothing.',
  input: { type: 'object', properties: {}, additionalProperties: false },
  profile: 'cli',
  commands: [
    { path: 'init', examples: ['concord init', 'concord init --store ../team-store.git'] },
  ],
  run: async (_input, context): Promise<InitOutput> => {
    const store = await openOrMake(context);
    const created = await store.create(await context.agent(), 'main');
    const { repository } = store;
    const { head, settings } = await store.read('main', (facts) => ({
      head: facts.head('main'),
      settings: facts.entity('main', 'concord', 'concord'),
    }));
    const skipping = repository.config.get('fetch.negotiationalgorithm') === 'skipping';
    const advice =
      skipping || context.separate
        ? []
        : [
            'git config fetch.negotiationAlgorithm skipping   keeps "git fetch" short when the history grows',
          ];
    return {
      created,
      gitDir: repository.gitDir,
      ref: lineRef('main'),
      commit: head?.oid ?? '',
      lead: settings?.lead ?? null,
      advice,
    };
  },
  render: ({ created, gitDir, ref, advice }, speak) => {
    const first = created
      ? `Made a Concord store: ${ref} in ${gitDir}.`
      : `The store is there already: ${ref} in ${gitDir}. Nothing changed.`;
    return [
      speak.strong(first),
      speak.faint('Nothing else in the repository was touched; "git log concord/main" shows it.'),
      ...advice.map((text) => speak.faint(`Worth setting: ${text}`)),
      '',
      `Next: ${speak.call({ operation: 'contract_create', input: { contractId: 'hello', expectedOutputs: ['document'], context: 'Write a first document' } })}`,
      `      ${speak.call({ operation: 'team_status', input: {} })}`,
      `      concord mcp --as NAME   serves it to a coding agent (see README)`,
    ].join('\n');
  },
});
