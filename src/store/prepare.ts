import { ConcordError } from '../model/error.ts';
import { build } from './build.ts';
import type { Built, Request, Unchanged } from './build.ts';
import type { Facts } from './index/facts.ts';
import { lineRef } from './layout.ts';
import { linesRef, noLine } from './lines.ts';
import type { GitObject, Oid } from './object.ts';
import type { Objects } from './objects.ts';
import { quarantine } from './quarantine.ts';
import type { Verify } from './refs.ts';
import type { Repository } from './repository.ts';

export type Committed<T> = {
  /** What the body returned; undefined for a repeated call. */
  readonly result: T | undefined;
  /** The commit; undefined when nothing had to change. */
  readonly commit: Oid | undefined;
  readonly events: readonly string[];
  /** The call was made before with this key: commit and events are those of then. */
  readonly repeated: boolean;
};

export const done = <T>(
  { result, events }: Unchanged<T> | Built<T>,
  commit: Oid | undefined,
): Committed<T> => ({
  result,
  commit,
  events,
  repeated: false,
});

type Prepared<T> =
  | { readonly done: Committed<T> }
  | {
      readonly objects: readonly GitObject[];
      readonly commit: Oid;
      readonly built: Built<T> | undefined;
      readonly verify: Verify;
    };

/** The objects to write, or the answer when there is nothing to write; undefined when the index is not at the tip. */
export const prepareObjects = <T>(
  writing: { readonly repository: Repository; readonly objects: Objects },
  facts: Facts,
  request: Request<T>,
  tip: Oid | undefined,
): Prepared<T> | undefined => {
  const { format } = writing.repository;
  const head = facts.usable() ? facts.head(request.line) : undefined;
  if (facts.usable() && facts.lines.closing(request.line)) throw noLine(request.line, facts, []);
  if ((head?.illegal?.tip ?? head?.oid) !== tip) return undefined;
  const earlier =
    facts.usable() && request.key ? repeated<T>(facts, request, request.key) : undefined;
  if (earlier) return { done: earlier };
  const aside = quarantine(format, head, { ...request, op: `${request.op}-quarantine` });
  if (aside)
    return {
      objects: [aside],
      commit: aside.oid,
      built: undefined,
      verify: verifying(facts, request),
    };
  const built: Built<T> | Unchanged<T> = build(
    { format, facts, cached: (oid) => writing.objects.cached(oid) },
    request,
  );
  if (!('record' in built)) return { done: done(built, undefined) };
  const verify = verifying(facts, request, built);
  return { objects: built.objects, commit: built.record.oid, built, verify };
};

/**
 * What must not move meanwhile: where version numbers are given out, the other lines, and the list of them; where a replay is closed, that.
 */
const verifying = (
  facts: Facts,
  { line, closes }: Pick<Request<unknown>, 'line' | 'closes'>,
  built?: Built<unknown>,
): Verify => {
  const open = facts.usable() ? facts.lines.open() : undefined;
  // Numbers of versions and names of snapshots are given out once over all lines.
  const numbered =
    built !== undefined &&
    (built.record.message.artifacts.length > 0 ||
      built.record.message.happened.some(({ type }) => type === 'snapshot-created'));
  // Nothing is written to a closed one any more, though it may not be tidied up yet.
  const others = numbered
    ? ['main', ...(open?.names ?? [])].filter(
        (other) => other !== line && !facts.lines.closing(other),
      )
    : [];
  // One that is listed and not known yet may have begun just now: it must not be there, or stand where nothing of it could be read.
  const held = others.map((other): [string, Oid | undefined] => {
    const head = facts.head(other);
    const stands = head ? (head.illegal?.tip ?? head.oid) : facts.lines.unreadable(other);
    return [lineRef(other), stands];
  });
  if (closes) held.push([lineRef(closes.line), closes.tip]);
  // Main closes a replay while it holds the replay's ref: once that is ours, main tells whether it has.
  const main = facts.usable() && line !== 'main' ? facts.head('main') : undefined;
  const read: [string, Oid | undefined][] = [];
  if (numbered || closes) read.push([linesRef, open?.oid]);
  if (main && !numbered) read.push([lineRef('main'), main.illegal?.tip ?? main.oid]);
  return { held: new Map(held), read: new Map(read) };
};

/** The first result of a call with this key; the same key for another call is refused. */
const repeated = <T>(
  facts: Facts,
  { line }: Request<T>,
  key: { readonly hash: string; readonly input: string },
): Committed<T> | undefined => {
  const earlier = facts.key(line, key.hash);
  if (!earlier) return undefined;
  if (earlier.input !== key.input) {
    throw new ConcordError(
      'INVALID',
      'This idempotency key was used for a call with other arguments; nothing was done.',
      {
        hint: 'Use a new key for a new call.',
      },
    );
  }
  const place = facts.place(earlier.oid);
  const entry = place && facts.entry(place.line, place.position);
  return { result: undefined, commit: earlier.oid, events: entry?.events ?? [], repeated: true };
};
