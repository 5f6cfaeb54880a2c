import { oneLine } from '../model/text.ts';
import type { Ownership, Why } from './records.ts';

/** What a supervisor finds of a run that it does not look after. */
export type Found = {
  readonly owner: Ownership;
  readonly record: boolean;
  /** Old enough that nobody is making it any more. */
  readonly old: boolean;
  /** Whether the claim that was made for it is still in force, and not run out. */
  readonly held: boolean;
};

export type Recovery = 'leave' | 'take' | 'discard';

/**
 * What is its own was left when something failed. Each other run belongs to the supervisor that made it, as long as that one lives. Of one that cannot be seen from here, in another container,
 * nothing is known but its claim: while that is in force, somebody may be at work.
 */
export const recovery = ({ owner, record, old, held }: Found): Recovery => {
  if (owner === 'alive') return 'leave';
  // What its supervisor never came to write down made no claim.
  if (!record) return old || owner === 'gone' || owner === 'mine' ? 'discard' : 'leave';
  if (owner === 'none') return 'leave';
  if (owner === 'unknown') return held ? 'leave' : 'take';
  return 'take';
};

/** How far a run had come that was taken over: whether its command has begun, can still begin, or never will. */
export type Stage = 'none' | 'never' | 'begun';

const steps = { none: 'prevent', never: 'undo', begun: 'attend' } as const;

/** What is done about it. Whether a command that has begun is still alive is found out by attending to it. */
export const nextStep = (stage: Stage): (typeof steps)[Stage] => steps[stage];

/** What the store says of the contract of a run. */
export type Standing = {
  /** 'held' by the run's session; 'done' by what the run itself did; 'void' by somebody else; 'unclaimed': it never was its. */
  readonly claim: 'held' | 'done' | 'void' | 'unclaimed';
  /** Required outputs that are not there, as people call them. */
  readonly missing: readonly string[];
  /** Whether anything is expected: what expects nothing is completed by ending well. */
  readonly expects: boolean;
};

/** How the command ended. `code` is undefined where nobody could write it down: it was killed with all around it. */
export type Exit = {
  readonly code: number | undefined;
  readonly why: Why | undefined;
  readonly command: string;
  /** It ran in a work tree of its own. */
  readonly apart: boolean;
  /** Seconds that it was given. */
  readonly limit: number;
  readonly lastLine: string;
  /** What the command was not allowed to do, in its own words. */
  readonly denials: readonly string[];
};

export type Verdict =
  | { readonly action: 'none' }
  | { readonly action: 'complete' }
  | { readonly action: 'release'; readonly reason: string }
  /** `fact` is the reason without any word of the command's own. */
  | { readonly action: 'fail'; readonly reason: string; readonly fact: string };

/** How much of one text a reason may take. */
const shortened = 200;

const signals: Readonly<Record<number, string>> = { 130: 'SIGINT', 137: 'SIGKILL', 143: 'SIGTERM' };

/** What the end of a run means for its contract. */
export const verdict = (exit: Exit, { claim, missing, expects }: Standing): Verdict => {
  if (claim !== 'held') return { action: 'none' };
  const name = oneLine(exit.command, 60);
  if (exit.why === 'stop')
    return { action: 'release', reason: `${name} was stopped with its supervisor` };
  if (exit.why === 'time')
    return failing(`${name} took longer than ${exit.limit} s and was stopped`, exit);
  if (exit.code === undefined) return failing(`${name} was killed`, exit);
  if (exit.code !== 0) return failing(`${name} ended with exit code ${words(exit)}`, exit);
  if (missing.length > 0)
    return failing(`${name} ended without publishing ${missing.join(', ')}`, exit);
  return expects
    ? failing(`${name} ended, and its outputs were not accepted`, exit)
    : { action: 'complete' };
};

const words = ({ code = 0, apart }: Exit): string => {
  const where = apart ? ' in its work tree, which holds what is committed' : '';
  if (code === 127) return `127 (command not found${where})`;
  return signals[code] === undefined ? String(code) : `${code} (${signals[code]})`;
};

const failing = (fact: string, { denials, lastLine, code }: Exit): Verdict => {
  const parts = [
    fact,
    ...(denials.length > 0 ? [`it was not allowed: ${denials.slice(0, 5).join(', ')}`] : []),
    // What ended well says nothing of a failure in its last words.
    ...(lastLine !== '' && code !== 0 ? [`its last words: ${oneLine(lastLine, shortened)}`] : []),
  ];
  return { action: 'fail', reason: oneLine(parts.join('; '), 900), fact };
};

/** The program of a run was not there: more attempts would end the same way. */
export const isMissingProgram = ({ code }: Pick<Exit, 'code'>): boolean =>
  code === 127 || code === 126;
