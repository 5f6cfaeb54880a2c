import { oneLine } from '../model/text.ts';
import { contractUpdate } from '../operations/contract/update.ts';
import { invoke } from '../operations/invoke.ts';
import type { Context } from '../operations/operation.ts';
import type { Crew } from './crew.ts';
import { nextStep, recovery } from './decide.ts';
import type { Stage } from './decide.ts';
import {
  directoryOf,
  discard,
  isLeftOver,
  listRuns,
  ownerOf,
  ownershipOf,
  readRecord,
  take,
} from './records.ts';
import type { RunRecord } from './records.ts';
import { prevent, startedIn } from './script.ts';
import { rememberOwn, standingOf } from './standing.ts';

/** A run that this supervisor has taken over from one that is gone. */
export type TakenOver = {
  readonly record: RunRecord;
  readonly context: Context;
};

export type Recovered = {
  /** Those whose command has begun, at work or not. */
  readonly taken: readonly TakenOver[];
  /** How many never began, and were undone. */
  readonly undone: number;
};

/** Takes over what supervisors have left that are not there any more. */
export const recover = async (
  crew: Crew,
  known: ReadonlySet<string>,
  note: (text: string) => void,
): Promise<Recovered> => {
  const found: TakenOver[] = [];
  let undone = 0;
  for (const id of listRuns(crew.runs).filter((one) => !known.has(one))) {
    try {
      const taken = await takeOver(crew, id);
      if (taken === 'undone') undone += 1;
      else if (taken) found.push(taken);
    } catch (error) {
      // It stays as it is: the next look finds it again.
      note(
        `The run ${id} could not be taken over: ${oneLine(error instanceof Error ? error.message : String(error))}`,
      );
    }
  }
  return { taken: found, undone };
};

const takeOver = async (crew: Crew, id: string): Promise<TakenOver | 'undone' | undefined> => {
  const { runs } = crew;
  const [record, mark] = [readRecord(runs, id), ownerOf(runs, id)];
  const owner = ownershipOf(mark, record?.host);
  const context = record && crew.contextFor(record);
  const held = owner === 'unknown' && record && context ? await isInForce(context, record) : false;
  const what = recovery({ owner, record: record !== undefined, old: isLeftOver(runs, id), held });
  if (what === 'discard') discard(runs, id);
  if (what !== 'take' || !record || !context || mark === undefined || !take(runs, id, mark))
    return undefined;
  return goOn(crew, record, context);
};

const stageOf = (directory: string): Stage => {
  const started = startedIn(directory);
  return typeof started === 'string' ? started : 'begun';
};

const goOn = async (
  crew: Crew,
  record: RunRecord,
  context: Context,
): Promise<TakenOver | 'undone' | undefined> => {
  const directory = directoryOf(crew.runs, record.id);
  let step = nextStep(stageOf(directory));
  if (step === 'prevent') {
    // Either this makes it certain that it never begins, or it has begun in this moment.
    prevent(directory);
    step = nextStep(stageOf(directory));
  }
  if (step === 'attend') return { record, context };
  if (step !== 'undo') return undefined;
  await undo(crew, record, context);
  return 'undone';
};

/** The command never began: the contract goes back as it was. */
export const undo = async (crew: Crew, record: RunRecord, context: Context): Promise<void> => {
  const stands = await standingOf(context, record, undefined);
  if (stands.claim === 'held') {
    await rememberOwn(context, stands);
    const { contract: contractId } = record;
    await invoke(contractUpdate, { contractId, action: 'release' }, context);
  }
  discard(crew.runs, record.id);
};

const isInForce = async (context: Context, record: RunRecord): Promise<boolean> => {
  const { claim, contract } = await standingOf(context, record, record.moves);
  const store = await context.store();
  const { expires } = contract?.claim ?? {};
  return claim === 'held' && (expires === undefined || expires > store.now());
};
