import { count, oneLine } from '../../model/text.ts';
import { age } from '../age.ts';
import type { Speak } from '../operation.ts';
import { table } from '../table.ts';
import type { Closed } from './close.ts';
import type { Started, StartRequest } from './start.ts';
import type { Replays } from './replays.ts';

/** So many of each are listed. */
const most = 20;

export const renderReplay = (
  output: Started | Replays | Closed,
  speak: Speak,
  input: StartRequest,
): string => {
  switch (output.kind) {
    case 'started':
      return renderStarted(output, speak, input);
    case 'list':
      return renderList(output, speak);
    default:
      return renderClosed(output, speak);
  }
};

const capped = (rows: readonly (readonly string[])[]): string[] => [
  ...table(rows.slice(0, most)).map((row) => `  ${row}`),
  ...(rows.length > most ? [`  and ${rows.length - most} more`] : []),
];

const renderStarted = (output: Started, speak: Speak, input: StartRequest): string => {
  const { line, from, commit, why, changed, reused } = output;
  const dry = commit === null;
  const again = new Set(why.map(({ id }) => id));
  const fresh = changed.filter(({ id }) => !again.has(id));
  const place = `${from.name} (${from.line}, ${from.commit.slice(0, 12)})`;
  return [
    speak.strong(
      dry ? `${line} would begin at ${place}; nothing was written.` : `${line} begins at ${place}.`,
    ),
    ...(why.length === 0
      ? fresh.length === 0
        ? ['Nothing is done again.']
        : []
      : ['Done again', ...capped(why.map(({ id, why: text }) => [id, oneLine(text, 100)]))]),
    ...(fresh.length === 0
      ? []
      : [
          'Changed, and not begun yet',
          ...capped(fresh.map(({ id, paths }) => [id, paths.join(', ')])),
        ]),
    ...(reused.length === 0
      ? []
      : [
          `Reused as they are: ${oneLine(reused.slice(0, 40).join(', '), 600)}${reused.length > 40 ? ` and ${reused.length - 40} more` : ''}`,
        ]),
    ...(dry ? [] : [speak.faint(`Commit ${commit.slice(0, 12)}; git log concord/${line}`)]),
    '',
    ...(dry
      ? [
          `Next: ${speak.call({ operation: 'team_replay', input: { ...said(input), snapshot: from.name, name: output.name } })}`,
        ]
      : [
          `Next: ${speak.call({ operation: 'team_status', input: { line } })}`,
          `      ${speak.call({ operation: 'contract_claim', input: { line } })}   # or CONCORD_LINE=${line} for a whole session`,
        ]),
  ].join('\n');
};

/** What was tried is what is to be done. */
const said = ({ overrides, file, set, reason }: StartRequest): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries({ overrides, file, set, reason }).filter(([, value]) => value !== undefined),
  );

const renderList = ({ replays }: Replays, speak: Speak): string => {
  if (replays.length === 0)
    return [
      'No replays yet.',
      '',
      `Next: ${speak.call({ operation: 'team_snapshot', input: { action: 'list' } })}`,
    ].join('\n');
  const rows = replays.map((one) => [
    one.line,
    one.status,
    one.from === null ? '' : `from ${oneLine(one.from, 60)}`,
    `${age(one.time, speak.now)} by ${one.by}`,
    one.contracts ?? '',
  ]);
  const [first] = replays.filter(({ status }) => status === 'open');
  return [
    speak.strong(count(replays.length, 'replay')),
    ...table(rows).map((row) => `  ${row}`),
    '',
    first
      ? `Next: ${speak.call({ operation: 'team_compare', input: { left: 'main', right: first.line } })}`
      : `Next: ${speak.call({ operation: 'team_status', input: {} })}`,
  ].join('\n');
};

const renderClosed = (output: Closed, speak: Speak): string => {
  const { kind, line, commit, contracts, artifacts, used, before } = output;
  const facts =
    kind === 'adopted'
      ? [
          `${count(contracts.length, 'contract')}, ${count(artifacts.length, 'artifact')} of main are those of the replay now${artifacts.length > 0 ? `: ${oneLine(artifacts.slice(0, 20).join(', '), 400)}` : ''}.`,
          'Write to main from here on; claims made on the replay go on there.',
          ...(before === undefined ? [] : [`The way back is the snapshot ${before}.`]),
        ]
      : [
          used.length === 0
            ? 'Nothing had been published on it.'
            : `The numbers of ${count(used.length, 'version')} are not used again: ${oneLine(used.slice(0, 20).join(', '), 400)}`,
        ];
  return [
    speak.strong(kind === 'adopted' ? `main has adopted ${line}.` : `${line} is dropped.`),
    ...facts,
    speak.faint(`Commit ${commit.slice(0, 12)} on main`),
    '',
    `Next: ${speak.call({ operation: 'team_status', input: {} })}`,
  ].join('\n');
};
