import type { Reader } from './usage.ts';
import { saidOf } from './values.ts';

/** Any other program: its last line is all that is known. */
export const plainReader = (): Reader => {
  let words: string | undefined;
  return {
    line: (text) => (words = saidOf(text) ?? words),
    usage: () => ({
      cumulative: false,
      denied: [],
      ...(words !== undefined && { said: words }),
      finished: false,
    }),
  };
};
