import { splitRef } from '../../model/names.ts';
import type { View } from '../../model/view.ts';
import { budgetWords } from '../budget/words.ts';
import type { Told } from '../../store/index/inbox-facts.ts';

/** One thing that an agent is told. `text` is Concord's own words, `quote` what an agent wrote. */
export type InboxItem = {
  readonly kind: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly quote?: string;
  readonly commit: string;
  readonly time: string;
  /** For information only. */
  readonly copy?: true;
  /** A message: its id, to be named in a reply. */
  readonly message?: string;
};

/** What has happened, in words, from how things stand now. */
export const itemOf = (told: Told, view: View): InboxItem => {
  const { kind, subject, by, reason, commit, time, copy } = told;
  const message = view.message(subject);
  if (message) {
    const text = kind === 'question' ? 'asks' : kind === 'reply' ? 'answers' : 'writes';
    return {
      kind,
      from: by,
      subject: message.to,
      text,
      quote: message.text,
      commit,
      time,
      message: message.id,
    };
  }
  const contract = view.contract(subject);
  const given = kind === 'contract-ready' || kind === 'contract-created';
  const quote = given ? contract?.title : reason;
  return {
    kind,
    from: given ? (contract?.assigner ?? by) : by,
    subject,
    text: words(told, view),
    ...(quote !== undefined && { quote }),
    commit,
    time,
    ...(copy && { copy }),
  };
};

/** What ended a claim, to whom it belonged. */
const lostClaim: Readonly<Record<string, (id: string) => string>> = {
  'contract-claimed': (id) => `took over ${id}, which you held`,
  'contract-reset': (id) => `${id} waits again: your claim is void`,
  'contract-released': (id) => `${id} is free here: your claim does not hold on this line`,
  'contract-restored': (id) => `${id} is as it was before: your claim is void`,
  'contract-replayed': (id) => `${id} is done again here: your claim is void`,
  'contract-withdrawn': (id) => `${id} is not there any more: your claim is void`,
};

const words = ({ kind, subject, by }: Told, view: View): string => {
  const contract = view.contract(subject);
  const lost = Object.hasOwn(lostClaim, kind) ? lostClaim[kind] : undefined;
  if (lost) return lost(subject);
  const whom = contract?.assignee ?? 'anyone';
  switch (kind) {
    case 'contract-created':
      return `gave ${subject} to ${whom}`;
    case 'contract-ready':
      return contract?.status === 'ready'
        ? `${subject} is ready for ${whom}`
        : `${subject} was ready for ${whom} (now ${contract?.status.replace('_', ' ') ?? 'gone'})`;
    case 'contract-completed':
      return `${subject} is completed`;
    case 'contract-attempt-failed':
      return `an attempt at ${subject} failed`;
    case 'contract-failed':
      return `${subject} has failed for good`;
    case 'contract-reopened':
      return `${subject} is open again`;
    case 'contract-cancelled':
      return `${subject} is cancelled`;
    case 'contract-noted':
      return `a note on ${subject}`;
    case 'contract-amended':
      return `${subject} was changed`;
    case 'contract-output':
      return `an output of ${subject} could not be judged`;
    case 'session-notified':
      return `the pipeline ${subject} says`;
    case 'pipeline-erred':
      return `a rule of the pipeline ${subject} could not be carried out`;
    case 'pipeline-paused':
      return `the pipeline ${subject} is paused`;
    case 'budget-warning':
    case 'budget-exhausted':
    case 'total-warning':
    case 'total-exhausted':
      return budgetWords(kind, subject, view);
    case 'input-outdated':
      return outdated(subject, by);
    default:
      return `${kind} ${subject}`;
  }
};

const outdated = (ref: string, by: string): string => {
  const { id, version } = splitRef(ref);
  return `${id}, which you work from, has a newer version @${version} by ${by}`;
};
