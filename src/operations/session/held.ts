import type { HeldClaim, Session } from './session.ts';

/** Which claims a stop was held for since the session's last call: each holds once until then. */
export type HeldUntilCall = {
  has(claim: HeldClaim): boolean;
  add(claim: HeldClaim): void;
  forget(): void;
};

const note = 'held';

export const heldUntilCall = ({ notes }: Pick<Session, 'notes'>): HeldUntilCall => {
  const tokens = (): readonly string[] => {
    const noted = notes.read(note)?.['tokens'];
    return Array.isArray(noted) ? noted.filter((one) => typeof one === 'string') : [];
  };
  return {
    has: ({ token }) => tokens().includes(token),
    add: ({ token }) => notes.write(note, { tokens: [...tokens(), token].slice(-50) }),
    forget: () => notes.write(note, undefined),
  };
};
