import type { Time } from '../../model/entity.ts';
import type { Message } from '../message.ts';
import type { Oid } from '../object.ts';

/** One commit of a line, as `git log` tells it. */
export type CommitRecord = {
  readonly oid: Oid;
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly author: string;
  readonly time: Time;
  readonly subject: string;
  readonly message: Message;
};

/** A line's entry of the timeline. `latest` is the latest time up to here: clocks may run backwards, positions never do. */
export type Entry = {
  readonly oid: Oid;
  readonly agent: string;
  readonly time: Time;
  readonly latest: Time;
  readonly subject: string;
  readonly events: readonly string[];
  readonly refused?: true;
};

/** Where the index stands on a line. `illegal` names a tip that does not follow the rules; reads stay at `oid`, before it. */
export type Head = {
  readonly oid: Oid;
  readonly tree: Oid;
  readonly position: number;
  readonly latest: Time;
  readonly illegal?: { readonly tip: Oid; readonly commits: readonly Oid[]; readonly why: string };
};
