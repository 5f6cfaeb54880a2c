import { publish } from '../artifact.ts';
import type { PublishRequest, Types } from '../artifact.ts';
import { invalid } from '../error.ts';
import type { Event, Published } from '../event.ts';
import type { Json } from '../json.ts';
import { formatRef, splitRef } from '../names.ts';
import type { Circumstances } from '../react.ts';
import { oneLine } from '../text.ts';
import type { View } from '../view.ts';
import { renewal } from './claim.ts';
import type { Holder } from './claim.ts';
import type { Contract, Expected, Output } from './contract.ts';
import { seenArtifact } from './dependency.ts';
import { move } from './status.ts';
import type { ContractEvent } from './status.ts';
import { expectations, findWork, openOutputs } from './work.ts';
import type { Work } from './work.ts';

/** A publish, perhaps under a claim: then id and type may be left out where one expected output is open. */
export type Delivery = Omit<PublishRequest, 'id' | 'agent' | 'time'> & {
  readonly id?: string;
  readonly holder: Holder;
};

export type Delivered = {
  readonly events: readonly Event[];
  /** The contract it was published for. */
  readonly contract?: string;
  /** The token, where the contract was claimed on the way. */
  readonly claimed?: ContractEvent;
  /** Ready contracts that expect it: which one is meant could not be told. */
  readonly candidates: readonly string[];
};

/** Publishes, and records the version for the contract that it is made for. */
export const deliver = (
  view: View,
  delivery: Delivery,
  types: Types,
  circumstances: Circumstances,
): Delivered => {
  const { agent, time } = circumstances;
  const wanted = {
    contractId: delivery.contract,
    artifactId: delivery.id,
    artifactType:
      delivery.type ?? (delivery.id === undefined ? undefined : view.typeOf(delivery.id)),
  };
  const { work, candidates } = findWork(view, wanted, delivery.holder, circumstances);
  const type = delivery.type ?? work?.expected?.artifactType;
  const events = publish(
    view,
    {
      ...delivery,
      agent,
      time,
      id: delivery.id ?? idFor(work, candidates),
      ...(type !== undefined && { type }),
      ...(work && { contract: work.contract.id, pinned: work.contract.claim?.inputs ?? [] }),
    },
    types,
  );
  if (!work) return { events, candidates };
  return {
    events: [
      ...events.filter(({ type }) => type === 'agent-registered'),
      ...(work.claimed ? [work.claimed] : []),
      ...events.filter(({ type }) => type !== 'agent-registered'),
      ...recorded(work, events, circumstances),
    ],
    contract: work.contract.id,
    ...(work.claimed && { claimed: work.claimed }),
    candidates,
  };
};

/** The id of an output that was given none: the expected one, the one it had before, or one made from the contract's. */
const idFor = (work: Work | undefined, candidates: readonly string[]): string => {
  const expected = work?.expected;
  if (work && expected) return expected.artifactId ?? usualId(work.contract, expected);
  const open = work ? openOutputs(work.contract) : [];
  if (candidates.length > 0)
    throw invalid('artifactId', 'given', 'nothing', {
      hint: `You hold nothing, and it could be for ${candidates.join(' or ')}: claim the one that is meant, or name it with contractId.`,
      next: { operation: 'contract_claim', input: { contractId: candidates[0] } },
    });
  throw invalid('artifactId', 'given', 'nothing', {
    ...(work && {
      hint:
        open.length === 0
          ? `${work.contract.id} has all its outputs already.`
          : `${work.contract.id} expects ${expectations(work.contract)}: artifactType or artifactId tells which.`,
    }),
  });
};

export const usualId = (
  { id, outputs = [] }: Contract,
  { artifactId, artifactType }: Expected,
): string => {
  const before = outputs.findLast(({ type }) => type === artifactType);
  return artifactId ?? (before ? splitRef(before.ref).id : `${id}/${artifactType}`);
};

const recorded = (work: Work, events: readonly Event[], circumstances: Circumstances): Event[] => {
  const renewed = work.claimed ? [] : renewal(work.contract, circumstances);
  const contract =
    renewed.flatMap((event) => ('contract' in event ? [event.contract] : []))[0] ?? work.contract;
  if (!work.expected) return [...renewed];
  const published = events.find((event) => event.type === 'artifact-published');
  if (!published) return [...renewed];
  const output = outputOf(contract, work.expected, published, circumstances);
  return [...renewed, outputEvent(contract, output)];
};

/** The version as an output of the contract, with the reason why it does not count if it is not accepted. */
export const outputOf = (
  contract: Contract,
  { accept }: Expected,
  { artifact }: Pick<Published, 'artifact'>,
  { conditions }: Circumstances,
): Output => {
  const { id, version, type, data } = artifact;
  const output = { ref: formatRef(id, version), type, round: contract.round };
  if (accept === undefined) return output;
  const verdict = conditions.holds(accept, {
    data,
    artifact: seenArtifact(artifact),
    contract: seenContract(contract),
  });
  return verdict.holds ? output : { ...output, refused: refusal(accept, verdict.why) };
};

export const refusal = (accept: string, why: string | undefined): string =>
  why === undefined
    ? `not accepted: ${oneLine(accept, 200)} does not hold`
    : `${unevaluated}${oneLine(accept, 200)}: ${oneLine(why, 300)}`;

/** How a reason begins that is the condition's fault, not the output's. */
export const unevaluated = 'cannot be evaluated: ';

export const outputEvent = (contract: Contract, output: Output): ContractEvent => {
  const { outputs = [], round } = contract;
  const { id } = splitRef(output.ref);
  const kept = outputs.filter(
    (other) =>
      other.round === round - 1 || (other.round === round && splitRef(other.ref).id !== id),
  );
  return move(
    contract,
    'contract-output',
    { outputs: [...kept, output] },
    { cause: output.ref, ...(output.refused !== undefined && { reason: output.refused }) },
  );
};

/** What a condition sees of a contract. */
export const seenContract = (contract: Contract): Json => ({
  id: contract.id,
  assigner: contract.assigner,
  attempt: contract.attempt,
  round: contract.round,
  priority: contract.priority ?? 0,
  params: contract.inputs?.params ?? {},
  ...(contract.title !== undefined && { title: contract.title }),
  ...(contract.assignee !== undefined && { assignee: contract.assignee }),
});
