import { registration } from '../agent.ts';
import { ConcordError, invalid } from '../error.ts';
import type { Event } from '../event.ts';
import { formatRef, parseRef } from '../names.ts';
import type { Circumstances } from '../react.ts';
import { addSeconds } from '../time.ts';
import type { View } from '../view.ts';
import { claimEvent, renewal } from './claim.ts';
import type { Holder } from './claim.ts';
import { checkBudget, isClaimable, workerOf } from './claimable.ts';
import type { Contract, Reason } from './contract.ts';
import { isOpen } from './contract.ts';
import { outputEvent, outputOf } from './deliver.ts';
import { contractOf } from './find.ts';
import { completion, isMet, nextRound, noted, whyNotAccepted } from './reactions.ts';
import { checkHolder, isOwner } from './rights.ts';
import { move } from './status.ts';
import { expectedBy, expectations } from './work.ts';

export type UpdateRequest = {
  readonly contractId: string;
  readonly reason?: string | undefined;
  readonly holder: Holder;
  /** For complete: versions that this agent published, to be counted as outputs. */
  readonly outputs?: readonly string[] | undefined;
};

export type Update = (
  view: View,
  request: UpdateRequest,
  circumstances: Circumstances,
) => readonly Event[];

/** Gives it back: it is ready for the next, as it stands. */
export const release: Update = (view, { contractId, reason, holder }, circumstances) => {
  const contract = contractOf(view, contractId);
  checkHolder(contract, holder, 'contract-released', circumstances);
  const { agent, time } = circumstances;
  const text = reason?.trim() ? needed(reason, 'release') : undefined;
  const note = text === undefined ? [] : [{ by: agent, time, text }];
  return [
    move(
      contract,
      'contract-released',
      { claim: undefined, notes: [...(contract.notes ?? []), ...note].slice(-20) },
      text === undefined ? {} : { reason: text },
    ),
  ];
};

export const renew: Update = (view, { contractId, holder }, circumstances) => {
  const contract = contractOf(view, contractId);
  checkHolder(contract, holder, 'contract-renewed', circumstances);
  return renewal(contract, circumstances, true);
};

/**
 * A clean end of the holder's session: the lease ends now, and whoever takes it is told where the work stands. A claim that does not run
 * out is a person's, who comes back to it: it stays.
 */
export const park: Update = (view, { contractId, reason, holder }, circumstances) => {
  const contract = contractOf(view, contractId);
  checkHolder(contract, holder, 'contract-parked', circumstances);
  const text = needed(reason, 'park');
  const { claim: of } = contract;
  if (!of?.expires || of.parked?.text === text) return [];
  const claim = { ...of, expires: circumstances.time, parked: { text } };
  return [move(contract, 'contract-parked', { claim }, { reason: text })];
};

/** Seconds before the next attempt: half a minute, doubled with each, at most an hour. */
export const backOff = (attempt: number): number => Math.min(3600, 30 * 2 ** (attempt - 1));

/** This attempt has failed: the next one may begin after its back-off, or there is none left. */
export const fail: Update = (view, { contractId, reason, holder }, circumstances) => {
  const contract = contractOf(view, contractId);
  checkHolder(contract, holder, 'contract-attempt-failed', circumstances);
  const text = needed(reason, 'fail');
  const { attempt, maxAttempts } = contract;
  const { agent, time } = circumstances;
  const changes = { ...nextRound(contract), reason: { by: agent, time, text } };
  return attempt >= maxAttempts
    ? [move(contract, 'contract-failed', changes, { reason: text })]
    : [
        move(
          contract,
          'contract-attempt-failed',
          {
            ...changes,
            attempt: attempt + 1,
            notBefore: addSeconds(time, backOff(attempt)),
          },
          { reason: text },
        ),
      ];
};

/** Checked as the automatic completion is. One that expects nothing may be completed by whoever may take it, in one step. */
export const complete: Update = (view, request, circumstances) => {
  const found = contractOf(view, request.contractId);
  const { agent, time } = circumstances;
  const free =
    found.status === 'ready' &&
    !request.holder.tokens.has(found.id) &&
    isClaimable(view, found, workerOf(view, agent), time);
  const claimed = free ? [claimEvent(view, found, request.holder, circumstances, false)] : [];
  if (!free && !request.holder.tokens.has(found.id))
    checkBudget(view, found, workerOf(view, agent), time);
  if (!free) checkHolder(found, request.holder, 'contract-completed', circumstances);
  let contract = claimed[0]?.contract ?? found;
  const events: Event[] = [...registration(view, agent, time), ...claimed];
  for (const ref of request.outputs ?? []) {
    const event = counted(view, contract, ref, circumstances);
    events.push(event);
    contract = event.contract;
  }
  checkComplete(view, contract, circumstances);
  return [...events, completion(contract)];
};

/** A version that this agent published since the contract was created, as an output of it. */
const counted = (
  view: View,
  contract: Contract,
  text: string,
  circumstances: Circumstances,
): ReturnType<typeof outputEvent> => {
  const { id, version = view.latest(id)?.version ?? 0 } = parseRef(text, 'outputs');
  const artifact = view.has(id, version) ? view.artifact(id, version) : undefined;
  const own = artifact?.publisher === circumstances.agent && artifact.time >= contract.created;
  const expected =
    artifact && expectedBy(contract, { artifactId: id, artifactType: artifact.type });
  if (artifact && own && expected)
    return outputEvent(contract, outputOf(contract, expected, { artifact }, circumstances));
  const why = !artifact
    ? 'no version on this line'
    : own
      ? `${artifact.type}, and ${contract.id} expects ${expectations(contract)}`
      : `published by ${artifact.publisher}`;
  throw invalid(
    'outputs',
    'versions you published since the contract was created, of types it expects',
    `${formatRef(id, version)}, ${why}`,
  );
};

const checkComplete = (view: View, contract: Contract, circumstances: Circumstances): void => {
  const { id, expectedOutputs = [] } = contract;
  const open = expectedOutputs.filter((one) => one.required && !isMet(contract, one));
  const why = open.length === 0 ? whyNotAccepted(view, contract, circumstances) : undefined;
  if (open.length === 0 && why === undefined) return;
  const missing = open.map(({ artifactType, artifactId }) =>
    artifactId === undefined ? artifactType : `${artifactId} (${artifactType})`,
  );
  throw new ConcordError(
    'NOT_READY',
    why === undefined
      ? `${id} is not complete: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing; nothing was changed.`
      : `${id} is not complete: ${why}; nothing was changed.`,
    {
      hint: 'Publish what is missing; the contract is completed by it.',
      next: { operation: 'contract_get', input: { contractId: id } },
    },
  );
};

/**
 * Back to work. On a contract that is open it is only noted. The assigner and the lead begin at attempt 1; for others it is the next
 * attempt, and where all are used up the contract has failed: only the assigner and the lead can grant more.
 */
export const reopen: Update = (view, { contractId, reason }, circumstances) => {
  const contract = contractOf(view, contractId);
  const text = needed(reason, 'reopen');
  const { agent, time } = circumstances;
  const events = registration(view, agent, time);
  const owner = isOwner(view, contract, agent);
  if (isOpen(contract) || (contract.status === 'failed' && !owner))
    return [...events, noted(contract, text, circumstances)];
  const because: Reason = { by: agent, time, text };
  const attempt = owner ? 1 : contract.attempt + 1;
  // What is reopened by hand begins anew, also for pipelines.
  const changes = {
    ...nextRound(contract),
    reason: because,
    notBefore: undefined,
    healing: undefined,
  };
  if (attempt > contract.maxAttempts && contract.status === 'completed')
    return [...events, move(contract, 'contract-failed', changes, { reason: text })];
  return [
    ...events,
    move(contract, 'contract-reopened', { ...changes, attempt }, { reason: text }),
  ];
};

export const needed = (reason: string | undefined, action: string): string => {
  const text = reason?.trim() ?? '';
  if (text.length > 1000) throw invalid('reason', 'at most 1000 characters', String(text.length));
  if (text !== '') return text;
  throw invalid('reason', `given: to ${action} needs one`, 'nothing');
};
