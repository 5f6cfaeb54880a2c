/** What one answer has used so far. */
export type Answer = { readonly id: string; readonly tokens: number };

export type Tally = {
  readonly add: (answer: Answer) => void;
  readonly reset: () => void;
  /** Undefined: there was no answer. */
  readonly total: () => number | undefined;
};

/** Counts answers where no total is said. One comes in several lines, each with what it has used until then. */
export const tally = (): Tally => {
  let before = 0;
  let current: Answer | undefined;
  return {
    add: ({ id, tokens }) => {
      const known = current?.id === id ? current.tokens : 0;
      if (current && current.id !== id) before += current.tokens;
      current = { id, tokens: Math.max(tokens, known) };
    },
    reset: () => {
      before = 0;
      current = undefined;
    },
    total: () => current && before + current.tokens,
  };
};
