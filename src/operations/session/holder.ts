import type { Holder } from '../../model/contract/claim.ts';
import type { Contract } from '../../model/contract/contract.ts';
import type { Context } from '../operation.ts';
import type { HeldClaim } from './session.ts';

/** The calling session as the rules know it, with the tokens it remembers: what it holds itself. */
export const holderOf = async (context: Context): Promise<Holder> => {
  const agent = await context.agent();
  const session = context.session();
  if (context.line === 'main') await moveToMain(context, session.claims());
  const tokens = new Map(
    session
      .claims()
      .filter((claim) => claim.agent === agent && claim.line === context.line)
      .map(({ contract, token }) => [contract, token]),
  );
  return { session: session.mark, person: context.person(), tokens };
};

/** Claims that were made on a replay go on as main's, once main has taken it over. */
const moveToMain = async (context: Context, claims: readonly HeldClaim[]): Promise<void> => {
  const elsewhere = claims.filter(({ line }) => line !== 'main');
  if (elsewhere.length === 0) return;
  const store = await context.store();
  const adopted = await store.read('main', (facts) =>
    elsewhere.filter(({ line }) => facts.lines.closing(line)?.how === 'adopted'),
  );
  const session = context.session();
  for (const claim of adopted) {
    session.forget(claim);
    session.remember({ ...claim, line: 'main' });
  }
};

/**
 * The same for work that goes on: with a token that the caller presents itself, and with the claim that another session of the agent left
 * behind. Who asks for new work gets a claim of its own instead.
 */
export const workerOf = async (
  context: Context,
  given?: { readonly contractId: string; readonly token: string | undefined },
): Promise<Holder> => {
  const holder = await holderOf(context);
  const tokens = new Map(holder.tokens);
  for (const { contract, token } of left(context, await context.agent())) {
    if (!tokens.has(contract)) tokens.set(contract, token);
  }
  if (given?.token !== undefined) tokens.set(given.contractId, given.token);
  return { ...holder, tokens };
};

/** The one claim of the same agent that another session left alone for longer than its lease: it may be gone on with. */
const left = (
  context: Context,
  agent: string,
): readonly { readonly contract: string; readonly token: string }[] => {
  const others = context.elsewhere(agent);
  const [only, second] = others;
  const alone = only && !second && only.lease > 0 && Date.now() - only.used > only.lease * 1000;
  return alone ? [only] : [];
};

/** What the session has to know of a contract after a call: that it holds it, or that it is done with it. */
export const remember = (context: Context, agent: string, contract: Contract): void => {
  const { id, claim, status, leaseSeconds } = contract;
  const session = context.session();
  const key = { line: context.line, agent, contract: id };
  const holds = status === 'in_progress' || (status === 'completed' && hasOpen(contract));
  if (claim?.agent === agent && claim.session === session.mark && holds)
    session.remember({
      ...key,
      token: claim.token,
      lease: claim.expires === undefined ? 0 : leaseSeconds,
      // Whoever parked it and comes back renews it by the next call.
      renewed: claim.parked ? new Date(0).toISOString() : claim.renewed,
    });
  else session.forget(key);
};

/** An optional output may still come. */
const hasOpen = ({ expectedOutputs = [] }: Contract): boolean =>
  expectedOutputs.some(({ required }) => !required);
