import type { Json } from '../json.ts';
import type { Event } from '../event.ts';
import { isContractEvent } from '../event.ts';
import { splitRef } from '../names.ts';
import type { Circumstances, Step } from '../react.ts';
import type { View } from '../view.ts';
import type { Contract } from './contract.ts';
import { outputsOf } from './contract.ts';
import { refusal, seenContract } from './deliver.ts';
import { contractDependencies, isUnblocked, seenArtifact } from './dependency.ts';
import { idOfPlace, lists } from './keys.ts';
import { move } from './status.ts';
import type { ContractEvent } from './status.ts';
import { arrived } from './work.ts';

/** A contract whose required outputs have all arrived and are accepted is completed. Tested after an output, never after a claim. */
const completions: Step = (happened, view, circumstances) =>
  touched(happened, ({ type }) => type === 'contract-output').flatMap((id) => {
    const contract = view.contract(id);
    if (contract?.status !== 'in_progress' || !hasRequired(contract)) return [];
    const why = whyNotAccepted(view, contract, circumstances);
    return [why === undefined ? completion(contract) : noted(contract, why, circumstances)];
  });

export const completion = (contract: Contract): ContractEvent =>
  move(contract, 'contract-completed', { notes: undefined });

/** All required outputs are there, and there is at least one: else it is completed explicitly. */
const hasRequired = (contract: Contract): boolean => {
  const required = (contract.expectedOutputs ?? []).filter((one) => one.required);
  return required.length > 0 && required.every((one) => isMet(contract, one));
};

export const isMet = (contract: Contract, expected: Parameters<typeof arrived>[1]): boolean => {
  const output = arrived(contract, expected);
  return output !== undefined && output.refused === undefined;
};

/** Why the contract's own condition does not accept its outputs; undefined when it does. */
export const whyNotAccepted = (
  view: View,
  contract: Contract,
  { conditions }: Circumstances,
): string | undefined => {
  const { accept } = contract;
  if (accept === undefined) return undefined;
  const verdict = conditions.holds(accept, {
    ...newestSeen(view, contract),
    contract: seenContract(contract),
    outputs: seenOutputs(view, contract),
  });
  return verdict.holds ? undefined : refusal(accept, verdict.why);
};

const versionOf = (view: View, ref: string): ReturnType<View['artifact']> => {
  const { id, version } = splitRef(ref);
  return view.artifact(id, version);
};

const newestSeen = (view: View, contract: Contract): { data?: Json; artifact?: Json } => {
  const newest = outputsOf(contract).at(-1);
  const artifact = newest && versionOf(view, newest.ref);
  return artifact ? { data: artifact.data, artifact: seenArtifact(artifact) } : {};
};

/** By artifactId; by type where none is given. */
const seenOutputs = (view: View, contract: Contract): Json =>
  Object.fromEntries(
    (contract.expectedOutputs ?? []).flatMap((expected) => {
      const output = arrived(contract, expected);
      const artifact = output && versionOf(view, output.ref);
      if (!artifact) return [];
      const seen = { ...(seenArtifact(artifact) as object), data: artifact.data };
      return [[expected.artifactId ?? expected.artifactType, seen]];
    }),
  );

export const noted = (
  contract: Contract,
  text: string,
  { agent, time }: Pick<Circumstances, 'agent' | 'time'>,
  cause?: string,
): ContractEvent => {
  const note = { by: agent, time, text, ...(cause !== undefined && { cause }) };
  const notes = [...(contract.notes ?? []), note].slice(-20);
  return move(
    contract,
    'contract-noted',
    { notes },
    { reason: text, ...(cause !== undefined && { cause }) },
  );
};

/**
 * When a contract leaves `completed`, everything that was built on it waits again: upstream before downstream. A claim on it is void,
 * what was published stays. The attempt is not its own fault and is not counted.
 */
const cascades: Step = (happened, view, { agent, time }) => {
  const left = touched(
    happened,
    ({ before, contract }) => before?.status === 'completed' && contract.status !== 'completed',
  );
  const waits = new Set(left);
  // The list grows while it is walked: dependents of dependents come after them.
  for (const id of waits)
    for (const place of view.places(lists.needsContract(id))) waits.add(idOfPlace(place));
  return upstreamFirst(view, waits).flatMap((id): Event[] => {
    const contract = view.contract(id);
    if (!contract || left.includes(id)) return [];
    const because = contractDependencies(contract).find((other) => waits.has(other));
    const failed = because !== undefined && view.contract(because)?.status === 'failed';
    const text = `${because} ${failed ? 'has failed' : 'is open again'}`;
    return backToWaiting(contract, text, { agent, time });
  });
};

/** In an order in which each comes after those of them that it depends on. */
const upstreamFirst = (view: View, ids: ReadonlySet<string>): string[] => {
  const open = new Map<string, number>();
  for (const id of ids) {
    const contract = view.contract(id);
    const needs = contract ? new Set(contractDependencies(contract)) : new Set<string>();
    open.set(id, [...needs].filter((other) => ids.has(other)).length);
  }
  const sorted = [...ids].filter((id) => open.get(id) === 0);
  for (const id of sorted)
    for (const place of view.places(lists.needsContract(id))) {
      const dependent = idOfPlace(place);
      const rest = (open.get(dependent) ?? 0) - 1;
      open.set(dependent, rest);
      if (rest === 0) sorted.push(dependent);
    }
  return sorted;
};

const backToWaiting = (
  contract: Contract,
  text: string,
  { agent, time }: Pick<Circumstances, 'agent' | 'time'>,
): ContractEvent[] => {
  const { status } = contract;
  // What was given back half done was made from what is now open again.
  const changes = outputsOf(contract).length > 0 ? nextRound(contract) : {};
  if (status === 'ready') return [move(contract, 'contract-blocked', changes, { reason: text })];
  if (status !== 'in_progress' && status !== 'completed') return [];
  const reason = { by: agent, time, text };
  return [move(contract, 'contract-reset', { ...nextRound(contract), reason }, { reason: text })];
};

/** Outputs belong to their round: those of the one before are kept to be compared, older ones are in the history. */
export const nextRound = (
  contract: Contract,
): Pick<Contract, 'round'> & { claim: undefined; outputs: Contract['outputs'] } => ({
  round: contract.round + 1,
  claim: undefined,
  outputs: outputsOf(contract),
});

const looksAgain = new Set<Event['type']>([
  'contract-created',
  'contract-reopened',
  'contract-reset',
  'contract-blocked',
  'contract-released',
  'contract-attempt-failed',
  'contract-amended',
  'contract-restored',
  'contract-replayed',
]);

/** Whatever may have gained or lost what it waits for is looked at. */
const readiness: Step = (happened, view, { conditions }) => {
  const ids = new Set(touched(happened, ({ type }) => looksAgain.has(type)));
  for (const event of happened)
    for (const list of listsTouched(event, view))
      for (const place of view.places(list)) ids.add(idOfPlace(place));
  return [...ids].flatMap((id) => {
    const contract = view.contract(id);
    if (contract?.status !== 'pending' && contract?.status !== 'ready') return [];
    const ready = isUnblocked(view, contract, conditions);
    if (ready === (contract.status === 'ready')) return [];
    return [move(contract, ready ? 'contract-ready' : 'contract-blocked')];
  });
};

const listsTouched = (event: Event, view: View): string[] => {
  switch (event.type) {
    case 'artifact-published':
      return [lists.needsArtifact(event.artifact.id), lists.needsType(event.artifact.type)];
    case 'artifact-restored':
    case 'artifact-withdrawn':
      return [lists.needsArtifact(event.id), lists.needsType(view.typeOf(event.id) ?? '')];
    case 'contract-completed':
    case 'contract-restored':
    case 'contract-replayed':
    case 'contract-withdrawn':
      return [lists.needsContract(event.contract.id)];
    default:
      return [];
  }
};

const touched = (
  happened: readonly Event[],
  which: (event: ContractEvent) => boolean,
): string[] => [
  ...new Set(
    happened.flatMap((event) =>
      isContractEvent(event) && which(event) ? [event.contract.id] : [],
    ),
  ),
];

/** What follows from events without any pipeline: completions come before what pipelines do, the others after. */
export const reactions = {
  before: [completions],
  after: [cascades, readiness],
  /** Where a line goes to another state as a whole: what that state was made of has been decided already. */
  state: [readiness],
} as const;
