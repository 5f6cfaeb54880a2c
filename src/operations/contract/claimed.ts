import { oneLine } from '../../model/text.ts';
import { clock } from '../../model/time.ts';
import type { Speak } from '../operation.ts';
import type { ClaimOutput, InputShown, ToPublish } from './claim.ts';
import { sayer } from './render.ts';
import type { ContractShown } from './shown.ts';

/** What a session needs to begin: the task, what it works from, what it is to publish. */
export const renderClaim = (output: ClaimOutput, speak: Speak): string => {
  const { contract, agent, later, elsewhere } = output;
  if (!contract)
    return [
      speak.strong(`Nothing is ready for ${agent}.`),
      ...(later.length > 0 ? [`Yours, but waiting: ${later.join(', ')}`] : []),
      ...(elsewhere.length > 0
        ? [`Held by another session of your name: ${elsewhere.join(', ')}`]
        : []),
      '',
      `Next: ${
        elsewhere[0] === undefined
          ? speak.call({ operation: 'inbox_read', input: { wait: 60 } })
          : `${speak.call({ operation: 'contract_claim', input: { contractId: elsewhere[0], takeover: true } })}   # if that session is gone`
      }`,
    ].join('\n');
  return [
    speak.strong(heading(contract, output.still)),
    ...(output.continues
      ? [`It continues ${output.continues.agent}'s work ${oneLine(output.continues.text, 300)}.`]
      : []),
    '',
    ...task(contract, speak),
    ...whyOpen(contract, speak),
    ...(output.inputs.length > 0
      ? ['Inputs (pinned):', ...output.inputs.map((one) => inputLine(one))]
      : []),
    ...(output.publish.length > 0
      ? ['Publish:', ...output.publish.flatMap((one) => publishLines(one))]
      : []),
    ...(contract.accept === undefined ? [] : [`Accepted when ${oneLine(contract.accept, 300)}`]),
    '',
    `Next: ${next(output, speak)}`,
  ].join('\n');
};

const heading = ({ id, attempt, maxAttempts, claim }: ContractShown, still: boolean): string => {
  const tries = attempt > 1 ? ` (attempt ${attempt} of ${maxAttempts})` : '';
  const until =
    claim === null || claim.expires === null
      ? ''
      : ` until ${clock(claim.expires)}; any Concord call extends it`;
  return `You ${still ? 'still ' : ''}hold ${id}${tries}${until}.`;
};

/** The task is the assignment itself, in its assigner's name; it is fenced all the same. */
const task = ({ assigner, title, description, inputs }: ContractShown, speak: Speak): string[] => [
  `Task from ${assigner}:`,
  ...[title, description, inputs?.context].flatMap((text) =>
    text === undefined || text === null ? [] : [speak.quote(text)],
  ),
  ...(inputs?.params === undefined ? [] : [speak.quote(JSON.stringify(inputs.params))]),
  ...((title ?? description ?? inputs?.context ?? inputs?.params)
    ? []
    : ['  No words beside its id and what it is to publish.']),
];

const whyOpen = ({ reason, notes = [], outputs }: ContractShown, speak: Speak): string[] => [
  ...(reason === undefined
    ? []
    : [
        `Open again because (${sayer(reason)}${reason.cause === undefined ? '' : `, ${reason.cause}`}):`,
        speak.quote(reason.text),
      ]),
  ...notes.flatMap(({ by, text }) => [`Note by ${by}:`, speak.quote(text)]),
  ...(outputs.length > 0 ? [`Published already: ${outputs.join(', ')}`] : []),
];

const inputLine = ({ ref, type, publisher, summary }: InputShown): string =>
  `  ${ref}  ${type} by ${publisher}${summary === undefined ? '' : `: "${oneLine(summary, 120)}"`}`;

const publishLines = ({
  artifactId,
  artifactType,
  required,
  version,
  accept,
  example,
}: ToPublish): string[] => [
  `  ${artifactId}  (${artifactType}, ${required ? 'required' : 'optional'}; becomes @${version})`,
  ...(accept === undefined ? [] : [`    accepted when ${oneLine(accept, 200)}`]),
  ...(example === undefined ? [] : [`    data like ${oneLine(JSON.stringify(example), 400)}`]),
];

const next = ({ contract, inputs, publish }: ClaimOutput, speak: Speak): string => {
  const [first] = inputs;
  const read =
    first === undefined
      ? ''
      : `${speak.call({ operation: 'artifact_get', input: { artifactId: first.ref } })}, then `;
  const [output, other] = publish;
  if (!output)
    return `${read}${speak.call({ operation: 'contract_update', input: { contractId: contract?.id, action: 'complete' } })}`;
  // One open output needs no name; of several, one has to be named.
  const named = other ? { artifactType: output.artifactType } : {};
  const data = { '...': '...' };
  return `${read}${speak.call({ operation: 'artifact_publish', input: { ...named, data, summary: '...' } })}`;
};
