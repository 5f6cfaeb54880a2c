import { checkInput, invoke } from './invoke.ts';
import type { Context, Operation } from './operation.ts';

/** Where nothing wakes those who wait, they look again after this many milliseconds. */
const every = 60_000;

/**
 * An operation's reply, then one for all that comes after it, as it happens, until the signal aborts. Only the first is a call of the
 * session: to look on for ever must not keep its claims alive.
 */
export async function* follow(
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  context: Context,
  signal: AbortSignal,
): AsyncGenerator<{ readonly input: Readonly<Record<string, unknown>>; readonly output: unknown }> {
  const { following } = operation;
  if (!following) throw new Error(`${operation.name} cannot be followed`);
  const store = await context.store();
  let last: unknown;
  for (let first = true; !signal.aborted; first = false) {
    // Before the look: a move after it is noticed.
    const tip = await store.tip(context.line);
    const asked = following.next(input as never, last) as Readonly<Record<string, unknown>>;
    const output = first
      ? await invoke(operation, asked, context)
      : await operation.run(checkInput(operation, asked), context);
    yield { input: asked, output };
    const more = !first && following.more(output);
    last = output;
    if (!more) await store.changed(context.line, tip, Date.now() + every, signal);
  }
}
