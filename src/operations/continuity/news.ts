import type { Contract, Status } from '../../model/contract/contract.ts';
import { isContractEventType } from '../../model/contract/status.ts';
import { formatRef, versionedRef } from '../../model/names.ts';
import type { VersionFact } from '../../model/lineage.ts';
import type { View } from '../../model/view.ts';
import type { Facts } from '../../store/index/facts.ts';
import type { Entry } from '../../store/index/records.ts';
import { workerOf } from '../../model/contract/claimable.ts';
import { noted } from './journal.ts';
import type { Noted } from './journal.ts';

/** A contract that concerns an agent, and what others have made of it. */
export type Moved = {
  readonly id: string;
  readonly status: Status;
  readonly by: string;
  readonly time: string;
  readonly reason?: string;
};

/** A newer version of something that an agent's own work stands on. */
export type Newer = {
  readonly ref: string;
  readonly by: string;
  readonly time: string;
  /** The version that was used, and in what: a version of the agent's own, or a contract that it holds. */
  readonly used: string;
  readonly usedBy: string;
};

/** What has happened on a line since an agent was told last. */
export type News = {
  /** Transactions in all, and whether there were too many to look at them all. */
  readonly transactions: number;
  readonly more: boolean;
  readonly contracts: readonly Moved[];
  readonly artifacts: readonly Newer[];
  readonly decisions: readonly Noted[];
  readonly patterns: readonly Noted[];
};

/** So many transactions are looked at, the newest: who was away for longer reads the log. */
const looked = 300;

type Asking = {
  readonly view: View;
  readonly facts: Facts;
  readonly line: string;
  readonly agent: string;
  /** Contracts that are told of anyway. */
  readonly known: ReadonlySet<string>;
};

export const newsSince = (asking: Asking, position: number): News => {
  const { facts, line, agent } = asking;
  const entries = facts
    .entries(line, { limit: looked + 1 })
    .filter((entry) => entry.position > position);
  const theirs = entries
    .slice(0, looked)
    .filter((entry) => entry.agent !== agent && !entry.refused);
  const published = theirs.flatMap((entry) => publishedIn(facts, entry));
  const ofType = (type: string): Noted[] =>
    published
      .filter((fact) => fact.type === type && isLatest(facts, line, fact))
      .map((fact) => noted(asking.view, fact));
  return {
    transactions: theirs.length,
    more: entries.length > looked,
    contracts: movedIn(asking, theirs),
    artifacts: published.flatMap((fact) => newerOf(asking, fact)),
    decisions: ofType('decision'),
    patterns: ofType('pattern'),
  };
};

const publishedIn = (facts: Facts, { events }: Entry): VersionFact[] =>
  events.flatMap((event) => {
    const [type, subject = ''] = event.split(' ');
    const ref = type === 'artifact-published' ? versionedRef(subject) : undefined;
    const fact = ref && facts.version(ref.id, ref.version);
    return fact ? [fact] : [];
  });

const isLatest = (facts: Facts, line: string, { id, version }: VersionFact): boolean =>
  facts.latest(line, id)?.version === version;

/** Each contract once, as it stands now, by the newest of its moves that is of somebody else. */
const movedIn = (
  { view, facts, line, agent, known }: Asking,
  entries: readonly Entry[],
): Moved[] => {
  const { role } = workerOf(view, agent);
  const concerns = ({ assigner, assignee, claim }: Contract): boolean =>
    [assigner, assignee, claim?.agent].includes(agent) || (role !== undefined && assignee === role);
  const found = new Map<string, Moved>();
  for (const { events, agent: by, time } of entries) {
    for (const event of events) {
      const [type = '', id = ''] = event.split(' ');
      if (!isContractEventType(type) || type === 'contract-renewed' || known.has(id)) continue;
      const contract = found.has(id) ? undefined : view.contract(id);
      if (!contract || !concerns(contract)) continue;
      const reason = facts.contracts.moves(line, id, 1)[0]?.reason;
      const { status } = contract;
      found.set(id, { id, status, by, time, ...(reason !== undefined && { reason }) });
    }
  }
  return [...found.values()];
};

/** Whether the agent's own newest work, or what it holds, stands on the version before this one, and the content is another. */
const newerOf = ({ view, facts, line, agent }: Asking, fact: VersionFact): Newer[] => {
  if (!isLatest(facts, line, fact)) return [];
  const before = view.before(fact.id, fact.version);
  const old = before === undefined ? undefined : facts.version(fact.id, before);
  if (!old || old.content === fact.content) return [];
  const used = formatRef(old.id, old.version);
  const usedBy = facts.madeFrom(used).find(({ ref, how, older }) => {
    const user = how === 'read' || older ? undefined : versionedRef(ref);
    const made = user && facts.latest(line, user.id);
    return made?.version === user?.version && made?.publisher === agent;
  });
  if (!usedBy) return [];
  const { publisher: by, time } = fact;
  return [{ ref: formatRef(fact.id, fact.version), by, time, used, usedBy: usedBy.ref }];
};
