import type { BudgetSet } from './budget/budget.ts';
import { usedFor } from './budget/spending.ts';
import type { UsageRecorded } from './budget/spending.ts';
import { amountWord } from './budget/amount.ts';
import type { ContractEvent, ContractEventType } from './contract/status.ts';
import { contractEventTypes, isContractEventType } from './contract/status.ts';
import type { Agent, Artifact, RegisteredType, Settings } from './entity.ts';
import { isLineEventType, lineEventNames, lineSubject } from './line/line.ts';
import type { LineEvent } from './line/line.ts';
import type { MessageSent } from './message.ts';
import { formatRef } from './names.ts';
import { isPipelineEventType, pipelineEventNames, pipelineSubject } from './pipeline/pipeline.ts';
import type { PipelineEvent } from './pipeline/pipeline.ts';

/**
 * A published version with what the history must know beside the file itself: `content` is the hash of type, data and attachments
 * (equal content never makes anything stale), `attachments` the bytes to be stored.
 */
export type Published = {
  readonly type: 'artifact-published';
  readonly artifact: Artifact;
  readonly content: string;
  readonly attachments: readonly Attachment[];
};

export type Attachment = { readonly name: string; readonly bytes: Uint8Array };

/** A stored fact. Its name and subject stand in the commit's `Concord-Event` trailer. */
export type Event =
  | { readonly type: 'store-created'; readonly settings: Settings }
  | { readonly type: 'agent-registered'; readonly agent: Agent }
  | { readonly type: 'type-registered'; readonly registered: RegisteredType }
  | Published
  | MessageSent
  | BudgetSet
  | UsageRecorded
  | ContractEvent
  | PipelineEvent
  | LineEvent;

export type EventType = Event['type'];

const known = {
  'store-created': true,
  'agent-registered': true,
  'type-registered': true,
  'artifact-published': true,
  'message-sent': true,
  'budget-set': true,
  'usage-recorded': true,
} as const satisfies Record<
  Exclude<EventType, ContractEventType | PipelineEvent['type'] | LineEvent['type']>,
  true
>;

export const isEventType = (text: string): text is EventType =>
  Object.hasOwn(known, text) ||
  isContractEventType(text) ||
  isPipelineEventType(text) ||
  isLineEventType(text);

/** The names of all events that a history may hold. */
export const eventTypes: readonly string[] = [
  ...Object.keys(known),
  ...contractEventTypes,
  ...pipelineEventNames,
  ...lineEventNames,
];

export const isContractEvent = (event: Event): event is ContractEvent => 'contract' in event;

export const isPipelineEvent = (event: Event): event is PipelineEvent => 'pipeline' in event;

export const isLineEvent = (event: Event): event is LineEvent => isLineEventType(event.type);

/** What an event is about: the words behind its name in the trailer. */
export const subjectOf = (event: Event): string => {
  switch (event.type) {
    case 'store-created':
      return `format ${event.settings.format}`;
    case 'agent-registered':
      return event.agent.name;
    case 'type-registered':
      return formatRef(event.registered.type, event.registered.version);
    case 'artifact-published':
      return formatRef(event.artifact.id, event.artifact.version);
    case 'message-sent':
      return event.message.to;
    case 'budget-set':
      return amountWord(event.budget.total);
    case 'usage-recorded':
      return usedFor(event.usage);
    default:
      if (isLineEvent(event)) return lineSubject(event);
      return isContractEvent(event) ? event.contract.id : pipelineSubject(event);
  }
};

export const eventLine = (event: Event): string => `${event.type} ${subjectOf(event)}`;
