import type { Time } from '../model/entity.ts';
import type { Context } from './operation.ts';

/** What one look found; `next` is when time alone may bring something. */
export type Look<T> = { readonly found?: T | undefined; readonly next?: Time | undefined };

export type Waited<T> = {
  readonly found: T | undefined;
  /** A later wait of the same session took over. */
  readonly replaced: boolean;
};

/** Looks again whenever the line has moved, until something is found or the time is up. It moves nothing itself. */
export const waitFor = async <T>(
  context: Context,
  seconds: number,
  look: () => Promise<Look<T>>,
): Promise<Waited<T>> => {
  const store = await context.store();
  const deadline = Date.now() + seconds * 1000;
  const isMine = seconds > 0 ? context.session().waiting() : () => true;
  for (;;) {
    // Before the look: a move after it is noticed.
    const tip = await store.tip(context.line);
    const { found, next } = await look();
    if (found !== undefined || Date.now() >= deadline) return { found, replaced: false };
    if (!isMine()) return { found: undefined, replaced: true };
    // A time of whole seconds is over when the next second has begun; a later waiter is noticed soon.
    const alarm = next === undefined ? Infinity : Date.parse(next) + 1000;
    const until = Math.min(deadline, Math.max(alarm, Date.now() + 50), Date.now() + 5_000);
    await store.changed(context.line, tip, until);
  }
};

export const wait = {
  type: 'integer',
  minimum: 0,
  maximum: 3600,
  description: 'Seconds to wait for it.',
} as const;
