import { oneLine, shown } from '../../model/text.ts';
import { clock } from '../../model/time.ts';
import { amountText, isNothing, spentText } from '../../model/budget/amount.ts';
import { statusWord } from '../../model/contract/status.ts';
import { age } from '../age.ts';
import type { Speak } from '../operation.ts';
import type { ContractLine, ContractShown } from './shown.ts';

/** A condition of a contract in one line: "in progress, api-dev#7c2e, until 15:04 UTC". */
export const stateLine = ({ status, claim, attempt, maxAttempts }: ContractShown): string => {
  const parts = [statusWord(status)];
  if (claim)
    parts.push(
      `${claim.agent}#${claim.session.slice(0, 4)}`,
      claim.expires === null ? 'until it is done' : `until ${clock(claim.expires)}`,
    );
  if (attempt > 1 || status === 'failed') parts.push(`attempt ${attempt} of ${maxAttempts}`);
  return parts.join(', ');
};

export const expectedLines = ({ expectedOutputs, outputs }: ContractShown): string[] =>
  expectedOutputs.map(({ artifactType, artifactId, required, accept }) => {
    const name = artifactId === undefined ? artifactType : `${artifactId}  ${artifactType}`;
    const made = outputs.filter(
      (ref) => artifactId !== undefined && ref.startsWith(`${artifactId}@`),
    );
    const condition = accept === undefined ? '' : `, accepted when ${oneLine(accept, 160)}`;
    const there = made.length > 0 ? `, there: ${made.at(-1)}` : '';
    return `  ${name}${required ? '' : ' (optional)'}${condition}${there}`;
  });

const dependencyLine = (dependency: NonNullable<ContractShown['dependencies']>[number]): string => {
  if (dependency.type === 'contract') return `contract ${dependency.contractId}`;
  const { artifactId, artifactType, minVersion, where } = dependency;
  const what = artifactId ?? `any ${artifactType}`;
  const from = minVersion === undefined ? '' : ` at @${minVersion} or later`;
  return `artifact ${what}${from}${where === undefined ? '' : ` with ${oneLine(where, 120)}`}`;
};

const block = (heading: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [heading, ...lines];

/** All that there is to say of one contract. What agents wrote is fenced. */
export const renderContract = (contract: ContractShown, speak: Speak): string[] => {
  const { id, title, assigner, assignee, description, inputs, reason, notes = [] } = contract;
  return [
    speak.strong(`${id}  ${stateLine(contract)}`),
    `From ${assigner} for ${assignee ?? 'anyone'}`,
    ...(title === null ? [] : [speak.quote(title)]),
    ...(description === undefined ? [] : [speak.quote(description)]),
    ...(inputs?.context === undefined ? [] : [speak.quote(inputs.context)]),
    ...(inputs?.params === undefined ? [] : [speak.quote(JSON.stringify(inputs.params))]),
    ...costLines(contract),
    ...block(
      contract.status === 'ready' ? 'Not to be had now' : 'Waits for',
      contract.claim ? [] : contract.blockedBy.map((text) => `  ${oneLine(text, 300)}`),
    ),
    ...block(
      'Depends on',
      (contract.dependencies ?? []).map((one) => `  ${dependencyLine(one)}`),
    ),
    ...block(
      'Works from',
      (contract.claim?.inputs ?? inputs?.artifacts ?? []).map((ref) => `  ${ref}`),
    ),
    ...block('Is to publish', expectedLines(contract)),
    ...(contract.accept === undefined ? [] : [`Accepted when ${oneLine(contract.accept, 300)}`]),
    ...block(
      'Published',
      contract.outputs.map((ref) => `  ${ref}`),
    ),
    ...contract.refused.map(({ ref, why }) => `${ref} does not count: ${oneLine(why, 400)}`),
    ...(reason === undefined || contract.status === 'completed'
      ? []
      : [`${whyWord(contract)}, by ${sayer(reason)}:`, speak.quote(reason.text)]),
    ...notes.flatMap(({ by, text }) => [`Note by ${by}:`, speak.quote(text)]),
    ...historyLines(contract, speak),
  ];
};

/** What it has cost, where it has cost something or may not cost more than something. */
const costLines = ({ cost }: ContractShown): string[] => {
  if (!cost || (cost.limit === null && isNothing(cost.spent))) return [];
  const { spent, limit, state, attempts } = cost;
  const all = limit === null ? amountText(spent) : `${spentText(spent, limit)}, ${state}`;
  return [
    `Spent ${all}`,
    ...(attempts.length > 1 || (attempts[0]?.attempt ?? 1) > 1
      ? attempts.map((one) => `  attempt ${one.attempt}: ${amountText(one.spent)}`)
      : []),
  ];
};

/** Who gave a reason: an agent, or a pipeline in its owner's name. */
export const sayer = ({ by, pipeline }: NonNullable<ContractShown['reason']>): string =>
  pipeline === undefined ? by : `the pipeline ${pipeline}`;

const whyWord = ({ status }: ContractShown): string => {
  if (status === 'failed') return 'Failed';
  if (status === 'cancelled') return 'Cancelled';
  return status === 'pending' ? 'Waits again' : 'Open again';
};

const historyLines = ({ history, earlier }: ContractShown, speak: Speak): string[] => [
  '',
  ...(earlier > 0 ? [speak.faint(`(${earlier} earlier events)`)] : []),
  ...history.map(({ event, by, time, reason }) =>
    speak.faint(
      `  ${age(time, speak.now)}  ${by}  ${event.replace('contract-', '')}${reason === undefined ? '' : `: ${shown(reason, 120)}`}`,
    ),
  ),
];

/** What an agent wrote, so that it can be taken for nothing else. */
export const titleOf = ({ title }: Pick<ContractLine, 'title'>, limit: number): string =>
  title === undefined ? '' : shown(title, limit);

/** A row of a list. */
export const lineCells = (line: ContractLine): string[] => {
  const { id, status, holder, assignee, attempt, maxAttempts, blockedBy } = line;
  const who = holder ?? assignee ?? 'anyone';
  const tries = attempt > 1 ? `attempt ${attempt}/${maxAttempts}` : '';
  const waits =
    status === 'pending' || (status === 'ready' && blockedBy.length > 0)
      ? `${status === 'pending' ? 'waits for ' : ''}${blockedBy
          .slice(0, 2)
          .map((text) => oneLine(text, 80))
          .join('; ')}${blockedBy.length > 2 ? `; and ${blockedBy.length - 2} more` : ''}`
      : titleOf(line, 60);
  return [`  ${id}`, statusWord(status), who, tries, waits];
};
