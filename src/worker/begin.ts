import { ConcordError } from '../model/error.ts';
import type { Agent } from '../model/entity.ts';
import { oneLine } from '../model/text.ts';
import { contractClaim } from '../operations/contract/claim.ts';
import type { ClaimOutput } from '../operations/contract/claim.ts';
import { contractUpdate } from '../operations/contract/update.ts';
import { invoke } from '../operations/invoke.ts';
import type { Context } from '../operations/operation.ts';
import type { Candidate } from './choose.ts';
import type { Crew } from './crew.ts';
import { undo } from './recover.ts';
import { directoryOf, discard, newRunId, thisHost, write, writeNew } from './records.ts';
import type { RunRecord } from './records.ts';
import { Run } from './run.ts';
import { prevent, startChild } from './script.ts';
import { movesOf } from './standing.ts';

type Refused = { readonly refused: string; readonly trouble: boolean };

/** What came of trying to start a command for a contract. */
export type Begun =
  | { readonly run: Run }
  /** Somebody else was faster, or, with trouble, the store could not be written. */
  | Refused
  /** It was claimed, and could not be started: that attempt has failed. */
  | { readonly broken: string };

/** What people know a command by: of a line for the shell, the line. */
export const commandText = ({ command = [] }: Agent): string => {
  const [first = '', second, third] = command;
  return oneLine(first === 'sh' && second === '-c' && third !== undefined ? third : first, 80);
};

/** Record, claim, command: in this order, so that whatever happens between two of them can be undone or gone on with. */
export const begin = async (
  crew: Crew,
  { agent, contract }: Candidate,
  isStopping: () => boolean,
): Promise<Begun> => {
  const now = Date.now();
  const record: RunRecord = {
    id: newRunId(now),
    agent: agent.name,
    contract: contract.id,
    line: crew.line,
    began: new Date(now).toISOString(),
    host: thisHost(),
    limit: crew.limit,
    command: commandText(agent),
  };
  const context = crew.contextFor(record);
  try {
    writeNew(crew.runs, record);
  } catch (error) {
    return { refused: `no run can be noted: ${messageOf(error)}`, trouble: true };
  }
  const claimed = await tryClaim(crew, record, context);
  if ('refused' in claimed) return claimed;
  try {
    return { run: await start(crew, agent, record, context, claimed.claim) };
  } catch (error) {
    return giveBack(crew, record, context, error, isStopping());
  }
};

const tryClaim = async (
  crew: Crew,
  record: RunRecord,
  context: Context,
): Promise<{ readonly claim: ClaimOutput } | Refused> => {
  try {
    const claim = (await invoke(
      contractClaim,
      { contractId: record.contract },
      context,
    )) as ClaimOutput;
    if (claim.contract !== null) return { claim };
    discard(crew.runs, record.id);
    return { refused: 'nothing was given out', trouble: false };
  } catch (error) {
    // An answer that was lost may have been a claim: then the record stays, for the next look at what was left.
    if (!(error instanceof ConcordError)) throw error;
    const trouble = ['STORAGE', 'TIMEOUT'].includes(error.code);
    if (!trouble) discard(crew.runs, record.id);
    return { refused: error.message, trouble };
  }
};

const start = async (
  crew: Crew,
  agent: Agent,
  before: RunRecord,
  context: Context,
  claim: ClaimOutput,
): Promise<Run> => {
  const { runs } = crew;
  const place = await crew.place(before.agent, claim);
  const moves = await movesOf(context, before.contract);
  const attempt = claim.contract?.attempt ?? 1;
  const apart = place.tree ? { apart: true as const } : {};
  const known: RunRecord = { ...before, attempt, moves, ...apart };
  const launch = await crew.plan(agent, known, claim, place);
  const record = { ...known, usage: launch.usage };
  write(runs, record);
  const child = await startChild(directoryOf(runs, record.id), launch);
  return new Run(crew, record, context, child);
};

/** The attempt ends with what went wrong, unless that was the Ctrl-C that ends all: then the contract goes back as it was. */
const giveBack = async (
  crew: Crew,
  record: RunRecord,
  context: Context,
  error: unknown,
  stopping: boolean,
): Promise<Begun> => {
  const broken = `${record.command} could not be started: ${messageOf(error)}`;
  if (prevent(directoryOf(crew.runs, record.id))) {
    const { contract: contractId } = record;
    const how = stopping ? { action: 'release' } : { action: 'fail', reason: broken };
    try {
      await invoke(contractUpdate, { contractId, ...how }, context);
    } catch {
      // Such a reason is not taken, or nothing is just now: the contract goes back, at once or when the run is found again.
      await undo(crew, record, context);
    }
    discard(crew.runs, record.id);
  }
  return { broken };
};

const messageOf = (error: unknown): string =>
  oneLine(error instanceof Error ? error.message : String(error), 300);
