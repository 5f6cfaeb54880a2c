import fs from 'node:fs';
import { join } from 'node:path';
import { isMark } from '../model/budget/record.ts';
import { ConcordError } from '../model/error.ts';
import { budgetRecord } from '../operations/budget/record.ts';
import { contractUpdate } from '../operations/contract/update.ts';
import { invoke } from '../operations/invoke.ts';
import { quietly } from '../operations/session/local-file.ts';
import type { Context } from '../operations/operation.ts';
import type { Crew } from './crew.ts';
import { verdict } from './decide.ts';
import type { Exit, Verdict } from './decide.ts';
import { usageOfFile } from './usage/usage.ts';
import type { Usage } from './usage/usage.ts';
import { archive, directoryOf } from './records.ts';
import type { RunRecord } from './records.ts';
import { codeIn } from './script.ts';
import { rememberOwn, standingOf } from './standing.ts';
import type { Stands } from './standing.ts';
import type { Ending, Outcome } from './state.ts';

export type Settled = { readonly ending: Ending; readonly code: number | undefined };

const changedAt = (path: string): number | undefined =>
  quietly(undefined, () => fs.statSync(path).mtimeMs);

/** From files that do not change any more: whoever settles the run, it has taken as long. */
const secondsOf = (directory: string): number => {
  const at = (name: string): number | undefined => changedAt(join(directory, name));
  const began = at('pid') ?? 0;
  const ended = at('code') ?? at('over') ?? at('output') ?? began;
  return Math.max(0, Math.ceil((ended - began) / 1000));
};

/** Everything that is left to be done when a run has ended. It may be done again, by this supervisor or another, and counts once. */
export const settle = async (
  crew: Crew,
  record: RunRecord,
  context: Context,
  exitCode?: number,
): Promise<Settled> => {
  const directory = directoryOf(crew.runs, record.id);
  const code = codeIn(directory) ?? exitCode;
  const used = await usageOfFile(record.usage ?? 'none', join(directory, 'output'));
  const seconds = secondsOf(directory);
  await recordUsage(crew, record, context, used, seconds);
  const before = await standingOf(context, record, record.moves);
  const { command, limit, why } = record;
  const exit: Exit = {
    code,
    why,
    command,
    limit,
    apart: record.apart === true,
    lastLine: used.said ?? '',
    denials: used.denied,
  };
  const done = await carryOut(context, record, before, verdict(exit, before));
  archive(crew.runs, record.id);
  const { usd } = used;
  const told = { seconds, ...(usd !== undefined && { usd }) };
  return { code, ending: endingOf(record, before, done, told) };
};

const recordUsage = async (
  crew: Crew,
  { id, contract, attempt }: RunRecord,
  context: Context,
  { usd, tokens, session, cumulative, seconds: said }: Usage,
  measured: number,
): Promise<void> => {
  if (attempt === undefined) return;
  const totals = cumulative && session !== undefined && isMark(session);
  // What was measured here is no total of a session.
  const seconds = totals ? said : measured;
  if ((!usd && !tokens && !seconds) || (await isRecorded(context, id))) return;
  const amount = {
    ...(usd !== undefined && { usd: usd.toFixed(6) }),
    ...(tokens !== undefined && { tokens }),
    ...(seconds !== undefined && seconds > 0 && { seconds: Math.ceil(seconds) }),
  };
  const of = totals ? { session, cumulative: true } : {};
  try {
    await invoke(
      budgetRecord,
      { contractId: contract, attempt, report: id, ...amount, ...of },
      context,
    );
  } catch (error) {
    // What the books do not take is no reason to leave the contract as it is.
    if (!(error instanceof ConcordError) || isForNow(error)) throw error;
    crew.report({
      type: 'note',
      at: Date.now(),
      text: `The usage of ${contract} was not recorded: ${error.message}`,
    });
  }
};

/** By whoever settled the run before, and was killed before the end. */
const isRecorded = async (context: Context, report: string): Promise<boolean> =>
  (await context.store()).look(
    context.line,
    (view) => view.spending().reported(report) !== undefined,
  );

/** Refusals that say nothing of the call: the same may succeed a moment later. */
export const isForNow = (error: unknown): boolean =>
  error instanceof ConcordError && ['CONFLICT', 'TIMEOUT', 'STORAGE'].includes(error.code);

/** Where what a command has said is refused as a reason, such as what looks like a secret. */
const nothingSaid = 'its command failed; what it said cannot be told here';

/** What was done in the end. */
const carryOut = async (
  context: Context,
  record: RunRecord,
  stands: Stands,
  wanted: Verdict,
): Promise<Verdict> => {
  if (wanted.action === 'none') return wanted;
  await rememberOwn(context, stands);
  for (const next of [wanted, ...insteadOf(wanted)]) {
    try {
      await invoke(contractUpdate, { contractId: record.contract, ...said(next) }, context);
      return next;
    } catch (error) {
      if (!(error instanceof ConcordError) || isForNow(error)) throw error;
      // Somebody was faster: it is not this run's any more.
      if (!['NOT_READY', 'NOT_ALLOWED', 'INVALID'].includes(error.code)) break;
    }
  }
  return { action: 'none' };
};

const said = (verdict: Verdict): Readonly<Record<string, string>> => ({
  action: verdict.action,
  ...('reason' in verdict && { reason: verdict.reason }),
});

/** What is done where that is refused. */
const insteadOf = (verdict: Verdict): readonly Verdict[] => {
  const failed = (reason: string): Verdict => ({ action: 'fail', reason, fact: reason });
  if (verdict.action === 'complete')
    return [failed('its command ended, and its outputs were not accepted')];
  if (verdict.action === 'fail') return [failed(verdict.fact), failed(nothingSaid)];
  return verdict.action === 'release' ? [{ action: 'release', reason: 'it was stopped' }] : [];
};

const outcomes: Readonly<Record<string, Outcome>> = {
  'contract-completed': 'completed',
  'contract-attempt-failed': 'failed',
  'contract-failed': 'failed',
  'contract-released': 'released',
};

const endingOf = (
  { contract, agent, attempt = 1 }: RunRecord,
  { claim, ended }: Stands,
  done: Verdict,
  told: { readonly seconds: number; readonly usd?: number },
): Ending => {
  const common = { at: Date.now(), contract, agent, attempt, ...told };
  if (done.action === 'complete') return { ...common, outcome: 'completed' };
  if (done.action === 'fail') return { ...common, outcome: 'failed', reason: done.reason };
  if (done.action === 'release') return { ...common, outcome: 'released', reason: done.reason };
  const outcome = (claim === 'done' && ended && outcomes[ended.event]) || 'released';
  const reason =
    claim === 'void' ? `its claim was taken away (${ended?.event ?? 'by another'})` : ended?.reason;
  return { ...common, outcome, ...(reason !== undefined && outcome !== 'completed' && { reason }) };
};
