import { isHeldBy, until } from '../../model/contract/claim.ts';
import type { Contract } from '../../model/contract/contract.ts';
import { openOutputs } from '../../model/contract/work.ts';
import { count } from '../../model/text.ts';
import { heldUntilCall } from '../../operations/session/held.ts';
import type { HeldClaim } from '../../operations/session/session.ts';
import type { Answer } from '../happening.ts';
import type { Here } from '../here.ts';
import { parkAll } from '../park.ts';

type InHand = { readonly claim: HeldClaim; readonly contract: Contract };

/** What the session remembers to hold, and does hold. */
const inHand = async ({ session, context }: Here): Promise<readonly InHand[]> => {
  const claims = session.claims();
  if (claims.length === 0) return [];
  const store = await context().store();
  const found: InHand[] = [];
  for (const claim of claims) {
    const tokens = new Map([[claim.contract, claim.token]]);
    const holder = { session: session.mark, person: false, tokens };
    const contract = await store.look(claim.line, (view) => view.contract(claim.contract));
    if (contract && isHeldBy(contract, holder)) found.push({ claim, contract });
  }
  return found;
};

/** What keeps a contract open, and what ends it: facts, for the model to judge. */
export const whyOpen = (contract: Contract): string => {
  const { id, attempt, maxAttempts } = contract;
  const missing = openOutputs(contract).filter(({ required }) => required);
  const named = missing.slice(0, 5).map((one) => one.artifactId ?? one.artifactType);
  const more = missing.length > 5 ? ` and ${count(missing.length - 5, 'other output')}` : '';
  const head = `${id} is still in your hands (attempt ${attempt} of ${maxAttempts})`;
  if (missing.length === 0)
    return `${head}: nothing is left to be published. contract_update complete ends it; fail or release gives it up.`;
  const verb = missing.length === 1 ? 'has' : 'have';
  return `${head}: its ${named.join(', ')}${more} ${verb} not been published. artifact_publish completes it; contract_update fail or release gives it up.`;
};

/** A session that works for the team is held once for each claim, until it calls Concord again; a person's session gets a line. */
const atStop = async (here: Here): Promise<Answer | undefined> => {
  const held = heldUntilCall(here.session);
  const open = here.session.claims().filter((claim) => !held.has(claim));
  if (open.length === 0) return undefined;
  const found = (await inHand(here)).filter(({ claim }) => !held.has(claim));
  if (found.length === 0) return undefined;
  for (const { claim } of found) held.add(claim);
  if (here.working()) return { block: found.map(({ contract }) => whyOpen(contract)).join('\n') };
  const names = found.map(({ contract: { id, claim } }) => (claim ? `${id} ${until(claim)}` : id));
  return { remark: `Concord: this session still holds ${names.join(', ')}.` };
};

export const stop = (here: Here): Promise<Answer | undefined> => atStop(here);

/** A subagent that is not held has come to its end: it parks what it has. */
export const subagentStop = async (here: Here): Promise<Answer | undefined> => {
  if (here.happening.subagent === undefined) return undefined;
  const answer = here.working() ? await atStop(here) : undefined;
  if (!answer) await parkAll(here);
  return answer;
};
