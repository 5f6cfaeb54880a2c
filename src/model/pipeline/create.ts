import { registration } from '../agent.ts';
import type { Conditions, Variable } from '../condition.ts';
import { checkAgreement } from '../contract/agreement.ts';
import { agreementOf } from '../contract/terms.ts';
import type { Said } from '../contract/terms.ts';
import { ConcordError, invalid } from '../error.ts';
import type { Event } from '../event.ts';
import { isEventType } from '../event.ts';
import { canonical } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { isLineEventType } from '../line/line.ts';
import { checkSnapshotName } from '../line/snapshot.ts';
import { checkId, checkSlug } from '../names.ts';
import type { Circumstances } from '../react.ts';
import { nearest, shown } from '../text.ts';
import type { View } from '../view.ts';
import { actionTypes, isPipelineEventType, staleTrigger } from './pipeline.ts';
import type { Action, Pipeline, Rule } from './pipeline.ts';
import { pathsOf, render, renderAll } from './template.ts';

export type PipelineRequest = {
  readonly id: string;
  readonly description?: string;
  readonly rules: readonly Rule[];
};

export const pipelineVariables: readonly Variable[] = [
  'data',
  'artifact',
  'contract',
  'event',
  'previous',
];

const limits = { rules: 50, actions: 20, pipelines: 1000 } as const;

/** Makes a pipeline, or changes one's rules; the same again changes nothing. */
export const setPipeline = (
  view: View,
  request: PipelineRequest,
  { agent, time, conditions }: Circumstances,
): readonly Event[] => {
  const id = checkId(request.id, 'pipelineId');
  checkRules(id, request.rules, conditions);
  const before = view.pipeline(id);
  if (!before && view.pipelines().length >= limits.pipelines)
    throw new ConcordError(
      'NOT_ALLOWED',
      `This line has ${limits.pipelines} pipelines already; nothing was changed.`,
      { next: { operation: 'pipeline_create', input: { action: 'list' } } },
    );
  const pipeline: Pipeline = {
    id,
    ...(request.description !== undefined && { description: request.description }),
    owner: before?.owner ?? agent,
    created: before?.created ?? time,
    language: 'cel',
    rules: request.rules,
    ...(before?.paused && { paused: before.paused }),
  };
  if (before && canonical(before as unknown as Json) === canonical(pipeline as unknown as Json))
    return [];
  if (before) checkPipelineOwner(view, before, agent, 'changed');
  return [
    ...registration(view, agent, time),
    { type: before ? 'pipeline-changed' : 'pipeline-created', pipeline },
  ];
};

const checkRules = (id: string, rules: readonly Rule[], conditions: Conditions): void => {
  if (rules.length === 0 || rules.length > limits.rules)
    throw invalid(`${id}: rules`, `1 to ${limits.rules} rules`, String(rules.length));
  for (const [at, { trigger, condition, actions }] of rules.entries()) {
    const field = `${id}: rules[${at}]`;
    checkTrigger(`${field}.trigger.type`, trigger.type);
    const problem =
      condition === undefined ? undefined : conditions.problem(condition, pipelineVariables);
    if (problem !== undefined)
      throw invalid(
        `${field}.condition`,
        `a condition over ${pipelineVariables.join(', ')}`,
        shown(condition),
        { hint: problem },
      );
    if (actions.length === 0 || actions.length > limits.actions)
      throw invalid(`${field}.actions`, `1 to ${limits.actions} actions`, String(actions.length));
    for (const action of actions) {
      checkAction(`${field}.action`, action);
      if (action.type === 'create_contract') checkMade(action.contract, conditions);
      // What its values make of the name is seen when it runs.
      if (action.type === 'snapshot') checkSnapshotName(render(action.name, {}, 'x').text);
    }
  }
};

/** A line that goes to another state as a whole does so without rules: none would ever see these. */
const isUnseen = (type: string): boolean =>
  isPipelineEventType(type) ||
  (isLineEventType(type) && type !== 'snapshot-created') ||
  ['contract-restored', 'contract-withdrawn', 'contract-replayed'].includes(type);

const checkTrigger = (field: string, type: string): void => {
  if (type === staleTrigger || (isEventType(type) && !isUnseen(type))) return;
  const known = ['artifact_published', 'artifact_stale', 'contract_completed', 'contract_failed'];
  const near = nearest(type.replaceAll('-', '_'), [...known, 'contract_ready', 'contract_created']);
  throw invalid(
    field,
    'an event of artifacts, contracts, agents, messages or snapshots',
    shown(type),
    {
      hint: `${near ? `Did you mean ${near}? ` : ''}Such as ${known.join(', ')}.`,
    },
  );
};

/** Paths are all that a text may hold; whether something stands there is seen when it runs. */
const checkAction = (field: string, action: Action): void => {
  const known: readonly string[] = actionTypes;
  if (!known.includes(action.type))
    throw invalid(`${field}.type`, `one of ${known.join(', ')}`, shown(action.type));
  const written = conditionsOf(action as unknown as Json).find((text) => text.includes('${'));
  if (written !== undefined)
    throw invalid(field, 'with conditions that hold no ${path}', shown(written), {
      hint: 'A condition sees the values by itself: data, artifact, contract.',
    });
  for (const text of textsOf(action)) {
    const bad = pathsOf(text).find(({ good }) => !good);
    if (bad)
      throw invalid(field, 'with paths only, such as ${data.failed}', `\${${bad.path}}`, {
        hint: 'A text can name values; it cannot compute them. A condition can.',
      });
  }
};

/** A condition that a value could write would let whoever publishes decide what is accepted. */
const conditionsOf = (value: Json, key = ''): string[] => {
  if (typeof value === 'string') return key === 'accept' || key === 'where' ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, Json]) =>
    conditionsOf(inner, Array.isArray(value) ? key : name),
  );
};

/** The contract that a rule makes has to be a sound one; what it is filled with is seen when it runs. */
const checkMade = (contract: JsonObject, conditions: Conditions): void => {
  const { value } = renderAll(contract, {}, 'x');
  const agreement = agreementOf(value as Said);
  checkId(agreement.id, 'contractId');
  if (agreement.assignee !== undefined) checkSlug(agreement.assignee, 'assignee');
  checkAgreement(agreement, conditions);
};

const textsOf = (value: Json | Action): string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null
    ? Object.values(value).flatMap((inner: Json) => textsOf(inner))
    : [];
};

/** The pipeline of this id; throws NOT_FOUND. */
export const pipelineOf = (view: View, text: string): Pipeline => {
  const id = checkId(text, 'pipelineId');
  const pipeline = view.pipeline(id);
  if (pipeline) return pipeline;
  throw new ConcordError('NOT_FOUND', `There is no pipeline ${shown(id)} on this line.`, {
    next: { operation: 'pipeline_create', input: { action: 'list' } },
  });
};

export const checkPipelineOwner = (
  view: View,
  { id, owner }: Pipeline,
  agent: string,
  participle: string,
): void => {
  const lead = view.settings()?.lead;
  if (agent === owner || agent === lead) return;
  throw new ConcordError(
    'NOT_ALLOWED',
    `${id} can be ${participle} by its owner, ${owner}${lead === undefined || lead === owner ? '' : ` or the lead, ${lead}`}, not by ${agent}; nothing was changed.`,
    { next: { operation: 'pipeline_create', input: { action: 'list' } } },
  );
};

export type Switch = 'pause' | 'resume' | 'remove';

/** Stops a pipeline for a while or for good, or lets it run again. */
export const switchPipeline = (
  view: View,
  id: string,
  to: Switch,
  reason: string | undefined,
  { agent, time }: Circumstances,
): readonly Event[] => {
  const pipeline = pipelineOf(view, id);
  checkPipelineOwner(view, pipeline, agent, `${to}d`);
  if (to === 'remove') return [{ type: 'pipeline-removed', pipeline }];
  const { paused, ...running } = pipeline;
  if (to === 'resume') return paused ? [{ type: 'pipeline-resumed', pipeline: running }] : [];
  if (paused) return [];
  const text = reason ?? 'paused by hand';
  return [pausedEvent(running, { by: agent, time, text })];
};

export const pausedEvent = (
  pipeline: Pipeline,
  paused: NonNullable<Pipeline['paused']>,
): Event => ({ type: 'pipeline-paused', pipeline: { ...pipeline, paused }, reason: paused.text });
