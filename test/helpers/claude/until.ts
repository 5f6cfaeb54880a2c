import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition, however slow the machine is; gives what it found. */
export const until = async <T>(
  what: string,
  look: () => T | Promise<T>,
  patience = 60_000,
): Promise<Exclude<T, undefined | false>> => {
  const end = Date.now() + patience;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await sleep(25);
  }
};
