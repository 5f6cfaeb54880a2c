import { isDue, isHeldBy, renewal } from '../../model/contract/claim.ts';
import { holderOf, remember } from './holder.ts';
import { heldUntilCall } from './held.ts';
import type { Context } from '../operation.ts';
import type { Delivered, HeldClaim } from './session.ts';
import type { Cursor } from '../../store/cursor.ts';
import type { Store } from '../../store/store.ts';

/**
 * What every call does for its session on the way: the inbox that the last reply showed has arrived, so its cursor moves; claims are
 * renewed when a third of their lease has passed. Neither is a reason to refuse the call: what fails is done by the next one.
 */
export const keepUp = async (context: Context): Promise<void> => {
  const session = context.session();
  // What a hook does by itself proves neither that a reply arrived nor that the session calls.
  if (!context.aside)
    for (const delivered of session.delivered()) await arrive(context, delivered).catch(ignored);
  const claims = session.claims().filter(({ line }) => line === context.line);
  if (claims.length === 0) return;
  if (!context.aside) heldUntilCall(session).forget();
  const now = new Date().toISOString();
  for (const claim of claims) {
    session.used(claim);
    if (claim.lease > 0 && isDue(claim.renewed, claim.lease, now))
      await renew(context, claim).catch(ignored);
  }
};

const ignored = (): undefined => undefined;

const arrive = async (context: Context, delivered: Delivered): Promise<void> => {
  const { line, agent, commit, item } = delivered;
  const store = await context.store();
  const stands = await store.cursor(line, agent);
  if (await isBehind(store, delivered, stands?.cursor)) {
    context.session().arrived(delivered);
    return;
  }
  if (await store.moveCursor(line, agent, { commit, item }, stands?.oid))
    context.session().arrived(delivered);
};

/** Another session of the same agent has read further: nothing is taken back. */
const isBehind = (
  store: Store,
  { line, commit, item }: Delivered,
  stands: Cursor | undefined,
): Promise<boolean> =>
  store.read(line, (facts) => {
    const [here, there] = [facts.place(commit), stands && facts.place(stands.commit)];
    if (!here || !there || !stands || here.line !== there.line) return false;
    return (
      here.position < there.position || (here.position === there.position && item <= stands.item)
    );
  });

const renew = async (context: Context, claim: HeldClaim): Promise<void> => {
  const { agent, line } = claim;
  if ((await context.agent()) !== agent) return;
  const store = await context.store();
  const holder = await holderOf(context);
  await store.write({ agent, line }, (transaction) => {
    const contract = transaction.view.contract(claim.contract);
    if (!contract || !isHeldBy(contract, holder)) return;
    transaction.append(renewal(contract, transaction.circumstances));
  });
  const contract = await store.look(line, (view) => view.contract(claim.contract));
  // One that is lost stays remembered: the holder is told when it goes on.
  if (contract && isHeldBy(contract, holder)) remember(context, agent, contract);
};
