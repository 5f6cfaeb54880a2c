import type { Facts } from './facts.ts';
import type { Rows } from './rows.ts';
import { padded } from './row-json.ts';
import type { Entry } from './records.ts';
import type { VersionFact } from '../../model/lineage.ts';

/** Tables that hold a line's state, under the line's name or under one that begins with it. */
const state = [
  'latest',
  'of-type',
  'concord',
  'agent',
  'type',
  'contract',
  'pipeline',
  'budget',
  'listed',
] as const;

/** Tables that hold what happened on a line, in the same way. */
const history = [
  'entry',
  'key',
  'move',
  'firing',
  'told',
  'message',
  'sent',
  'sent-by',
  'thread',
  'reply',
  'restored',
  'merged',
  'rollback',
  'usage',
  'spent',
  'spent-on',
  'spent-attempt',
  'usage-report',
  'usage-session',
] as const;

/** A replay begins with the state of the line it comes from. */
export const copyState = (rows: Rows, from: string, to: string): void =>
  rows.copyPartitions(state, from, to);

/** The state of a line that has come to its end; what happened on it stays. */
export const forgetState = (rows: Rows, line: string): void => {
  rows.deletePartitions(state, line);
  rows.delete('head', '', line);
};

/** A line that was dropped leaves nothing but the numbers it used. */
export const forgetLine = (facts: Facts, line: string): void => {
  const { rows } = facts;
  const commits = new Set<string>();
  for (const [, value] of rows.scan('entry', line)) {
    const { oid, events } = JSON.parse(value as string) as Entry;
    commits.add(oid);
    rows.delete('place', '', oid);
    for (const event of events) {
      const [type, ref = ''] = event.split(' ');
      if (type === 'artifact-published') forgetVersion(rows, ref, line);
      if (type === 'snapshot-created') rows.delete('snapshot', '', ref);
    }
  }
  for (const [op, oid] of rows.scan('op', ''))
    if (commits.has(JSON.parse(oid as string) as string)) rows.delete('op', '', op);
  forgetState(rows, line);
  rows.deletePartitions(history, line);
  rows.delete('fork', '', line);
};

const forgetVersion = (rows: Rows, ref: string, line: string): void => {
  const at = ref.lastIndexOf('@');
  const [id, item] = [ref.slice(0, at), padded(Number(ref.slice(at + 1)))];
  const value = rows.get('version', id, item);
  const fact = value === undefined ? undefined : (JSON.parse(value as string) as VersionFact);
  if (fact?.line !== line) return;
  rows.delete('version', id, item);
  for (const edge of fact.derivedFrom) rows.delete('made-from', edge.ref, ref);
};
