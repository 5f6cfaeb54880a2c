import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../model/json.ts';
import { isSlug } from '../../model/names.ts';
import { listIfThere, remove } from '../../store/disk.ts';
import { changedAt, quietly, readEntry, writeEntry } from './local-file.ts';
import { notesIn, notesInMemory } from './notes.ts';
import type { Notes } from './notes.ts';

/** A claim that a session made, with what proves that it is the session's. */
export type HeldClaim = {
  readonly line: string;
  readonly agent: string;
  readonly contract: string;
  readonly token: string;
  /** Seconds; 0: does not run out. */
  readonly lease: number;
  /** When it was claimed or renewed last, ISO. */
  readonly renewed: string;
};

type ClaimKey = Pick<HeldClaim, 'line' | 'agent' | 'contract'>;

/** An inbox has been shown up to this item. */
export type Delivered = {
  readonly line: string;
  readonly agent: string;
  readonly commit: string;
  readonly item: number;
};

/** What is remembered of one session of one caller: a help for the next call, outside the history. Losing it costs no work. */
export interface Session {
  /** Eight hex digits that stand for the session in the store: the session's own id is nobody else's business. */
  readonly mark: string;
  /** The name this session gave itself. */
  name(): string | undefined;
  /** The name is checked by the caller: only a slug is found again. */
  rename(name: string): void;
  /** The claims that it remembers, those renewed last at the end. Looking at them is no use of them. */
  claims(): readonly HeldClaim[];
  /** Replaces the one of the same line, agent and contract. */
  remember(claim: HeldClaim): void;
  /** Other sessions of this machine are told that the claim is in use. */
  used(claim: ClaimKey): void;
  forget(claim: ClaimKey): void;
  /** When any session of this machine used the claim last, in ms; undefined where that is not known. */
  lastUsed(claim: ClaimKey): number | undefined;
  readonly notes: Notes;
  /** What a reply has shown of an inbox, until the next call proves that it arrived. */
  delivered(): readonly Delivered[];
  /** Replaces the one of the same line and agent. */
  deliver(item: Delivered): void;
  /** Removes it if it is still the same. */
  arrived(item: Delivered): void;
  /** Becomes the session's only waiter; the function tells whether it still is. */
  waiting(): () => boolean;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const markLength = 8;

const claimKey = ({ line, agent, contract }: ClaimKey): string =>
  JSON.stringify([line, agent, contract]);
const inboxKey = ({ line, agent }: Delivered): string => JSON.stringify([line, agent]);

const isSame = (one: Delivered, other: Delivered | undefined): boolean =>
  one.commit === other?.commit && one.item === other.item;

/** Directories say nothing about the order of their files. */
const inOrder = (claims: Iterable<HeldClaim>): readonly HeldClaim[] =>
  [...claims].sort((a, b) => {
    const [first, second] = [`${a.renewed} ${claimKey(a)}`, `${b.renewed} ${claimKey(b)}`];
    return first < second ? -1 : 1;
  });

/** The session of one long-lived process. */
export const sessionInMemory = (id: string): Session => {
  const claims = new Map<string, HeldClaim>();
  const shown = new Map<string, Delivered>();
  let called: string | undefined;
  let waiters = 0;
  return {
    mark: digestOf(id).slice(0, markLength),
    name: () => called,
    rename: (name) => void (called = name),
    claims: () => inOrder(claims.values()),
    remember: (claim) => void claims.set(claimKey(claim), claim),
    used: () => undefined,
    forget: (claim) => void claims.delete(claimKey(claim)),
    lastUsed: () => undefined,
    notes: notesInMemory(),
    delivered: () => [...shown.values()],
    deliver: (item) => void shown.set(inboxKey(item), item),
    arrived: (item) => {
      if (isSame(item, shown.get(inboxKey(item)))) shown.delete(inboxKey(item));
    },
    waiting: () => {
      const mine = (waiters += 1);
      return () => mine === waiters;
    },
  };
};

/** One file an entry: two processes of one session never overwrite what the other has noted. */
const claimFile = (claim: ClaimKey): string => `claim-${digestOf(claimKey(claim)).slice(0, 16)}`;
const inboxFile = (item: Delivered): string => `inbox-${digestOf(inboxKey(item)).slice(0, 16)}`;

const sessionsIn = (local: string): string => join(local, 'sessions');
const directoryName = (id: string): string => digestOf(id).slice(0, 16);

/**
 * The session of many short processes: small files outside the store, never synced. A directory that cannot be written remembers nothing,
 * and files that are broken or somebody else's count for nothing; neither is ever an error.
 */
export const sessionInFiles = (local: string, id: string): Session => {
  const directory = join(sessionsIn(local), directoryName(id));
  const path = (name: string): string => join(directory, name);
  const write = (name: string, value: Json): boolean =>
    quietly(false, () => {
      writeEntry(directory, name, value, () => sweep(local));
      return true;
    });
  const erase = (name: string): void => quietly(undefined, () => remove(path(name)));
  return {
    mark: digestOf(id).slice(0, markLength),
    name: () => {
      const name = readEntry(path('name'))?.['name'];
      return typeof name === 'string' && isSlug(name) ? name : undefined;
    },
    rename: (name) => void write('name', { name }),
    claims: () => inOrder(claimsIn(directory)),
    remember: (claim) => void write(claimFile(claim), { ...claim }),
    used: (claim) =>
      quietly(undefined, () => {
        const now = Date.now() / 1000;
        fs.utimesSync(path(claimFile(claim)), now, now);
      }),
    forget: (claim) => erase(claimFile(claim)),
    lastUsed: (claim) => changedAt(path(claimFile(claim))),
    notes: notesIn(directory, () => sweep(local)),
    delivered: () => entriesIn(directory, 'inbox-', deliveredOf, inboxFile),
    deliver: (item) => void write(inboxFile(item), { ...item }),
    arrived: (item) => {
      const noted = readEntry(path(inboxFile(item)));
      // What another process of the session notes in this very moment may go with it: those items are shown again.
      if (isSame(item, noted && deliveredOf(noted))) erase(inboxFile(item));
    },
    waiting: () => {
      const waiter = randomBytes(8).toString('hex');
      // Nobody can take the place of one who could not say that it waits.
      if (!write('waiter', { waiter })) return () => true;
      return () => {
        const last = readEntry(path('waiter'))?.['waiter'];
        return last === undefined || last === waiter;
      };
    },
  };
};

/** Claims of the same agent that other sessions of this machine remember, with when each was last used (ms). */
export const otherClaims = (
  local: string,
  id: string,
  line: string,
  agent: string,
): readonly (HeldClaim & { used: number; session: string })[] =>
  sessionNames(local)
    .filter((name) => name !== directoryName(id))
    .flatMap((name) => {
      const directory = join(sessionsIn(local), name);
      return claimsIn(directory)
        .filter((claim) => claim.line === line && claim.agent === agent)
        .flatMap((claim) => {
          const used = changedAt(join(directory, claimFile(claim)));
          return used === undefined ? [] : { ...claim, used, session: name.slice(0, markLength) };
        });
    });

const sessionNames = (local: string): readonly string[] =>
  quietly([], () => listIfThere(sessionsIn(local))).filter((name) => /^[0-9a-f]{16}$/.test(name));

const claimsIn = (directory: string): readonly HeldClaim[] =>
  entriesIn(directory, 'claim-', claimOf, claimFile);

/** The whole files of a kind; one whose name is not that of its content was not written here. */
const entriesIn = <T>(
  directory: string,
  kind: string,
  parse: (value: JsonObject) => T | undefined,
  fileOf: (entry: T) => string,
): readonly T[] =>
  quietly([], () => listIfThere(directory))
    .filter((name) => name.startsWith(kind))
    .flatMap((name) => {
      const value = readEntry(join(directory, name));
      const entry = value && parse(value);
      return entry !== undefined && fileOf(entry) === name ? [entry] : [];
    });

const claimOf = (value: JsonObject): HeldClaim | undefined => {
  const { line, agent, contract, token, lease, renewed } = value;
  if (typeof line !== 'string' || typeof agent !== 'string') return undefined;
  if (typeof contract !== 'string' || typeof token !== 'string') return undefined;
  if (typeof lease !== 'number' || lease < 0) return undefined;
  if (typeof renewed !== 'string' || Number.isNaN(Date.parse(renewed))) return undefined;
  return { line, agent, contract, token, lease, renewed };
};

const deliveredOf = (value: JsonObject): Delivered | undefined => {
  const { line, agent, commit, item } = value;
  if (typeof line !== 'string' || typeof agent !== 'string') return undefined;
  if (typeof commit !== 'string' || !/^[0-9a-f]{40,64}$/.test(commit)) return undefined;
  if (typeof item !== 'number' || !Number.isSafeInteger(item) || item < 0) return undefined;
  return { line, agent, commit, item };
};

/** A session that was left alone for so long has ended. */
const life = 14 * 24 * 60 * 60 * 1000;

/** Nobody is to wait long for a cleaning: the rest is left for the next new session. */
const sweepAtOnce = 20;

const sweep = (local: string): void => {
  let swept = 0;
  for (const name of sessionNames(local)) {
    const directory = join(sessionsIn(local), name);
    if (!isLeft(directory)) continue;
    quietly(undefined, () => fs.rmSync(directory, { recursive: true, force: true }));
    swept += 1;
    if (swept >= sweepAtOnce) return;
  }
};

/** Neither the directory nor a file in it has changed for long: a claim's file tells of its last use. */
const isLeft = (directory: string): boolean =>
  quietly(false, () => {
    const isOld = (path: string): boolean => Date.now() - fs.lstatSync(path).mtimeMs > life;
    return (
      isOld(directory) && fs.readdirSync(directory).every((name) => isOld(join(directory, name)))
    );
  });
