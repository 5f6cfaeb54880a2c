import type { Action, Rule, Trigger } from '../../../src/model/pipeline/pipeline.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { Done, Team } from '../../helpers/given.ts';

/** A rule that looks at these events. */
export const on = (trigger: string | Trigger, ...actions: readonly Action[]): Rule => ({
  trigger: typeof trigger === 'string' ? { type: trigger } : trigger,
  actions,
});

/** The same rule, where this holds. */
export const only = (condition: string, rule: Rule): Rule => ({ ...rule, condition });

export const notify = (target: string, message = 'Look.'): Action => ({
  type: 'notify_session',
  target,
  message,
});

export const reopen = (contractId: string, reason = 'Again.'): Action => ({
  type: 'reopen_contract',
  contractId,
  reason,
});

export const fail = (contractId: string, reason = 'Hopeless.'): Action => ({
  type: 'fail_contract',
  contractId,
  reason,
});

export const cancel = (contractId: string, reason = 'Not needed.'): Action => ({
  type: 'cancel_contract',
  contractId,
  reason,
});

export const create = (contract: JsonObject): Action => ({ type: 'create_contract', contract });

/** What happened, but for agents who were seen for the first time. */
export const lines = ({ lines: all }: Done): readonly string[] =>
  all.filter((line) => !line.startsWith('agent-registered'));

/** What pipelines could not do, each with its rule, and why. */
export const errors = ({ events }: Done): readonly string[] =>
  events.flatMap((event) =>
    event.type === 'pipeline-erred'
      ? [`${event.pipeline.id}#${event.rule + 1} ${event.reason}`]
      : [],
  );

/** Which rules fired, in order. */
export const fired = ({ events }: Done): readonly string[] =>
  events.flatMap((event) =>
    event.type === 'pipeline-fired' ? [`${event.pipeline.id}#${event.rule + 1}`] : [],
  );

/** Whom they told, and what. */
export const notified = ({ events }: Done): readonly string[] =>
  events.flatMap((event) =>
    event.type === 'session-notified' ? [`${event.target}: ${event.reason}`] : [],
  );

/** The reasons of the events of this type. */
export const reasons = ({ events }: Done, type: string): readonly (string | undefined)[] =>
  events.flatMap((event) => (event.type === type && 'reason' in event ? [event.reason] : []));

/** The lead of the team. */
export const lead = (team: Team, name: string): void =>
  team.happened({
    type: 'store-created',
    settings: { format: 1, created: team.now, lead: name },
  });
