import type { Action, Rule } from '../../model/pipeline/pipeline.ts';
import type { Trial } from '../../model/pipeline/try.ts';
import { count, oneLine } from '../../model/text.ts';
import { age } from '../age.ts';
import type { Speak } from '../operation.ts';
import { table } from '../table.ts';
import type { PipelineOutput } from './create.ts';

type Of<K extends PipelineOutput['kind']> = Extract<PipelineOutput, { kind: K }>;

export const renderPipelines = (output: PipelineOutput, speak: Speak): string => {
  switch (output.kind) {
    case 'changed':
      return changed(output, speak);
    case 'list':
      return listed(output, speak);
    case 'show':
      return shownOne(output, speak);
    case 'try':
      return tried(output, speak);
  }
};

const participles: Readonly<Record<string, string>> = {
  create: 'set up: it runs inside the transactions that trigger it',
  pause: 'paused',
  resume: 'running again',
  remove: 'removed; the history keeps it',
};

const changed = ({ id, action, changed: did, commit }: Of<'changed'>, speak: Speak): string =>
  [
    speak.strong(
      did ? `The pipeline ${id} is ${participles[action]}.` : `Nothing had to change for ${id}.`,
    ),
    ...(commit === null ? [] : [speak.faint(`Commit ${commit.slice(0, 12)}`)]),
    '',
    `Next: ${speak.call(
      action === 'remove'
        ? { operation: 'pipeline_create', input: { action: 'list' } }
        : { operation: 'pipeline_create', input: { action: 'show', pipelineId: id } },
    )}`,
  ].join('\n');

const listed = ({ pipelines }: Of<'list'>, speak: Speak): string => {
  if (pipelines.length === 0) return 'No pipelines.';
  return [
    ...table(
      pipelines.map(({ id, owner, rules, paused, steps }) => [
        `  ${id}`,
        owner,
        count(rules, 'rule'),
        count(steps, 'entry', 'entries'),
        paused === null ? '' : oneLine(`paused: ${paused}`, 100),
      ]),
    ),
    '',
    `Next: ${speak.call({ operation: 'pipeline_create', input: { action: 'show', pipelineId: pipelines[0]?.id } })}`,
  ].join('\n');
};

const actionLine = (action: Action): string => {
  switch (action.type) {
    case 'notify_session':
      return `tell ${oneLine(action.target, 80)}: "${oneLine(action.message, 160)}"`;
    case 'create_contract':
      return `create the contract ${oneLine(JSON.stringify(action.contract), 200)}`;
    case 'snapshot': {
      const label = action.label === undefined ? '' : `: "${oneLine(action.label, 160)}"`;
      return `take the snapshot ${oneLine(action.name, 80)}${label}`;
    }
    default: {
      const verb = action.type.replace('_contract', '');
      return `${verb} ${oneLine(action.contractId, 80)}: "${oneLine(action.reason, 160)}"`;
    }
  }
};

const ruleLines = ({ trigger, condition, actions }: Rule, index: number): string[] => {
  const { type, ...narrowed } = trigger;
  const by = Object.entries(narrowed).map(([name, value]) => `${name} ${oneLine(value, 80)}`);
  const when = condition === undefined ? '' : ` when ${oneLine(condition, 200)}`;
  return [
    `  ${index + 1}. on ${oneLine([type, ...by].join(', '), 200)}${when}`,
    ...actions.map((action) => `     ${actionLine(action)}`),
  ];
};

const shownOne = ({ pipeline, path, log, total }: Of<'show'>, speak: Speak): string => {
  const { id, owner, description, rules, paused } = pipeline;
  return [
    speak.strong(`${id}  ${paused ? 'paused' : 'running'}, of ${owner}`),
    ...(description === undefined ? [] : [speak.quote(description)]),
    ...(paused ? [`Paused by ${paused.by}:`, speak.quote(paused.text)] : []),
    ...rules.flatMap(ruleLines),
    '',
    ...log.map(({ event, rule, by, time, reason }) =>
      speak.faint(
        `  ${age(time, speak.now)}  ${by}  ${event.replace('pipeline-', '')}${rule === undefined ? '' : ` rule ${rule}`}${reason === undefined ? '' : `: ${oneLine(reason, 160)}`}`,
      ),
    ),
    ...(total > log.length ? [speak.faint(`(${total - log.length} earlier entries)`)] : []),
    speak.faint(`File ${path}`),
    '',
    `Next: ${speak.call({ operation: 'pipeline_create', input: { action: paused ? 'resume' : 'pause', pipelineId: id } })}`,
  ].join('\n');
};

const trialLines = (trial: Trial): string[] => {
  const { rule, about, matches, holds, why, actions, missing, would } = trial;
  if (!matches) return [`  ${rule}. does not look at ${about}`];
  if (holds === false)
    return [
      `  ${rule}. looks at ${about}, and its condition ${why === undefined ? 'does not hold' : `cannot be evaluated: ${oneLine(why, 300)}`}`,
    ];
  return [
    `  ${rule}. would fire on ${about}`,
    ...actions.map((action) => `     ${actionLine(action)}`),
    ...(missing.length > 0 ? [`     nothing stands at ${missing.join(', ')}`] : []),
    ...would.map((event) => `     -> ${oneLine(event, 200)}`),
  ];
};

const tried = ({ id, trials, against }: Of<'try'>, speak: Speak): string =>
  [
    speak.strong(`${id} against ${against}, as things stand now; nothing was written.`),
    ...trials.flatMap(trialLines),
    '',
    `Next: ${speak.call({ operation: 'pipeline_create', input: { action: 'list' } })}`,
  ].join('\n');
