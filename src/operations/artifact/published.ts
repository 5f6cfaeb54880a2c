import type { Delivered } from '../../model/contract/deliver.ts';
import { openOutputs } from '../../model/contract/work.ts';
import { ConcordError } from '../../model/error.ts';
import type { VersionFact } from '../../model/lineage.ts';
import { formatRef, splitRef } from '../../model/names.ts';
import { causesOf } from '../../model/stale.ts';
import { FactsGraph } from '../../store/index/facts-graph.ts';
import type { Facts } from '../../store/index/facts.ts';
import { pathOf } from '../../store/layout.ts';
import type { Store } from '../../store/store.ts';
import type { Committed } from '../../store/prepare.ts';

export type PublishOutput = {
  readonly id: string;
  readonly version: number;
  readonly ref: string;
  readonly type: string;
  readonly commit: string;
  readonly line: string;
  readonly path: string;
  readonly events: readonly string[];
  readonly derivedFrom: readonly string[];
  /** Those of derivedFrom that were not declared, but seen being read. */
  readonly read: readonly string[];
  /** Latest versions that this one puts out of date. */
  readonly outdated: readonly string[];
  /** Whether something was made from these in turn. */
  readonly outdatedFurther: boolean;
  /** Why this version is out of date from its first moment: an input has a newer version, or is out of date itself. */
  readonly behind: readonly string[];
  /** Inputs of the version before of which this one names no version. */
  readonly dropped: readonly string[];
  /** The contract it was published for. */
  readonly contract: ForContract | null;
  /** Contracts that this made ready. */
  readonly ready: readonly { readonly id: string; readonly assignee: string | null }[];
  /** What pipelines, and what they touched, made of it. */
  readonly followed: readonly {
    readonly event: string;
    readonly id: string;
    readonly reason?: string;
  }[];
  /** Ready contracts that it could be for, where it could not be told which. */
  readonly candidates: readonly string[];
  /** The call was made before; nothing new was written. */
  readonly repeated?: true;
};

export type ForContract = {
  readonly id: string;
  readonly status: string;
  /** The publish claimed it on the way. */
  readonly claimed: boolean;
  /** It is one of the expected outputs. */
  readonly counts: boolean;
  /** Why it does not count; null when it does. */
  readonly refused: string | null;
  /** Why the contract is not completed though everything is there. */
  readonly notes: readonly string[];
  /** Required outputs that are still open. */
  readonly missing: readonly string[];
};

/** The reply is made from the commit, so that a repeated call gets the same one. */
export const outputOf = async (
  store: Store,
  line: string,
  committed: Committed<Delivered>,
): Promise<PublishOutput> => {
  const ref =
    committed.events.find((event) => event.startsWith('artifact-published '))?.split(' ')[1] ?? '';
  const { id, version } = splitRef(ref);
  return store.read(line, (facts) => {
    const fact = facts.version(id, version);
    const graph = new FactsGraph(facts, line);
    if (!fact) throw new ConcordError('INTERNAL', `${ref} was published but is not in the index.`);
    return {
      id,
      version,
      ref,
      type: fact.type,
      commit: fact.commit,
      line,
      path: pathOf('artifact', id),
      events: committed.events,
      derivedFrom: fact.derivedFrom.map((edge) => edge.ref),
      read: fact.derivedFrom.filter(({ how }) => how === 'read').map((edge) => edge.ref),
      ...outdatedBy(graph, id, version),
      behind: behindOf(graph, fact),
      contract: forContract(facts, line, fact, committed.events),
      ready: subjectsOf(committed.events, 'contract-ready').map((made) => ({
        id: made,
        assignee: facts.contracts.get(line, made)?.assignee ?? null,
      })),
      followed: followedBy(facts, line, fact.commit, committed.events),
      candidates: committed.result?.candidates ?? [],
      dropped: droppedBy(graph, fact),
      ...(committed.repeated && { repeated: true as const }),
    };
  });
};

const subjectsOf = (events: readonly string[], type: string): string[] =>
  events.flatMap((event) => (event.startsWith(`${type} `) ? [event.slice(type.length + 1)] : []));

const consequences = new Set([
  'contract-created',
  'contract-reopened',
  'contract-reset',
  'contract-failed',
  'contract-cancelled',
]);

const followedBy = (
  facts: Facts,
  line: string,
  commit: string,
  events: readonly string[],
): PublishOutput['followed'] =>
  events.flatMap((text) => {
    const [event = '', id = ''] = text.split(' ');
    if (!consequences.has(event)) return [];
    const move = facts.contracts
      .moves(line, id, 5)
      .findLast((one) => one.commit === commit && one.event === event);
    return [{ event, id, ...(move?.reason !== undefined && { reason: move.reason }) }];
  });

const forContract = (
  facts: Facts,
  line: string,
  { contract: id, id: artifactId, version }: VersionFact,
  events: readonly string[],
): ForContract | null => {
  const contract = id === undefined ? undefined : facts.contracts.get(line, id);
  if (!contract) return null;
  const ref = formatRef(artifactId, version);
  const output = contract.outputs?.find((one) => one.ref === ref);
  const completed = subjectsOf(events, 'contract-completed').includes(contract.id);
  const open = openOutputs(contract).filter(({ required }) => required);
  return {
    id: contract.id,
    status: completed ? 'completed' : contract.status,
    claimed: subjectsOf(events, 'contract-claimed').includes(contract.id),
    counts: output !== undefined,
    refused: output?.refused ?? null,
    notes: subjectsOf(events, 'contract-noted').includes(contract.id)
      ? (contract.notes ?? []).slice(-1).map(({ text }) => text)
      : [],
    missing: open.map(({ artifactType, artifactId: named }) => named ?? artifactType),
  };
};

/** What was made from the version before and is still the latest of its kind. */
const outdatedBy = (
  graph: FactsGraph,
  id: string,
  version: number,
): Pick<PublishOutput, 'outdated' | 'outdatedFurther'> => {
  const before = graph.before(id, version);
  const outdated = (before ? graph.madeFrom(formatRef(id, before.version)) : []).flatMap(
    ({ ref }) => {
      const child = graph.version(ref);
      const current = child && graph.latest(child.id)?.version === child.version && child.id !== id;
      return current &&
        causesOf(graph, child, false).some((cause) => cause.newer === formatRef(id, version))
        ? [ref]
        : [];
    },
  );
  return { outdated, outdatedFurther: outdated.some((ref) => graph.madeFrom(ref).length > 0) };
};

const behindOf = (graph: FactsGraph, fact: VersionFact): string[] => [
  ...causesOf(graph, fact, false).map(
    ({ derivedFrom, newer }) => `made from ${derivedFrom}, and ${newer} is newer`,
  ),
  ...declaredOf(fact).flatMap((ref) => {
    const source = graph.version(ref);
    const cause =
      source && graph.latest(source.id)?.version === source.version
        ? causesOf(graph, source, false)[0]
        : undefined;
    return cause
      ? [
          `${ref} is out of date itself: made from ${cause.derivedFrom}, and ${cause.newer} is newer`,
        ]
      : [];
  }),
];

const declaredOf = ({ derivedFrom }: VersionFact): string[] =>
  derivedFrom.flatMap(({ ref, how }) => (how === 'read' ? [] : [ref]));

const droppedBy = (graph: FactsGraph, fact: VersionFact): string[] => {
  const before = graph.before(fact.id, fact.version);
  const named = new Set(fact.derivedFrom.map(({ ref }) => splitRef(ref).id));
  return before
    ? declaredOf(before).filter(
        (ref) => !named.has(splitRef(ref).id) && splitRef(ref).id !== fact.id,
      )
    : [];
};
