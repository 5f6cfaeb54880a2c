import { isContractEvent, isLineEvent, isPipelineEvent } from '../model/event.ts';
import type { Event } from '../model/event.ts';
import { amountText } from '../model/budget/amount.ts';
import { usedFor } from '../model/budget/spending.ts';
import type { ContractEvent } from '../model/contract/status.ts';
import type { LineEvent } from '../model/line/line.ts';
import { formatRef } from '../model/names.ts';
import { everyone } from '../model/notice.ts';
import { changesPipeline } from '../model/pipeline/pipeline.ts';
import { count, oneLine } from '../model/text.ts';

/** One line a transaction: what git log shows. */
export const subjectOf = (agent: string, events: readonly Event[]): string => {
  const line = ofLine(events);
  if (line) return `${agent} ${lineVerb(line)}`;
  const published = events
    .filter((event) => event.type === 'artifact-published')
    .map(({ artifact }) => formatRef(artifact.id, artifact.version));
  if (published.length === 1) return `${agent} publishes ${published[0]}`;
  if (published.length > 1) return several(agent, 'publishes', 'artifact', published);
  const registered = events.find((event) => event.type === 'type-registered');
  if (registered)
    return `${agent} registers the type ${formatRef(registered.registered.type, registered.registered.version)}`;
  if (events.some((event) => event.type === 'store-created')) return `${agent} creates the store`;
  const sent = events.find((event) => event.type === 'message-sent');
  if (sent) return `${agent} ${messageVerb(sent.message)}`;
  const used = events.find((event) => event.type === 'usage-recorded');
  if (used) return `${agent} records ${amountText(used.usage.amount)} for ${usedFor(used.usage)}`;
  const own = events.filter(({ type }) => type !== 'agent-registered');
  const pipeline = own.find((event) => isPipelineEvent(event) && changesPipeline(event.type));
  if (pipeline && isPipelineEvent(pipeline)) {
    const name = `the pipeline ${pipeline.pipeline.id}`;
    if (own[0] === pipeline) return `${agent} ${pipelineVerbs[pipeline.type] ?? 'changes'} ${name}`;
    const created = own.filter(({ type }) => type === 'contract-created').length;
    if (created > 0) return `${agent} creates ${count(created, 'contract')} and ${name}`;
  }
  const first = leading(events);
  if (first) return contractSubject(agent, first, events);
  const budget = events.find((event) => event.type === 'budget-set');
  return budget
    ? `${agent} sets the budget to ${amountText(budget.budget.total)}`
    : `${agent} registers`;
};

/** What happened to the line as a whole says more than the changes that it was made of. */
const ofLine = (events: readonly Event[]): LineEvent | undefined => {
  // A snapshot that a rule took comes later: it is a consequence of something else.
  const first = events.find(({ type }) => type !== 'agent-registered');
  return first && isLineEvent(first) ? first : undefined;
};

const lineVerb = (event: LineEvent): string => {
  switch (event.type) {
    case 'snapshot-created':
      return `takes the snapshot ${event.snapshot.name}`;
    case 'line-rolled-back':
      return `rolls back to ${oneLine(event.to.name, 100)}`;
    case 'replay-started':
      return `begins ${event.line} at ${oneLine(event.from.name, 100)}`;
    case 'replay-adopted':
      return `adopts ${event.line}`;
    case 'replay-dropped':
      return `drops ${event.line}`;
    default:
      return 'changes the line';
  }
};

const several = (agent: string, verb: string, noun: string, names: readonly string[]): string =>
  oneLine(`${agent} ${verb} ${count(names.length, noun)}: ${names.join(', ')}`, 120);

const messageVerb = ({
  to,
  ask,
  replyTo,
}: Extract<Event, { type: 'message-sent' }>['message']): string => {
  const whom = to === everyone ? 'everyone' : to;
  if (ask) return `asks ${whom}`;
  return `${replyTo === undefined ? 'writes to' : 'answers'} ${whom}`;
};

/** What the transaction was for: not the claim made on the way to something else. */
const leading = (events: readonly Event[]): ContractEvent | undefined => {
  const ofContracts = events.filter(isContractEvent);
  const rest = ofContracts.filter(
    ({ type }) => type !== 'contract-claimed' && type !== 'contract-output',
  );
  return ofContracts[0]?.type === 'contract-claimed' && rest[0]?.type === 'contract-completed'
    ? rest[0]
    : ofContracts[0];
};

const contractSubject = (agent: string, first: ContractEvent, events: readonly Event[]): string => {
  const { id, assignee, attempt } = first.contract;
  const created = events.filter(isContractEvent).filter(({ type }) => type === 'contract-created');
  if (created.length > 1)
    return several(
      agent,
      'creates',
      'contract',
      created.map(({ contract }) => contract.id),
    );
  switch (first.type) {
    case 'contract-created':
      return assignee === undefined
        ? `${agent} offers ${id} to anyone`
        : `${agent} gives ${id} to ${assignee}`;
    case 'contract-attempt-failed':
      return `${agent} fails attempt ${attempt - 1} of ${id}`;
    case 'contract-noted':
      return `${agent} notes on ${id}`;
    default:
      return `${agent} ${verbs[first.type] ?? 'changes'} ${id}`;
  }
};

const pipelineVerbs: Readonly<Partial<Record<Event['type'], string>>> = {
  'pipeline-created': 'sets up',
  'pipeline-paused': 'pauses',
  'pipeline-resumed': 'resumes',
  'pipeline-removed': 'removes',
};

const verbs: Readonly<Partial<Record<ContractEvent['type'], string>>> = {
  'contract-claimed': 'claims',
  'contract-renewed': 'goes on with',
  'contract-parked': 'parks',
  'contract-released': 'releases',
  'contract-completed': 'completes',
  'contract-output': 'completes',
  'contract-failed': 'ends',
  'contract-reopened': 'reopens',
  'contract-cancelled': 'cancels',
};

/** What stands below the subject, for people: a summary, a reason, a title, a message. */
export const bodyOf = (events: readonly Event[]): string | undefined => {
  const line = ofLine(events);
  if (line) return bodyOfLine(line);
  const published = events.filter((event) => event.type === 'artifact-published');
  if (published.length > 0)
    return published.length === 1 ? published[0]?.artifact.summary : undefined;
  const sent = events.find((event) => event.type === 'message-sent');
  if (sent) return sent.message.text;
  const first = leading(events);
  if (first?.type !== 'contract-created') return first?.reason;
  const created = events.filter(({ type }) => type === 'contract-created');
  return created.length === 1 ? first.contract.title : undefined;
};

const bodyOfLine = (event: LineEvent): string | undefined => {
  if (event.type !== 'snapshot-created') return 'reason' in event ? event.reason : undefined;
  const { label, summary } = event.snapshot;
  return label === undefined ? summary : `${label}. ${summary}`;
};
