import { ConcordError, invalid } from '../error.ts';
import type { Circumstances } from '../react.ts';
import { clock } from '../time.ts';
import { oneLine } from '../text.ts';
import type { View } from '../view.ts';
import { claimEvent, isHeldBy, liveName, until } from './claim.ts';
import type { Holder } from './claim.ts';
import { blockedBy, checkBudget, isClaimable, isSpent, workerOf } from './claimable.ts';
import type { Contract, Expected } from './contract.ts';
import { outputsOf } from './contract.ts';
import { contractOf } from './find.ts';
import { idOfPlace, lists } from './keys.ts';
import { allowedNow, statusWord } from './status.ts';
import type { ContractEvent } from './status.ts';

/** What a publisher says of the artifact, as far as it says it. */
export type Wanted = {
  readonly contractId?: string | undefined;
  readonly artifactId?: string | undefined;
  readonly artifactType?: string | undefined;
};

/** The contract that a publish is for. `claimed` is the claim that the same transaction makes for it. */
export type Work = {
  readonly contract: Contract;
  readonly expected: Expected | undefined;
  readonly claimed?: ContractEvent;
};

/** `work` is what the publish is for; `candidates` are contracts that it could be for, where nobody can tell which. */
export type Found = { readonly work?: Work; readonly candidates: readonly string[] };

/** The expected output that is meant: the one of this id, else the only one that may have any id. */
export const expectedBy = (
  contract: Contract,
  { artifactId, artifactType }: Wanted,
): Expected | undefined => {
  const all = artifactId === undefined && artifactType === undefined;
  // What a completed contract has is not made anew for it.
  const onlyOpen = all || contract.status === 'completed';
  const candidates = (onlyOpen ? openOutputs(contract) : (contract.expectedOutputs ?? [])).filter(
    (one) => artifactType === undefined || one.artifactType === artifactType,
  );
  if (artifactId === undefined) return candidates.length === 1 ? candidates[0] : undefined;
  const exact = candidates.find((one) => one.artifactId === artifactId);
  const loose = candidates.filter((one) => one.artifactId === undefined);
  return exact ?? (loose.length === 1 ? loose[0] : undefined);
};

/** Expected outputs of which this round has no accepted version. */
export const openOutputs = (contract: Contract): Expected[] =>
  (contract.expectedOutputs ?? []).filter(
    (expected) =>
      !arrived(contract, expected) || arrived(contract, expected)?.refused !== undefined,
  );

/** The newest output of this round that an expected one is met by. */
export const arrived = (
  contract: Contract,
  { artifactId, artifactType }: Expected,
): ReturnType<typeof outputsOf>[number] | undefined =>
  outputsOf(contract).findLast(
    ({ ref, type }) =>
      type === artifactType && (artifactId === undefined || ref.startsWith(`${artifactId}@`)),
  );

/** Which contract a publish is for: the one it names, the one held that expects it, or the only one ready for this agent that does. */
export const findWork = (
  view: View,
  wanted: Wanted,
  holder: Holder,
  circumstances: Circumstances,
): Found => {
  if (wanted.contractId !== undefined)
    return {
      work: named(view, contractOf(view, wanted.contractId), wanted, holder, circumstances),
      candidates: [],
    };
  const remembered = [...holder.tokens.keys()].flatMap((id) => view.contract(id) ?? []);
  const held = remembered.filter((contract) => isGood(view, contract, holder, circumstances));
  const every = held.filter((contract) => expectedBy(contract, wanted));
  const inHand = every.filter(({ status }) => status === 'in_progress');
  // What is still to come for a completed contract stands behind the work in hand.
  const expecting = inHand.length > 0 ? inHand : every;
  if (expecting.length > 1) throw ambiguous(expecting);
  if (expecting[0]) return { work: workOn(expecting[0], wanted), candidates: [] };
  const lost = remembered.find(
    (contract) =>
      !held.includes(contract) && isLost(contract, holder) && mayExpect(contract, wanted),
  );
  if (lost) throw claimLost(lost);
  const working = held.filter(({ status }) => status === 'in_progress');
  if (working[0] && working.length === 1)
    return { work: workOn(working[0], wanted), candidates: [] };
  const found =
    working.length > 0 ? { candidates: [] } : unclaimed(view, wanted, holder, circumstances);
  if (found.work || found.candidates.length > 0 || working.length > 0) return found;
  const elsewhere = heldElsewhere(view, wanted, circumstances);
  if (elsewhere?.claim) throw heldBySameName(elsewhere, elsewhere.claim);
  return found;
};

/** What another session of the same name holds, and what this could be for: nobody publishes past it without a word. */
const heldElsewhere = (
  view: View,
  wanted: Wanted,
  { agent }: Circumstances,
): Contract | undefined => {
  for (const place of view.places(lists.held(agent))) {
    const contract = view.contract(idOfPlace(place));
    if (contract && mayExpect(contract, wanted)) return contract;
  }
  return undefined;
};

const heldBySameName = ({ id }: Contract, claim: NonNullable<Contract['claim']>): ConcordError =>
  new ConcordError(
    'CLAIM_HELD',
    `Another session of your name, ${liveName(claim)}, holds ${id} ${until(claim)}, which expects this; nothing was published.`,
    {
      hint: 'takeover takes the contract back, if that session is gone.',
      next: { operation: 'contract_claim', input: { contractId: id, takeover: true } },
    },
  );

/** Whether it could be meant at all: what is not said exactly is no way around a lost claim. */
const mayExpect = (contract: Contract, { artifactId, artifactType }: Wanted): boolean =>
  (contract.expectedOutputs ?? []).some(
    (one) =>
      (artifactType === undefined || one.artifactType === artifactType) &&
      (artifactId === undefined || one.artifactId === undefined || one.artifactId === artifactId),
  );

const workOn = (contract: Contract, wanted: Wanted): Work => ({
  contract,
  expected: expectedBy(contract, wanted),
});

/** A remembered claim of a contract that went on without the session; what it completed itself is not lost. */
const isLost = ({ id, status, claim: of }: Contract, { tokens }: Holder): boolean =>
  status !== 'completed' || of?.token !== tokens.get(id);

const named = (
  view: View,
  contract: Contract,
  wanted: Wanted,
  holder: Holder,
  circumstances: Circumstances,
): Work => {
  const { agent, time, conditions } = circumstances;
  if (isGood(view, contract, holder, circumstances)) return workOn(contract, wanted);
  const { id, status, claim: of } = contract;
  const worker = workerOf(view, agent);
  const free = isClaimable(view, contract, worker, time);
  if (holder.tokens.has(id) && isLost(contract, holder)) throw claimLost(contract);
  if (free && isSpent(contract, time)) throw attemptsUsedUp(contract);
  if (free) {
    if (expectedBy(contract, wanted))
      return claiming(view, contract, wanted, holder, circumstances);
    throw invalid(
      'artifactType',
      `one that ${id} expects (${expectations(contract)})`,
      said(wanted),
    );
  }
  checkBudget(view, contract, worker, time);
  if (status === 'in_progress' && of)
    throw new ConcordError(
      'CLAIM_HELD',
      `${liveName(of)} holds ${id} ${until(of)}; nothing was published.`,
      {
        hint: 'Publish without contractId what is not made for it, or tell its holder.',
        next: { operation: 'message_send', input: { to: id, text: '...' } },
      },
    );
  if (status === 'pending' || status === 'ready')
    throw new ConcordError('NOT_READY', `${id} cannot be worked on yet; nothing was published.`, {
      hint: `Waits for: ${blockedBy(view, contract, conditions, time, worker).join('; ')}.`,
      next: { operation: 'contract_get', input: { contractId: id } },
    });
  throw new ConcordError('NOT_ALLOWED', `${id} is ${statusWord(status)}; nothing was published.`, {
    hint: `${allowedNow(status)} Without contractId the artifact can be published all the same.`,
    next: { operation: 'contract_get', input: { contractId: id } },
  });
};

const attemptsUsedUp = ({ id, claim: of }: Contract): ConcordError =>
  new ConcordError(
    'NOT_ALLOWED',
    `${of?.agent} let ${id} run out, and all its attempts are used up; nothing was published.`,
    {
      hint: 'Its assigner or the lead can reopen it. Without contractId the artifact can be published all the same.',
      next: { operation: 'contract_get', input: { contractId: id } },
    },
  );

const said = ({ artifactType, artifactId }: Wanted): string =>
  [artifactType, artifactId].filter((text) => text !== undefined).join(' ') || 'nothing';

export const expectations = ({ expectedOutputs = [] }: Contract): string =>
  expectedOutputs
    .map(({ artifactType, artifactId }) =>
      artifactId === undefined ? artifactType : `${artifactType} ${artifactId}`,
    )
    .join(', ') || 'nothing';

/** Held, or completed by this very claim and still open for more of its outputs: until its lease ends or a dependent is claimed. */
const isGood = (
  view: View,
  contract: Contract,
  holder: Holder,
  { time }: Circumstances,
): boolean => {
  if (isHeldBy(contract, holder)) return true;
  const { id, status, claim: of } = contract;
  if (status !== 'completed' || !of || holder.tokens.get(id) !== of.token) return false;
  if (of.expires !== undefined && of.expires <= time) return false;
  if (openOutputs(contract).length === 0) return false;
  for (const place of view.places(lists.needsContract(id))) {
    const dependent = view.contract(idOfPlace(place));
    if (dependent?.status === 'in_progress' || dependent?.status === 'completed') return false;
  }
  return true;
};

/** For an agent that holds nothing: what is assigned to it by name and expects just this is claimed on the way. */
const unclaimed = (
  view: View,
  wanted: Wanted,
  holder: Holder,
  circumstances: Circumstances,
): Found => {
  const { agent, time } = circumstances;
  const fitting: Contract[] = [];
  const { artifactType: type } = wanted;
  for (const place of view.places(
    type === undefined ? lists.ready(agent) : lists.readyFor(agent, type),
  )) {
    const contract = view.contract(idOfPlace(place));
    if (!contract || !isClaimable(view, contract, workerOf(view, agent), time)) continue;
    if (expectedBy(contract, wanted)) fitting.push(contract);
    if (fitting.length > 5) break;
  }
  const [only, other] = fitting;
  if (only && !other)
    return { work: claiming(view, only, wanted, holder, circumstances), candidates: [] };
  return { candidates: fitting.map(({ id }) => id) };
};

const claiming = (
  view: View,
  contract: Contract,
  wanted: Wanted,
  holder: Holder,
  circumstances: Circumstances,
): Work => {
  const again = contract.status === 'in_progress';
  const claimed = claimEvent(view, contract, holder, circumstances, again);
  return { ...workOn(claimed.contract, wanted), claimed };
};

const ambiguous = (contracts: readonly Contract[]): ConcordError =>
  invalid(
    'contractId',
    `given: you hold ${contracts.map(({ id }) => id).join(' and ')}, and both expect this`,
    'nothing',
  );

/** Who believes to hold a contract, and does not any more, is told why and by whom it is held now. */
export const claimLost = (contract: Contract): ConcordError => {
  const { id, status, claim: of, reason } = contract;
  const fact =
    status === 'in_progress' && of
      ? `${liveName(of)} took it at ${clock(of.since)} and holds it ${until(of)}.`
      : `It is ${statusWord(status)} now${reason ? `, ${clock(reason.time)} by ${reason.by}:\n| ${oneLine(reason.text, 300)}` : '.'}`;
  return new ConcordError('CLAIM_LOST', `${id} is not yours any more; nothing was changed.`, {
    hint: `${fact}\nYour files are untouched, and what you published earlier stays readable.`,
    next:
      status === 'in_progress'
        ? { operation: 'message_send', input: { to: id, text: 'I have ... on branch ...' } }
        : { operation: 'contract_claim', input: {} },
  });
};
