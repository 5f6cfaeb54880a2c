import type { Reason } from '../contract/contract.ts';
import type { Time } from '../entity.ts';
import type { JsonObject } from '../json.ts';

/** Which events a rule looks at. `artifact-stale` is none of the history: a publish has put that version out of date. */
export type Trigger = {
  readonly type: string;
  readonly artifactType?: string;
  readonly artifactId?: string;
  readonly contractId?: string;
  readonly agent?: string;
};

/** What a rule does. Texts may hold `${path}`. */
export type Action =
  | { readonly type: 'notify_session'; readonly target: string; readonly message: string }
  | { readonly type: 'reopen_contract'; readonly contractId: string; readonly reason: string }
  | { readonly type: 'fail_contract'; readonly contractId: string; readonly reason: string }
  | { readonly type: 'cancel_contract'; readonly contractId: string; readonly reason: string }
  | { readonly type: 'create_contract'; readonly contract: JsonObject }
  | { readonly type: 'snapshot'; readonly name: string; readonly label?: string };

export const actionTypes = [
  'notify_session',
  'reopen_contract',
  'create_contract',
  'fail_contract',
  'cancel_contract',
  'snapshot',
] as const satisfies readonly Action['type'][];

export type Rule = {
  readonly trigger: Trigger;
  readonly condition?: string;
  readonly actions: readonly Action[];
};

/** Rules that run inside the transaction that triggers them, with the rights of their owner. */
export type Pipeline = {
  readonly id: string;
  readonly description?: string;
  readonly owner: string;
  readonly created: Time;
  /** The language of the conditions. */
  readonly language: 'cel';
  readonly rules: readonly Rule[];
  /** Why it does not run at the moment. */
  readonly paused?: Reason;
};

export const staleTrigger = 'artifact-stale';

/** The list of pipelines that look at an event; of artifacts, those of one type. */
export const watching = (type: string, artifactType?: string): string =>
  artifactType === undefined ? `on ${type}` : `on ${type} ${artifactType}`;

/** The lists that a pipeline stands in: a paused one in none. */
export const pipelineKeys = ({ id, rules, paused }: Pipeline): (readonly [string, string])[] =>
  paused
    ? []
    : [...new Set(rules.flatMap(({ trigger }) => listsOf(trigger)))].map(
        (list) => [list, id] as const,
      );

/** What goes stale is not looked for at all unless somebody watches. */
const listsOf = ({ type, artifactType }: Trigger): string[] => [
  ...(type === staleTrigger ? [watching(type)] : []),
  watching(type, artifactType),
];

/** Something happened to a pipeline, or by it. */
export type PipelineEvent =
  | {
      readonly type:
        | 'pipeline-created'
        | 'pipeline-changed'
        | 'pipeline-resumed'
        | 'pipeline-removed';
      readonly pipeline: Pipeline;
    }
  | {
      readonly type: 'pipeline-paused';
      readonly pipeline: Pipeline;
      readonly reason: string;
    }
  | {
      /** A rule did what it says. `firing` is the same whenever the same cause meets the same rule. */
      readonly type: 'pipeline-fired';
      readonly pipeline: Pipeline;
      readonly rule: number;
      readonly firing: string;
      readonly reason: string;
    }
  | {
      /** A rule could not do what it says: its owner is told. */
      readonly type: 'pipeline-erred';
      readonly pipeline: Pipeline;
      readonly rule: number;
      readonly reason: string;
    }
  | {
      readonly type: 'session-notified';
      readonly pipeline: Pipeline;
      readonly target: string;
      readonly reason: string;
    };

const pipelineEventTypes = {
  'pipeline-created': true,
  'pipeline-changed': true,
  'pipeline-paused': true,
  'pipeline-resumed': true,
  'pipeline-removed': true,
  'pipeline-fired': true,
  'pipeline-erred': true,
  'session-notified': true,
} as const satisfies Record<PipelineEvent['type'], true>;

export const pipelineEventNames = Object.keys(pipelineEventTypes);

export const isPipelineEventType = (text: string): text is PipelineEvent['type'] =>
  Object.hasOwn(pipelineEventTypes, text);

/** Whether an event changes the pipeline's file. */
export const changesPipeline = (type: PipelineEvent['type']): boolean =>
  type !== 'pipeline-fired' && type !== 'pipeline-erred' && type !== 'session-notified';

export const pipelineSubject = (event: PipelineEvent): string => {
  const { id } = event.pipeline;
  switch (event.type) {
    case 'pipeline-fired':
      return `${id}#${event.rule + 1} ${event.firing}`;
    case 'pipeline-erred':
      return `${id}#${event.rule + 1}`;
    case 'session-notified':
      return `${event.target} ${id}`;
    default:
      return id;
  }
};
