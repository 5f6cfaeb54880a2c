import { statusWord } from '../../model/contract/status.ts';
import type { Status } from '../../model/contract/contract.ts';
import { count, oneLine } from '../../model/text.ts';
import { age } from '../age.ts';
import type { ContractLine } from '../contract/shown.ts';
import type { Speak } from '../operation.ts';
import { fitBytes } from '../fit-bytes.ts';
import type { Section } from '../fit-bytes.ts';
import { table } from '../table.ts';
import type { BriefOutput } from './brief-output.ts';
import { newsSections } from './brief-news.ts';
import { since } from './status-text.ts';

/** At most 1,500 tokens of four bytes, whatever agents have written and however large the store is; the last lines are kept free. */
const limit = 5_600;

/** What a session needs to begin. */
export const renderBrief = (
  output: BriefOutput,
  speak: Speak,
  { since: asked }: { readonly since?: string },
): string => {
  const { agent, role, line, unserved } = output;
  const sections: Section[] = [
    {
      lines: [speak.strong(`You are ${agent}${role === null ? '' : ` (${role})`} on ${line}.`)],
      weight: 10,
    },
    ...work(output),
    inboxSection(output, speak),
    ...newsSections(output, speak, asked),
    ...teamSections(output, speak),
    {
      lines:
        unserved.length > 0
          ? [
              `Work is ready for ${unserved.map((name) => oneLine(name, 64)).join(', ')}: are you one of them?`,
            ]
          : [],
      weight: 8,
    },
  ];
  return [...fitBytes(sections, limit), '', `Next: ${next(output, speak)}`].join('\n');
};

const work = ({ holds, elsewhere, ready, later }: BriefOutput): Section[] => [
  { title: 'You hold', lines: table(holds.map(titleCells)), weight: 9 },
  {
    title: 'Held by another session of your name',
    lines: table(elsewhere.map(titleCells)),
    weight: 8,
  },
  { title: 'Ready for you', lines: table(ready.map(titleCells)), weight: 8 },
  { title: 'Yours, but waiting', lines: table(later.map(waitingCells)), weight: 6 },
];

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

const inboxSection = ({ inbox, unread }: BriefOutput, speak: Speak): Section => ({
  title: `Inbox: ${unread} unread`,
  lines: inbox.map(
    ({ from, text, time }) => `  ${age(time, speak.now)}  ${from}: ${oneLine(text, 100)}`,
  ),
  weight: 7,
});

const teamSections = ({ team, stale, recent, news }: BriefOutput, speak: Speak): Section[] => {
  const counts = Object.entries(team.counts).map(
    ([status, n]) => `${n} ${statusWord(status as Status)}`,
  );
  const all = [...counts, ...(stale > 0 ? [`${stale} out of date`] : [])];
  return [
    { lines: all.length === 0 ? [] : [`Team: ${all.join(', ')}`], weight: 5 },
    {
      lines: table(
        team.running.map((one) => [
          `  ${one.id}`,
          one.holder ?? '',
          since(one.since, speak.now),
          one.expired ? 'lease has run out' : '',
        ]),
      ),
      weight: 2,
    },
    {
      title: 'Last',
      // Who was told before has the news instead.
      lines: table(
        (news ? [] : recent).map(({ time, subject }) => [
          `  ${age(time, speak.now)}`,
          oneLine(subject, 90),
        ]),
      ),
      weight: 1,
    },
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
