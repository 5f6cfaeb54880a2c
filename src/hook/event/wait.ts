import { waitToWake } from '../../operations/session/wake.ts';
import type { Here } from '../here.ts';
import { canBeIdle } from '../one-shot.ts';

/** 2 wakes the session, with one line on standard error; 0 says nothing. */
export const wait = async ({ working, context }: Here, seconds: number): Promise<number> => {
  if (!working() || !canBeIdle(process.env)) return 0;
  const parent = process.ppid;
  // Whose parent has gone is given another one.
  const text = await waitToWake(context(), seconds, () => working() && process.ppid === parent);
  if (text === undefined) return 0;
  process.stderr.write(`${text}\n`);
  return 2;
};
