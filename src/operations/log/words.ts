import { oneLine } from '../../model/text.ts';
import type { LogEntry, LogEvent } from './entry.ts';

/** What an event is, in plain words; its subject is an id, a version or a name. */
const words: Readonly<Record<string, (subject: string) => string>> = {
  'store-created': () => 'the store is made',
  'agent-registered': (name) => `${name} is registered`,
  'type-registered': (ref) => `type ${ref} is registered`,
  'artifact-published': (ref) => `${ref} is published`,
  'message-sent': (to) => `a message to ${to === '*' ? 'everyone' : to}`,
  'contract-created': (id) => `${id} is made`,
  'contract-ready': (id) => `${id} is ready`,
  'contract-blocked': (id) => `${id} waits again`,
  'contract-reset': (id) => `${id} waits again`,
  'contract-claimed': (id) => `${id} is claimed`,
  'contract-renewed': (id) => `the claim of ${id} is renewed`,
  'contract-parked': (id) => `${id} is parked`,
  'contract-released': (id) => `${id} is given back`,
  'contract-completed': (id) => `${id} is completed`,
  'contract-attempt-failed': (id) => `an attempt at ${id} failed`,
  'contract-failed': (id) => `${id} has failed for good`,
  'contract-reopened': (id) => `${id} reopened`,
  'contract-cancelled': (id) => `${id} is cancelled`,
  'contract-recovered': (id) => `${id} has recovered, its attempts begin anew`,
  'contract-noted': (id) => `a note on ${id}`,
  'contract-amended': (id) => `${id} is changed`,
  'contract-replayed': (id) => `${id} is done again`,
  'contract-restored': (id) => `the state of ${id} is replaced`,
  'contract-withdrawn': (id) => `${id} is not there any more`,
  'artifact-restored': (ref) => `${ref} is the latest version now`,
  'artifact-withdrawn': (id) => `${id} has no version here any more`,
  'snapshot-created': (name) => `the snapshot ${name} is taken`,
  'line-rolled-back': (name) => `the line is back at ${name}`,
  'replay-started': (line) => `${line} begins`,
  'replay-adopted': (line) => `${line} is adopted`,
  'replay-dropped': (line) => `${line} is dropped`,
  'budget-set': (total) => `the budget is ${total}`,
  'usage-recorded': (what) => `usage of ${what} is recorded`,
  'pipeline-created': (id) => `the pipeline ${id} is set up`,
  'pipeline-changed': (id) => `the pipeline ${id} is changed`,
  'pipeline-paused': (id) => `the pipeline ${id} is paused`,
  'pipeline-resumed': (id) => `the pipeline ${id} runs again`,
  'pipeline-removed': (id) => `the pipeline ${id} is removed`,
  'pipeline-fired': (firing) => `${ruleOf(firing)} acted`,
  'pipeline-erred': (firing) => `${ruleOf(firing)} could not be carried out`,
};

/** `auth/loop#2 4f2a...`: the second rule of a pipeline. */
const ruleOf = (firing: string): string => {
  const [id = '', rule = ''] = (firing.split(' ')[0] ?? '').split('#');
  return rule === '' ? `the pipeline ${id}` : `rule ${rule} of the pipeline ${id}`;
};

/** A consequence in one line: our own words first, what an agent wrote last, so that it cannot pass for ours. */
export const wordsOf = (event: LogEvent): string => {
  const { reason } = event;
  const said = reason === undefined ? '' : `: ${oneLine(reason, 160)}`;
  return `${oneLine(fact(event), 300)}${toldOf(event)}${said}`;
};

const fact = ({ type, subject, reason, cause }: LogEvent): string => {
  if (type === 'contract-output')
    return `${cause ?? 'an output'} ${reason === undefined ? 'counts' : 'does not count'} for ${subject}`;
  if (type === 'session-notified') {
    const [target, pipeline] = subject.split(' ');
    return `${target === '*' ? 'everyone' : target} is told by the pipeline ${pipeline}`;
  }
  const say = Object.hasOwn(words, type) ? words[type] : undefined;
  return say?.(subject) ?? `${type} ${subject}`;
};

const toldOf = ({ type, told = [] }: LogEvent): string =>
  told.length === 0 || type === 'session-notified' ? '' : ` (${told.join(', ')} told)`;

/** What the transaction did, without its agent's name: that stands in a column of its own. */
export const deed = ({ agent, subject }: Pick<LogEntry, 'agent' | 'subject'>): string =>
  oneLine(subject.startsWith(`${agent} `) ? subject.slice(agent.length + 1) : subject, 200);

/** What followed, beyond what the subject says already. */
export const consequences = (entry: LogEntry, all = false): readonly LogEvent[] => {
  const { events } = entry;
  const said = leading(events);
  const completed = new Set(
    events.flatMap(({ type, subject }) => (type === 'contract-completed' ? [subject] : [])),
  );
  const named = new Set(deed(entry).split(/[ ,]+/));
  return events.filter(({ type, subject, reason }) => {
    if (type === 'agent-registered') return all && said !== type;
    if (type === 'contract-renewed') return all && said !== type;
    // That an output counts is clear where it has completed its contract.
    if (type === 'contract-output' && reason === undefined) return !completed.has(subject);
    return type !== said || (!nameless.has(type) && !named.has(subject));
  });
};

/** A subject tells of these without the words behind their name. */
const nameless = new Set(['store-created', 'message-sent', 'budget-set', 'usage-recorded']);

const first = ['artifact-published', 'type-registered', 'store-created', 'message-sent'] as const;

/** The type of the event that a commit's subject tells of: what the transaction was for. */
const leading = (events: readonly LogEvent[]): string | undefined => {
  const types = events.map(({ type }) => type);
  const chief = first.find((type) => types.includes(type));
  if (chief !== undefined) return chief;
  const [own, next] = types.filter(
    (type) => type !== 'agent-registered' && type !== 'contract-output',
  );
  // A claim made on the way to something else.
  return (own === 'contract-claimed' && next === 'contract-completed' ? next : own) ?? types[0];
};
