import { ConcordError } from '../../model/error.ts';
import { lineRef } from '../../store/layout.ts';
import { createBare } from '../../store/repository.ts';
import { readTip } from '../../store/refs.ts';
import type { Store } from '../../store/store.ts';
import { clients } from '../client/hooks.ts';
import type { Client } from '../client/hooks.ts';
import type { ClientsReport } from '../client/report.ts';
import { clientsText } from '../client/report-text.ts';
import { defineOperation } from '../operation.ts';
import type { Context, Speak } from '../operation.ts';

export type InitOutput = {
  /** Of a dry run: whether one would be made. */
  readonly created: boolean;
  /** Null where no store was asked for. */
  readonly gitDir: string | null;
  readonly ref: string;
  readonly commit: string;
  readonly lead: string | null;
  readonly advice: readonly string[];
  /** Clients that could be set up, where none was asked for. */
  readonly detected: readonly Client[];
  readonly clients: ClientsReport | null;
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

type StoreMade = Omit<InitOutput, 'detected' | 'clients'>;

const none: StoreMade = {
  created: false,
  gitDir: null,
  ref: lineRef('main'),
  commit: '',
  lead: null,
  advice: [],
};

const makeStore = async (context: Context): Promise<StoreMade> => {
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
};

/** What `makeStore` would do. */
const lookAtStore = async (context: Context): Promise<StoreMade> => {
  const { repository } = await context.store();
  const tip = await readTip(repository, lineRef('main'));
  return { ...none, created: tip === undefined, gitDir: repository.gitDir, commit: tip ?? '' };
};

/** Clients that are used here and of which nothing is known yet. */
const detectedIn = async (context: Context): Promise<readonly Client[]> => {
  if (context.separate) return [];
  const { detectedHere } = await import('../client/run.ts');
  return detectedHere(context);
};

const storeLines = ({ created, gitDir, ref, advice }: StoreMade, dry: boolean, speak: Speak) => {
  const made = dry ? 'A Concord store would be made' : 'Made a Concord store';
  const first = created
    ? `${made}: ${ref} in ${gitDir}.`
    : `The store is there already: ${ref} in ${gitDir}. Nothing changed.`;
  return [speak.strong(first), ...advice.map((text) => speak.faint(`Worth setting: ${text}`))];
};

const nextLines = (output: InitOutput, speak: Speak): readonly string[] => {
  const calls = [
    speak.call({
      operation: 'contract_create',
      input: {
        contractId: 'hello',
        expectedOutputs: ['document'],
        context: 'Write a first document',
      },
    }),
    speak.call({ operation: 'team_status', input: {} }),
    ...(output.clients === null
      ? ['concord mcp --as NAME   serves it to a coding agent (see README)']
      : [`${speak.call({ operation: 'doctor', input: {} })}   shows whether it works`]),
    ...(output.detected.length > 0
      ? [`${setUpCall(output.detected, speak)}   sets up ${output.detected.join(', ')} for it`]
      : []),
  ];
  return ['', ...calls.map((call, index) => `${index === 0 ? 'Next:' : '     '} ${call}`)];
};

const setUpCall = (found: readonly Client[], speak: Speak): string =>
  speak.call({ operation: 'init', input: { client: found } });

export const init = defineOperation({
  name: 'init',
  summary: 'Make a Concord store in this repository, and set up coding agents for it.',
  details:
    'Alone it writes refs only: no branch, index or work tree is touched. With --client it also adds its MCP server and hooks to the files of coding agents, changes nothing else in them, and --remove puts them back as they were. Calling it again changes nothing.',
  input: {
    type: 'object',
    properties: {
      client: {
        type: 'array',
        items: { type: 'string', enum: [...clients, 'detected'] },
        description: `Coding agent to set up: ${clients.join(', ')}; without a value those that are found.`,
      },
      shared: {
        type: 'boolean',
        description:
          'Write files to commit, for the whole team, instead of your own for this work tree.',
      },
      user: {
        type: 'boolean',
        description:
          'Write the files of your home directory, for all repositories; makes no store.',
      },
      dryRun: { type: 'boolean', description: 'Only say what would be written.' },
      remove: {
        type: 'boolean',
        description:
          'Take out again what was written into the files of coding agents; the store stays.',
      },
    },
    additionalProperties: false,
  },
  bare: { client: 'detected' },
  profile: 'cli',
  commands: [
    {
      path: 'init',
      examples: [
        'concord init',
        'concord init --client claude --client codex',
        'concord init --client claude --shared --dry-run',
        'concord init --remove',
        'concord init --store ../team-store.git',
      ],
    },
  ],
  run: async ({ client, shared, user, dryRun, remove }, context): Promise<InitOutput> => {
    if (shared && user)
      throw new ConcordError(
        'INVALID',
        '--shared and --user exclude each other; nothing was done.',
        {
          hint: 'Call it once for each.',
        },
      );
    const dry = dryRun ?? false;
    const scope = user ? 'user' : shared ? 'shared' : 'local';
    const wanted = client ?? (shared || user ? (['detected'] as const) : []);
    const asked = { clients: client ?? [], scope, dryRun: dry, remove: true } as const;
    if (!remove && wanted.length === 0) {
      const store = await (dry ? lookAtStore(context) : makeStore(context));
      return { ...store, detected: await detectedIn(context), clients: null };
    }
    const { checkClients, runClients } = await import('../client/run.ts');
    if (remove) return { ...none, detected: [], clients: await runClients(asked, context) };
    const setting = { ...asked, clients: wanted, remove: false };
    // What is refused is refused before a store is made.
    await checkClients(setting, context);
    const store = user ? none : await (dry ? lookAtStore(context) : makeStore(context));
    return { ...store, detected: [], clients: await runClients(setting, context) };
  },
  render: (output, speak) => {
    const { clients: report, gitDir } = output;
    const dry = report?.dryRun ?? (output.created && output.commit === '');
    const untouched =
      'Nothing else in the repository was touched; "git log concord/main" shows it.';
    return [
      ...(gitDir === null ? [] : storeLines(output, dry, speak)),
      ...(report || dry ? [] : [speak.faint(untouched)]),
      ...(report && gitDir !== null ? [''] : []),
      ...(report ? clientsText(report, speak) : []),
      ...(gitDir === null ? [] : nextLines(output, speak)),
    ].join('\n');
  },
});
