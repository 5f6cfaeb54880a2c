import { registration } from './agent.ts';
import { ConcordError, invalid } from './error.ts';
import type { Event } from './event.ts';
import type { Message } from './message.ts';
import { checkSlug, isId } from './names.ts';
import { everyone } from './notice.ts';
import type { Circumstances } from './react.ts';
import { nearest, shown } from './text.ts';
import { addSeconds } from './time.ts';
import type { View } from './view.ts';

export const messageLimits = {
  characters: 4_000,
  /** So many messages of one agent in so many seconds. */
  rate: 20,
  window: 600,
  thread: 20,
} as const;

export type SendRequest = {
  /** An agent, everyone (`*`), or a contract: whoever holds it, else whom it is for. Left out in a reply: who wrote. */
  readonly to?: string | undefined;
  readonly text: string;
  readonly ask?: boolean | undefined;
  readonly replyTo?: string | undefined;
};

/** A message for the rare case that no contract and no artifact covers. */
export const send = (
  view: View,
  { to, text, ask, replyTo }: SendRequest,
  { agent, time, op }: Circumstances,
): readonly Event[] => {
  checkText(text);
  checkRate(view, agent, time);
  const earlier = replyTo === undefined ? undefined : view.message(replyTo);
  if (replyTo !== undefined && !earlier)
    throw new ConcordError(
      'NOT_FOUND',
      `There is no message ${shown(replyTo)}; nothing was sent.`,
      {
        next: { operation: 'inbox_read', input: { all: true } },
      },
    );
  const before = earlier ? view.threadLength(earlier.thread) : 0;
  if (before >= messageLimits.thread) throw threadTooLong(before);
  const message: Message = {
    id: op,
    from: agent,
    to: recipient(view, to ?? (earlier?.from === agent ? earlier.to : earlier?.from), agent),
    text,
    ...(ask && { ask: true as const }),
    ...(replyTo !== undefined && { replyTo }),
    thread: earlier?.thread ?? op,
    length: before + 1,
  };
  return [...registration(view, agent, time), { type: 'message-sent', message, time }];
};

const checkText = (text: string): void => {
  if (text.trim() === '') throw invalid('text', 'given', 'nothing');
  if (text.length > messageLimits.characters)
    throw invalid('text', `at most ${messageLimits.characters} characters`, String(text.length), {
      hint: 'Publish what is longer as an artifact (document), and name it in the message.',
    });
};

const checkRate = (view: View, agent: string, time: string): void => {
  const { rate, window } = messageLimits;
  const [oldest] = view.sent(agent, rate).slice(rate - 1);
  if (oldest === undefined || addSeconds(oldest, window) <= time) return;
  throw new ConcordError(
    'NOT_ALLOWED',
    `${agent} has sent ${rate} messages within ${window / 60} minutes; nothing was sent.`,
    {
      hint: 'Give work as a contract and results as artifacts: they notify by themselves.',
      next: { operation: 'contract_create', input: { contractId: '...', assignee: '...' } },
    },
  );
};

const threadTooLong = (length: number): ConcordError =>
  new ConcordError(
    'NOT_ALLOWED',
    `This exchange has ${length} messages already; nothing was sent.`,
    {
      hint: 'Settle it by a contract, or by publishing a decision.',
      next: {
        operation: 'artifact_publish',
        input: {
          artifactId: '...',
          artifactType: 'decision',
          data: { decision: '...', rationale: '...' },
        },
      },
    },
  );

const recipient = (view: View, to: string | undefined, agent: string): string => {
  if (to === undefined) throw invalid('to', 'given', 'nothing');
  if (to === everyone) return everyone;
  const contract = isId(to) ? view.contract(to) : undefined;
  if (contract && !view.agent(to)) {
    const holder = contract.status === 'in_progress' ? contract.claim?.agent : undefined;
    const found = holder ?? contract.assignee ?? contract.assigner;
    if (found !== agent) return found;
    return contract.assigner;
  }
  const name = checkSlug(to, 'to');
  const agents = view.agents();
  if (agents.some((one) => one.name === name || one.role === name)) return name;
  const near = nearest(
    name,
    agents.map((one) => one.name),
  );
  throw new ConcordError(
    'NOT_FOUND',
    `There is no agent, role or contract ${shown(name)}; nothing was sent.${near ? ` Did you mean ${near}?` : ''}`,
    { next: { operation: 'agent_list', input: {} } },
  );
};
