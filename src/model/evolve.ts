import { budgetId } from './budget/budget.ts';
import type { Entities, Kind } from './entity.ts';
import type { Attachment, Event } from './event.ts';
import type { Latest } from './view.ts';

/** The line's latest version of an artifact is one that there was already, or none: its file is the one of then. */
export type Restoration = {
  readonly kind: 'artifact';
  readonly id: string;
  readonly restored: Latest | undefined;
};

/** An entity's new value: one file of the tree. `content` and `attachments` belong to artifacts. */
export type NewValue = {
  [K in Kind]: {
    readonly kind: K;
    readonly id: string;
    readonly value: Entities[K];
    /** The file is taken away: `value` is what it held. */
    readonly removed?: true;
    readonly content?: string;
    readonly attachments?: readonly Attachment[];
  };
}[Kind];

export type Change = NewValue | Restoration;

/** State + event -> state, written as the entities that change. */
export const evolve = (event: Event): readonly Change[] => {
  switch (event.type) {
    case 'store-created':
      return [{ kind: 'concord', id: 'concord', value: event.settings }];
    case 'agent-registered':
      return [{ kind: 'agent', id: event.agent.name, value: event.agent }];
    case 'type-registered':
      return [{ kind: 'type', id: event.registered.type, value: event.registered }];
    case 'artifact-published':
      return [
        {
          kind: 'artifact',
          id: event.artifact.id,
          value: event.artifact,
          content: event.content,
          attachments: event.attachments,
        },
      ];
    case 'budget-set':
      return [{ kind: 'budget', id: budgetId, value: event.budget }];
    case 'message-sent':
    case 'snapshot-created':
    case 'line-rolled-back':
    case 'replay-started':
    case 'replay-adopted':
    case 'replay-dropped':
    case 'usage-recorded':
      return [];
    case 'artifact-restored':
      return [{ kind: 'artifact', id: event.id, restored: event.latest }];
    case 'artifact-withdrawn':
      return [{ kind: 'artifact', id: event.id, restored: undefined }];
    case 'pipeline-created':
    case 'pipeline-changed':
    case 'pipeline-paused':
    case 'pipeline-resumed':
      return [{ kind: 'pipeline', id: event.pipeline.id, value: event.pipeline }];
    case 'pipeline-removed':
      return [{ kind: 'pipeline', id: event.pipeline.id, value: event.pipeline, removed: true }];
    case 'pipeline-fired':
    case 'pipeline-erred':
    case 'session-notified':
      return [];
    case 'contract-withdrawn':
      return [{ kind: 'contract', id: event.contract.id, value: event.contract, removed: true }];
    default:
      return [{ kind: 'contract', id: event.contract.id, value: event.contract }];
  }
};
