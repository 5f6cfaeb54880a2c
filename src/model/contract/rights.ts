import { ConcordError } from '../error.ts';
import type { Circumstances } from '../react.ts';
import type { View } from '../view.ts';
import { isHeldBy, liveName, until } from './claim.ts';
import type { Holder } from './claim.ts';
import type { Contract } from './contract.ts';
import { move } from './status.ts';
import type { ContractEventType } from './status.ts';
import { claimLost } from './work.ts';

/** Who gave it, or the team's lead: may do what the others may not. */
export const isOwner = (view: View, { assigner }: Contract, agent: string): boolean =>
  agent === assigner || agent === view.settings()?.lead;

export const checkOwner = (
  view: View,
  contract: Contract,
  agent: string,
  participle: string,
): void => {
  if (isOwner(view, contract, agent)) return;
  const { lead } = view.settings() ?? {};
  const { id, assigner } = contract;
  const or = lead === undefined || lead === assigner ? '' : ` or the lead, ${lead}`;
  throw new ConcordError(
    'NOT_ALLOWED',
    `${id} can be ${participle} by its assigner, ${assigner}${or}, not by ${agent}; nothing was changed.`,
    {
      hint: 'Tell the assigner what you found.',
      next: { operation: 'message_send', input: { to: assigner, text: `About ${id}: ...` } },
    },
  );
};

/** Only the session that holds the claim may go on; everybody else is told who holds it. `type` is what it wants to do. */
export const checkHolder = (
  contract: Contract,
  holder: Holder,
  type: ContractEventType,
  { agent }: Pick<Circumstances, 'agent'>,
): void => {
  if (isHeldBy(contract, holder)) return;
  const { id, status, claim } = contract;
  const isOwn = claim !== undefined && claim.token === holder.tokens.get(id);
  if (holder.tokens.has(id) && !isOwn) throw claimLost(contract);
  // Refuses what the status does not allow to anybody.
  move(contract, type);
  if (status !== 'in_progress' || !claim) return;
  const own = claim.agent === agent;
  throw new ConcordError(
    'CLAIM_HELD',
    `${own ? `Another session of your name, ${liveName(claim)},` : liveName(claim)} holds ${id} ${until(claim)}; nothing was changed.`,
    {
      hint: own
        ? 'takeover takes it back, if that session is gone.'
        : 'Only its holder can do this. Its assigner can cancel it.',
      next: own
        ? { operation: 'contract_claim', input: { contractId: id, takeover: true } }
        : { operation: 'contract_get', input: { contractId: id } },
    },
  );
};
