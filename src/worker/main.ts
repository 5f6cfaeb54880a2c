import type { Agent } from '../model/entity.ts';
import { ConcordError } from '../model/error.ts';
import { shown } from '../model/text.ts';
import { idOfPlace, lists } from '../model/contract/keys.ts';
import { invoke } from '../operations/invoke.ts';
import type { Context, Speak } from '../operations/operation.ts';
import { teamApply } from '../operations/team/apply.ts';
import type { ApplyOutput } from '../operations/team/apply.ts';
import { teamStatus } from '../operations/team/status.ts';
import type { StatusOutput } from '../operations/team/status.ts';
import { assemble } from './assemble.ts';
import { cannotEdit } from './launch/can-edit.ts';
import { onePlace, ownPlaces } from './places.ts';
import { agentsSaid, askOnTerminal, listed, serving } from './served.ts';
import { showOf } from './show.ts';
import type { Show, ShowOptions } from './show.ts';
import { onSignals, interrupted } from './signals.ts';
import { stateOf } from './state-of.ts';
import { summaryLines } from './summary.ts';
import { Supervisor } from './supervisor.ts';

export type WorkOptions = ShowOptions & {
  /** name=command, as the user wrote it. */
  readonly agent: readonly string[];
  readonly parallel: number;
  readonly timeLimit: number;
  /** Undefined: where more than one may run and it is possible. */
  readonly worktree: boolean | undefined;
  readonly untilIdle: boolean;
  readonly yes: boolean;
};

export type UpOptions = WorkOptions & {
  readonly file: string;
  readonly prefix: string | undefined;
  readonly set: readonly string[];
};

/** `concord run`: the exit code. */
export const run = (options: WorkOptions, context: Context): Promise<number> =>
  supervise(options, context, showOf(options));

/** `concord up`: apply, then run. */
export const up = async (options: UpOptions, context: Context, speak: Speak): Promise<number> => {
  const show = showOf(options);
  const { file, prefix, set } = options;
  const input = { file, set, ...(prefix !== undefined && { prefix }) };
  const applied = (await invoke(teamApply, input, context)) as ApplyOutput;
  // What comes next follows here anyway.
  const [said = ''] = teamApply.render(applied, speak, input as never).split('\n\nNext: ');
  show.lines([...said.split('\n'), '']);
  show.object({ type: 'applied', ...applied });
  const { budget } = (await invoke(teamStatus, {}, context)) as StatusOutput;
  if (!budget?.limit)
    note(show, 'No budget is set: only attempts and time limits bound what this may cost.');
  return supervise(options, context, show);
};

const note = (show: Show, text: string): void => show.event({ type: 'note', at: Date.now(), text });

/** Work goes on when nobody reads what is said of it: a pipe that is closed, a terminal that went away. */
const saidToNobody = (): void => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    stream.on('error', () => undefined);
  }
};

const supervise = async (options: WorkOptions, context: Context, show: Show): Promise<number> => {
  saidToNobody();
  const store = await context.store();
  const said = agentsSaid(options.agent, store.now());
  const canAsk = process.stdin.isTTY && process.stderr.isTTY && !options.json;
  const asking = { yes: options.yes, ask: canAsk ? askOnTerminal : undefined };
  const agents = await serving(context, said, asking, (text) => note(show, text));
  const first = await agents();
  await checkEditing(context, first);
  const places = await placesOf(options, context, show);
  show.lines([`Starts on ${context.line}, at most ${options.parallel} at once:`, ...listed(first)]);
  const { parallel, untilIdle, timeLimit: limit } = options;
  const { place, leave, toMerge } = places;
  const report = show.event;
  const how = { parallel, limit, untilIdle, agents, place, leave, report };
  const crew = await assemble(context, how);
  const supervisor = new Supervisor(crew);
  const off = onSignals(() => supervisor.interrupt());
  const close = show.follow(() => stateOf(crew, supervisor));
  try {
    await supervisor.work();
  } finally {
    await close();
    off();
  }
  return conclude(options, context, show, supervisor, toMerge);
};

const conclude = async (
  options: WorkOptions,
  context: Context,
  show: Show,
  { endings, phase }: Supervisor,
  toMerge: () => Promise<readonly string[]>,
): Promise<number> => {
  const status = (await invoke(teamStatus, {}, context)) as StatusOutput;
  const merging = await toMerge();
  show.lines(['', ...summaryLines(endings, status), ...merging]);
  show.object({ type: 'summary', endings, contracts: status.contracts, merging });
  if (phase === 'stopped' || (phase === 'stopping' && options.untilIdle)) return interrupted;
  return options.untilIdle && (status.contracts['failed'] ?? 0) > 0 ? 1 : 0;
};

/** Refuses, before anything is paid for, agents that would be refused every edit. */
const checkEditing = async (context: Context, agents: readonly Agent[]): Promise<void> => {
  const store = await context.store();
  const open = await store.look(context.line, (view) =>
    ['pending', 'ready', 'in_progress'].flatMap((status) =>
      [...view.places(lists.status(status))].flatMap(
        (place) => view.contract(idOfPlace(place)) ?? [],
      ),
    ),
  );
  for (const agent of agents) {
    const refusal = cannotEdit(agent, open);
    if (refusal) throw refusal;
  }
};

/** Each contract in a work tree of its own, where that was asked for, or where several would be in each other's way. */
const placesOf = async (
  { worktree, parallel }: WorkOptions,
  context: Context,
  show: Show,
): Promise<ReturnType<typeof onePlace>> => {
  if (worktree === false || (worktree === undefined && parallel === 1)) return onePlace(context);
  try {
    return await ownPlaces(context, process.env);
  } catch (error) {
    if (worktree === true || !(error instanceof ConcordError)) throw error;
    note(show, `All work in this directory: ${error.message}`);
    return onePlace(context);
  }
};

/** A number of the command line. */
export const positive = (text: string, name: string, most: number): number => {
  const number = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= most) return number;
  throw new ConcordError(
    'INVALID',
    `${name} must be a whole number from 1 to ${most}; got ${shown(text)}.`,
  );
};
