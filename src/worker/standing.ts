import type { Contract } from '../model/contract/contract.ts';
import { isMet } from '../model/contract/reactions.ts';
import { holderOf, remember } from '../operations/session/holder.ts';
import type { Context } from '../operations/operation.ts';
import type { Facts } from '../store/index/facts.ts';
import type { Standing } from './decide.ts';
import type { RunRecord } from './records.ts';

/** What a run's contract looks like now, and what the run did to it. */
export type Stands = Standing & {
  /** What ended its claim, where something did. */
  readonly ended: { readonly event: string; readonly reason: string | undefined } | undefined;
  readonly contract: Contract | undefined;
};

/** Moves that leave a claim in force. */
const harmless = new Set(['contract-renewed', 'contract-output', 'contract-noted']);
const ends = new Set([
  'contract-completed',
  'contract-attempt-failed',
  'contract-failed',
  'contract-released',
]);

/** How many moves a contract has made: what comes after the claim is found behind them. */
export const movesOf = (context: Context, contract: string): Promise<number> =>
  look(context, (_, facts) => facts.contracts.moves(context.line, contract).length);

const look = async <T>(
  context: Context,
  body: (contract: (id: string) => Contract | undefined, facts: Facts) => T,
): Promise<T> =>
  (await context.store()).look(context.line, (view, facts) =>
    body((id) => view.contract(id), facts),
  );

/** `moves` is how many there were when the claim had been made; undefined where that was not noted, so that nothing was started either. */
export const standingOf = async (
  context: Context,
  { agent, contract: id }: Pick<RunRecord, 'agent' | 'contract'>,
  moves: number | undefined,
): Promise<Stands> => {
  const { mark } = context.session();
  return look(context, (contractOf, facts) => {
    const contract = contractOf(id);
    const required = (contract?.expectedOutputs ?? []).filter((one) => one.required);
    const held =
      contract?.status === 'in_progress' &&
      contract.claim?.agent === agent &&
      contract.claim.session === mark;
    const since =
      held || moves === undefined ? [] : facts.contracts.moves(context.line, id).slice(moves);
    const first = since.find(({ event }) => !harmless.has(event));
    const own = first !== undefined && ends.has(first.event) && first.by === agent;
    return {
      claim: held ? 'held' : moves === undefined ? 'unclaimed' : own ? 'done' : 'void',
      missing: (contract ? required.filter((one) => !isMet(contract, one)) : []).map(
        ({ artifactType }) => artifactType,
      ),
      expects: required.length > 0,
      ended: first && { event: first.event, reason: first.reason },
      contract,
    };
  });
};

/** Makes the run's session know the token of a claim that is its own, where the supervisor was killed between the claim and its note. */
export const rememberOwn = async (context: Context, { contract }: Stands): Promise<void> => {
  if (!contract) return;
  const { tokens } = await holderOf(context);
  if (tokens.get(contract.id) !== contract.claim?.token)
    remember(context, await context.agent(), contract);
};
