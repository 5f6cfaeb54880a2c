import { oneLine } from '../../model/text.ts';
import type { Speak } from '../operation.ts';
import type { PublishOutput } from './published.ts';

/** What came of a publish: the version, what it did to its contract, who goes on now, and what is out of date by it. */
export const renderPublished = (output: PublishOutput, speak: Speak): string => {
  const { outdated, behind, dropped } = output;
  const declared = output.derivedFrom.filter((source) => !output.read.includes(source));
  const derived = [...declared, ...output.read.map((source) => `${source} (read)`)];
  const further = output.outdatedFurther ? ', and what was made from it' : '';
  return [
    speak.strong(headline(output)),
    ...contractLines(output),
    ...(derived.length > 0 ? [`Derived from: ${derived.join(', ')}`] : []),
    ...behind.map((text) => `Out of date already: ${text}`),
    ...(dropped.length > 0
      ? [`The version before was made from ${dropped.join(', ')}; this one does not name it.`]
      : []),
    ...output.followed.slice(0, 8).map(followedLine),
    ...readyLines(output),
    ...(outdated.length > 0 ? [`Out of date by this: ${outdated.join(', ')}${further}`] : []),
    ...(output.candidates.length > 0
      ? [
          `It could be for ${output.candidates.join(' or ')}: which one could not be told. Claim it first, or name it with contractId.`,
        ]
      : []),
    speak.faint(`Commit ${output.commit.slice(0, 12)} on ${output.line}, file ${output.path}`),
    '',
    `Next: ${next(output, speak)}`,
  ].join('\n');
};

const headline = ({ ref, repeated, contract }: PublishOutput): string => {
  const again = repeated ? ' already, by an earlier call with this key' : '';
  const then = contract?.status === 'completed' ? `; ${contract.id} is completed` : '';
  return `Published ${ref}${again}${then}.`;
};

const contractLines = ({ contract }: PublishOutput): string[] => {
  if (!contract) return [];
  const { id, status, claimed, counts, refused, missing } = contract;
  return [
    ...(claimed ? [`Claimed ${id} on the way: it was ready for you.`] : []),
    ...(counts ? [] : [`Made for ${id}, which does not expect it.`]),
    ...(refused === null ? [] : [`It does not count yet: ${oneLine(refused, 400)}`]),
    ...contract.notes.map((text) => `${id} is not completed: ${oneLine(text, 400)}`),
    ...(status === 'in_progress' && missing.length > 0
      ? [`${id} still expects ${missing.join(', ')}.`]
      : []),
  ];
};

const words: Readonly<Record<string, string>> = {
  'contract-created': 'Made by a rule',
  'contract-reopened': 'Open again',
  'contract-reset': 'Waits again',
  'contract-failed': 'Failed for good',
  'contract-cancelled': 'Cancelled',
};

const followedLine = ({ event, id, reason }: PublishOutput['followed'][number]): string =>
  `${words[event] ?? event}: ${id}${reason === undefined ? '' : ` ("${oneLine(reason, 200)}")`}`;

const readyLines = ({ ready }: PublishOutput): string[] =>
  ready.length === 0
    ? []
    : [
        `Now ready: ${ready
          .slice(0, 8)
          .map(({ id, assignee }) => `${id} (${assignee ?? 'anyone'}, told)`)
          .join(', ')}${ready.length > 8 ? ` and ${ready.length - 8} more` : ''}`,
      ];

const next = (output: PublishOutput, speak: Speak): string => {
  const { contract, id } = output;
  if (contract?.status === 'in_progress')
    return speak.call({ operation: 'contract_get', input: { contractId: contract.id } });
  if (contract) return speak.call({ operation: 'contract_claim', input: {} });
  if (output.outdated.length + output.behind.length > 0)
    return speak.call({ operation: 'lineage_trace', input: { direction: 'stale' } });
  const look = speak.call({
    operation: 'lineage_trace',
    input: { ref: id, direction: 'downstream' },
  });
  return `${look}   # what depends on it, before you change it`;
};
