import { dirname } from 'node:path';
import { ConcordError } from '../../model/error.ts';
import { count, oneLine } from '../../model/text.ts';
import { refPrefix } from '../../store/layout.ts';
import { openRepository } from '../../store/repository.ts';
import type { ClientsReport } from '../client/report.ts';
import { clientsText } from '../client/report-text.ts';
import { defineOperation } from '../operation.ts';
import type { Context, Speak } from '../operation.ts';

export type EjectOutput = {
  /** Whether it was done, or only said. */
  readonly done: boolean;
  readonly refs: readonly { readonly name: string; readonly oid: string }[];
  /** Refs among ours that are somebody else's, and stay. */
  readonly others: readonly string[];
  /** The directory of derived files. */
  readonly directory: string | null;
  /** Null where the store is apart from any work tree. */
  readonly clients: ClientsReport | null;
  /** The command that keeps the history. */
  readonly bundle: string;
  /** Whether remotes may have copies. */
  readonly remotes: boolean;
};

const bundleOf = (refs: EjectOutput['refs']): string => {
  const places = new Set(
    refs.map(({ name }) => (name.startsWith(refPrefix) ? `${refPrefix}*` : `${dirname(name)}/*`)),
  );
  return `git bundle create concord.bundle ${[...places].map((place) => `--glob='${place}'`).join(' ')}`;
};

const clientsOf = async (context: Context, dryRun: boolean): Promise<ClientsReport | null> => {
  if (context.separate) return null;
  const { ejectClients } = await import('../client/run.ts');
  return ejectClients(context, dryRun);
};

const hasFiles = (report: ClientsReport | null): boolean =>
  report?.clients.some(({ files }) => files.length > 0) ?? false;

const listLines = (output: EjectOutput, speak: Speak): readonly string[] => {
  const { refs, others, directory, clients, done } = output;
  const gone = done ? 'Removed' : 'Would be removed';
  return [
    speak.strong(`${gone}: ${count(refs.length, 'ref')}`),
    ...refs.map(({ name, oid }) => `  ${oid.slice(0, 12)}  ${oneLine(name)}`),
    ...(directory === null ? [] : [speak.strong(`${gone}: the directory ${oneLine(directory)}`)]),
    ...(hasFiles(clients) && clients
      ? [
          '',
          speak.strong(`${gone}: entries of coding agents`),
          ...clientsText(clients, speak).slice(1),
        ]
      : []),
    ...(others.length > 0
      ? [
          '',
          `Stays, since Concord did not make it: ${others.map((name) => oneLine(name)).join(', ')}`,
        ]
      : []),
  ];
};

export const eject = defineOperation({
  name: 'eject',
  summary: 'Take Concord out of this repository.',
  details:
    'Says what it would remove: every ref and tag, the derived files, and the entries in files of coding agents, which are put back as they were. With yes it does it, all refs or none. Nothing that Concord did not make is touched.',
  input: {
    type: 'object',
    properties: {
      yes: { type: 'boolean', description: 'Do it, instead of only saying what would be done.' },
    },
    additionalProperties: false,
  },
  profile: 'cli',
  commands: [{ path: 'eject', examples: ['concord eject', 'concord eject --yes'] }],
  run: async ({ yes }, context): Promise<EjectOutput> => {
    // Opening the store would make files of its own.
    const repository = await openRepository(context.location);
    const { checkQuiet, deleteRefs, listBelongings, removeLocal } =
      await import('../../store/eject.ts');
    const belongings = await listBelongings(repository);
    const { refs, others, local } = belongings;
    checkQuiet(repository, belongings);
    // What cannot be taken out is refused here, before anything is.
    const planned = await clientsOf(context, true);
    if (refs.length === 0 && local === undefined && !hasFiles(planned))
      throw new ConcordError('NO_STORE', 'There is nothing of Concord in this repository.', {
        hint: 'Init makes a store here.',
        next: { operation: 'init', input: {} },
      });
    const clients = yes ? await clientsOf(context, false) : planned;
    if (yes) {
      await deleteRefs(repository, refs);
      removeLocal(repository);
    }
    return {
      done: yes ?? false,
      refs,
      others,
      directory: local ?? null,
      clients,
      bundle: bundleOf(refs),
      remotes: [...repository.config.keys()].some((key) => /^remote\..+\.url$/.test(key)),
    };
  },
  render: (output, speak) => {
    const { done, refs, bundle, remotes } = output;
    const keep = refs.length === 0 ? [] : [`${bundle}   keeps the history`];
    return [
      ...listLines(output, speak),
      '',
      ...(remotes ? ['What was pushed to a remote stays there.'] : []),
      ...(done
        ? ['Nothing of Concord is left here; "git gc" frees the space in time.']
        : [
            ...keep.map((text) => `Next: ${text}`),
            `${keep.length > 0 ? '     ' : 'Next:'} ${speak.call({ operation: 'eject', input: { yes: true } })}`,
          ]),
    ].join('\n');
  },
});
