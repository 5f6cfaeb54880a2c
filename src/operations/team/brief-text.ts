import { statusWord } from '../../model/contract/status.ts';
import type { Status } from '../../model/contract/contract.ts';
import { count, oneLine } from '../../model/text.ts';
import { age } from '../age.ts';
import type { ContractLine } from '../contract/shown.ts';
import type { Speak } from '../operation.ts';
import { table } from '../table.ts';
import type { BriefOutput } from './brief.ts';
import { since } from './status-text.ts';

/** What a session needs to begin, at most 1,500 tokens at any size of the store. */
export const renderBrief = (output: BriefOutput, speak: Speak): string => {
  const { agent, role, line, holds, elsewhere, ready, later, unserved } = output;
  return [
    speak.strong(`You are ${agent}${role === null ? '' : ` (${role})`} on ${line}.`),
    ...section('You hold', holds, titleCells),
    ...section('Held by another session of your name', elsewhere, titleCells),
    ...section('Ready for you', ready, titleCells),
    ...section('Yours, but waiting', later, waitingCells),
    ...inboxLines(output, speak),
    ...teamLines(output, speak),
    ...(unserved.length > 0
      ? [
          `Work is ready for ${unserved.map((name) => oneLine(name, 64)).join(', ')}: are you one of them?`,
        ]
      : []),
    '',
    `Next: ${next(output, speak)}`,
  ].join('\n');
};

const section = (
  title: string,
  contracts: readonly ContractLine[],
  cells: (line: ContractLine) => string[],
): string[] => (contracts.length === 0 ? [] : [title, ...table(contracts.map(cells))]);

const titleCells = ({ id, assigner, attempt, maxAttempts, title }: ContractLine): string[] => [
  `  ${id}`,
  `from ${assigner}`,
  attempt > 1 ? `attempt ${attempt}/${maxAttempts}` : '',
  title === undefined ? '' : `"${oneLine(title, 70)}"`,
];

const waitingCells = ({ id, blockedBy }: ContractLine): string[] => [
  `  ${id}`,
  `waits for ${oneLine(blockedBy[0] ?? '', 80)}${blockedBy.length > 1 ? ` and ${count(blockedBy.length - 1, 'other thing')}` : ''}`,
];

const inboxLines = ({ inbox, unread }: BriefOutput, speak: Speak): string[] =>
  unread === 0
    ? []
    : [
        `Inbox: ${unread} unread`,
        ...inbox.map(
          ({ from, text, time }) => `  ${age(time, speak.now)}  ${from}: ${oneLine(text, 100)}`,
        ),
      ];

const teamLines = ({ team, stale, recent }: BriefOutput, speak: Speak): string[] => {
  const counts = Object.entries(team.counts).map(
    ([status, n]) => `${n} ${statusWord(status as Status)}`,
  );
  return [
    ...(counts.length + stale === 0
      ? []
      : [`Team: ${[...counts, ...(stale > 0 ? [`${stale} out of date`] : [])].join(', ')}`]),
    ...table(
      team.running.map((one) => [
        `  ${one.id}`,
        one.holder ?? '',
        since(one.since, speak.now),
        one.parked ? 'parked' : one.expired ? 'lease has run out' : '',
      ]),
    ),
    ...(recent.length > 0 ? ['Last'] : []),
    ...table(
      recent.map(({ time, subject }) => [`  ${age(time, speak.now)}`, oneLine(subject, 90)]),
    ),
  ];
};

const next = ({ holds, ready, unread, unserved, elsewhere }: BriefOutput, speak: Speak): string => {
  const [held] = holds;
  if (held)
    return `${speak.call({ operation: 'contract_claim', input: { contractId: held.id } })}   # tells the task again`;
  const [lost] = elsewhere;
  if (unserved[0] !== undefined && ready.length === 0)
    return speak.call({ operation: 'team_brief', input: { as: unserved[0] } });
  if (ready.length > 0) return speak.call({ operation: 'contract_claim', input: {} });
  if (lost)
    return `${speak.call({ operation: 'contract_claim', input: { contractId: lost.id, takeover: true } })}   # if that session is gone`;
  return unread > 0
    ? speak.call({ operation: 'inbox_read', input: {} })
    : speak.call({ operation: 'inbox_read', input: { wait: 60 } });
};
