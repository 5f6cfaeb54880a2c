import { isDue } from '../../model/contract/claim.ts';
import { keepUp } from '../../operations/session/keep-up.ts';
import type { Here } from '../here.ts';

/** Any tool shows that the session is at work: its claims are renewed when that is due. Without a claim the store is not opened. */
export const postTool = async ({ session, context }: Here): Promise<undefined> => {
  const now = new Date().toISOString();
  const due = session
    .claims()
    .some(({ lease, renewed }) => lease > 0 && isDue(renewed, lease, now));
  if (due) await keepUp(context());
};
