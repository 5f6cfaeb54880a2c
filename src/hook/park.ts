import { contractPark } from '../operations/contract/park.ts';
import { invoke } from '../operations/invoke.ts';
import type { Here } from './here.ts';

/** What the session holds is left to whoever comes next. The claim of a supervised run is its supervisor's to end. */
export const parkAll = async ({ session, context }: Here): Promise<void> => {
  if (process.env['CONCORD_RUN']) return;
  for (const { contract, line } of session.claims())
    await invoke(contractPark, { contractId: contract, line }, context()).catch(() => undefined);
};
