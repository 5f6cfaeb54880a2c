import { ofUsage } from './budget/notice.ts';
import type { Contract } from './contract/contract.ts';
import { unevaluated } from './contract/deliver.ts';
import { idOfPlace, lists } from './contract/keys.ts';
import type { ContractEvent } from './contract/status.ts';
import type { Event, Published } from './event.ts';
import { isContractEvent, isPipelineEvent } from './event.ts';
import type { MessageSent } from './message.ts';
import { formatRef, splitRef } from './names.ts';
import type { PipelineEvent } from './pipeline/pipeline.ts';
import type { Circumstances } from './react.ts';
import type { View } from './view.ts';

/** Somebody is told of an event: an agent, a role, or `*` for everyone. A copy is for information only. */
export type Notice = {
  readonly to: string;
  readonly kind: string;
  readonly subject: string;
  readonly copy?: true;
};

export const everyone = '*';

/** Who has to know, by what has just happened; nobody is told of what it did itself. */
export const noticesOf = (
  event: Event,
  view: View,
  { agent }: Pick<Circumstances, 'agent'>,
): readonly Notice[] => {
  const told = new Set<string>();
  return allNotices(event, view).filter(({ to, kind }) => {
    // Of what became ready or was used up by its own doing, and of what its pipelines did, it has to know; of all else it knows already.
    const known = !isNews(event) && !isByPipeline(event);
    if ((to === agent && known) || told.has(`${to} ${kind}`)) return false;
    told.add(`${to} ${kind}`);
    return true;
  });
};

/** Whoever brings it about does not see what comes of it. */
const isNews = ({ type }: Event): boolean => type === 'contract-ready' || type === 'usage-recorded';

/** What a pipeline did, its causer did not do itself. */
const isByPipeline = (event: Event): boolean =>
  isPipelineEvent(event) ||
  ((event.type === 'contract-failed' || event.type === 'contract-reopened') &&
    event.contract.reason?.pipeline !== undefined);

const allNotices = (event: Event, view: View): Notice[] => {
  if (isContractEvent(event)) return ofContract(event, view);
  if (isPipelineEvent(event)) return ofPipeline(event, view);
  if (event.type === 'usage-recorded') return ofUsage(event, view);
  if (event.type === 'artifact-published') return ofPublished(event, view);
  return event.type === 'message-sent' ? ofMessage(event) : [];
};

/** An owner hears of what its pipeline could not do, and that it was stopped; a session of what it was to be told. */
const ofPipeline = (event: PipelineEvent, view: View): Notice[] => {
  const { id: subject, owner, paused } = event.pipeline;
  const kind = event.type;
  if (kind === 'session-notified') return [{ to: event.target, kind, subject }];
  if (kind === 'pipeline-erred') return [{ to: owner, kind, subject }];
  if (kind !== 'pipeline-paused' || paused?.pipeline === undefined) return [];
  const lead = view.settings()?.lead;
  return [
    { to: owner, kind, subject },
    ...(lead === undefined || lead === owner
      ? []
      : [{ to: lead, kind, subject, copy: true as const }]),
  ];
};

const ofContract = ({ type, before, contract, reason }: ContractEvent, view: View): Notice[] => {
  const { id, assigner, assignee } = contract;
  const lead = view.settings()?.lead;
  const tell = (to: string | undefined, copy = false): Notice[] =>
    to === undefined ? [] : [{ to, kind: type, subject: id, ...(copy && { copy: true as const }) }];
  const holder = before?.status === 'in_progress' ? before.claim?.agent : undefined;
  switch (type) {
    case 'contract-created':
      return tell(lead === assignee ? undefined : lead, true);
    case 'contract-ready':
      return tell(assignee ?? everyone);
    case 'contract-claimed':
    case 'contract-reset':
    case 'contract-replayed':
    case 'contract-withdrawn':
    case 'contract-restored':
    case 'contract-released':
      return losesClaim(before, contract) ? tell(holder) : [];
    case 'contract-completed':
      return tell(assigner);
    case 'contract-attempt-failed':
      return tell(assigner);
    case 'contract-failed':
      return [
        ...tell(assigner),
        ...tell(holder),
        ...assignersWaiting(contract, view).flatMap((to) => tell(to, true)),
        ...tell(lead, true),
      ];
    case 'contract-reopened':
      return [...tell(assigner), ...tell(before?.claim?.agent)];
    case 'contract-cancelled':
      return [...tell(assigner), ...tell(holder ?? assignee)];
    case 'contract-noted':
      if (contract.status === 'failed') return tell(assigner);
      return [
        ...tell(holder ?? assignee),
        ...(reason?.startsWith(unevaluated) ? tell(assigner) : []),
      ];
    case 'contract-amended':
      // Ready work that is given to somebody else is news to whom it is for now.
      return contract.status === 'ready' && before?.assignee !== assignee
        ? tell(assignee ?? everyone)
        : tell(holder);
    case 'contract-output':
      return reason?.startsWith(unevaluated) ? tell(assigner) : [];
    default:
      return [];
  }
};

/** Who goes on with the same claim has lost nothing. */
const losesClaim = (before: Contract | undefined, { status, claim }: Contract): boolean =>
  status !== 'in_progress' || before?.claim?.token !== claim?.token;

/** Whoever gave work that waits for this. */
const assignersWaiting = ({ id }: Contract, view: View): string[] => {
  const found = new Set<string>();
  for (const place of view.places(lists.needsContract(id))) {
    const dependent = view.contract(idOfPlace(place));
    if (dependent?.status === 'pending') found.add(dependent.assigner);
  }
  return [...found];
};

/** Holders whose pinned input has a newer version with other content. */
const ofPublished = ({ artifact, content }: Published, view: View): Notice[] => {
  const subject = formatRef(artifact.id, artifact.version);
  const notices: Notice[] = [];
  for (const place of view.places(lists.pins(artifact.id))) {
    const { claim } = view.contract(idOfPlace(place)) ?? {};
    const outdated = claim?.inputs?.some(({ ref, older }) => {
      const { id, version } = splitRef(ref);
      return id === artifact.id && !older && view.content(id, version) !== content;
    });
    if (claim && outdated) notices.push({ to: claim.agent, kind: 'input-outdated', subject });
  }
  return notices;
};

const ofMessage = ({ message: { id, to, ask, replyTo } }: MessageSent): Notice[] => [
  { to, kind: ask ? 'question' : replyTo === undefined ? 'message' : 'reply', subject: id },
];
