import { registration } from '../agent.ts';
import { ConcordError, invalid } from '../error.ts';
import type { Event } from '../event.ts';
import { checkId } from '../names.ts';
import type { Circumstances } from '../react.ts';
import { count, shown } from '../text.ts';
import type { View } from '../view.ts';
import { statuses } from '../contract/contract.ts';
import { statusWord } from '../contract/status.ts';

/** Words that begin the names of other refs, or would look like a line. */
const reserved = ['main', 'replay', 'inbox', 'lines', 'snapshot', 'head'];

/** The name of a snapshot; throws INVALID with the rule. */
export const checkSnapshotName = (text: string): string => {
  const name = checkId(text, 'name');
  const [first = ''] = name.split('/');
  if (!reserved.includes(first)) return name;
  throw invalid('name', `a name that does not begin with ${reserved.join(', ')}`, shown(text));
};

/** So many characters tell what a snapshot is. */
export const longestLabel = 500;

export type SnapshotRequest = { readonly name: string; readonly label?: string | undefined };

/** Gives the state of the line a name. */
export const takeSnapshot = (
  view: View,
  { name: said, label }: SnapshotRequest,
  { agent, time }: Circumstances,
): readonly Event[] => {
  const name = checkSnapshotName(said);
  if (view.hasSnapshot(name))
    throw new ConcordError('CONFLICT', `There is a snapshot ${name} already; nothing was done.`, {
      hint: `Take another name, such as ${freeName(view, name)}.`,
      next: { operation: 'team_snapshot', input: { action: 'list' } },
    });
  if (label !== undefined && label.length > longestLabel)
    throw invalid('label', `at most ${longestLabel} characters`, String(label.length));
  const text = label?.trim() ? { label: label.trim() } : {};
  return [
    ...registration(view, agent, time),
    { type: 'snapshot-created', snapshot: { name, ...text, summary: summaryOf(view) } },
  ];
};

/** The name, or the next one with a number that is free. */
export const freeName = (
  view: View,
  name: string,
  isTaken: (name: string) => boolean = () => false,
): string => {
  for (let number = 1; ; number += 1) {
    const next = number === 1 ? name : `${name}-${number}`;
    if (!view.hasSnapshot(next) && !isTaken(next)) return next;
  }
};

/** The state of a line in a few words: 4 contracts (3 completed, 1 ready), 6 artifacts. */
export const summaryOf = (view: View): string => {
  const { contracts, artifacts } = view.tally();
  const parts = statuses.flatMap((status) =>
    contracts[status] > 0 ? [`${contracts[status]} ${statusWord(status)}`] : [],
  );
  const total = statuses.reduce((sum, status) => sum + contracts[status], 0);
  const detail = parts.length > 0 ? ` (${parts.join(', ')})` : '';
  return `${count(total, 'contract')}${detail}, ${count(artifacts, 'artifact')}`;
};
