import { ConcordError } from '../model/error.ts';
import type { Agent } from '../model/entity.ts';
import { hooksFor } from '../operations/client/hooks.ts';
import { makeContext } from '../operations/context.ts';
import { runPrompt } from '../operations/guide/run.ts';
import { invoke } from '../operations/invoke.ts';
import type { Context, Speak } from '../operations/operation.ts';
import { teamApply } from '../operations/team/apply.ts';
import type { ApplyOutput } from '../operations/team/apply.ts';
import { teamStatus } from '../operations/team/status.ts';
import type { StatusOutput } from '../operations/team/status.ts';
import type { Crew } from './crew.ts';
import { planLaunch } from './launch/launch.ts';
import { runningProgram } from './launch/program.ts';
import { directoryOf, runsIn } from './records.ts';
import type { RunRecord } from './records.ts';
import { eventText, summaryLines } from './say.ts';
import { agentsSaid, askOnTerminal, listed, serving } from './served.ts';
import type { WorkerEvent } from './state.ts';
import { Supervisor } from './supervisor.ts';
import { lastLineOf } from './used.ts';

export type WorkOptions = {
  /** name=command, as the user wrote it. */
  readonly agent: readonly string[];
  readonly parallel: number;
  readonly timeLimit: number;
  readonly untilIdle: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
};

export type UpOptions = WorkOptions & {
  readonly file: string;
  readonly prefix: string | undefined;
  readonly set: readonly string[];
};

/** What the command line lends it. */
export type Outside = {
  readonly context: Context;
  readonly speak: Speak;
  /** Prints a text and a line end, safely. */
  readonly print: (text: string) => void;
};

const say = ({ json, quiet }: WorkOptions, { print }: Outside) => ({
  event: (event: WorkerEvent): void => {
    if (json) print(JSON.stringify(event));
    else if (!quiet) print(eventText(event));
  },
  line: (text: string): void => {
    if (!json && !quiet) print(text);
  },
  object: (value: object): void => {
    if (json) print(JSON.stringify(value));
  },
});

/** Puts the parts together for one supervisor. */
const crewOf = async (
  options: WorkOptions,
  base: Context,
  agents: () => Promise<readonly Agent[]>,
  report: Crew['report'],
): Promise<Crew> => {
  const store = await base.store();
  const runs = runsIn(store.repository.local);
  const settings = { program: runningProgram(), inherited: process.env, hooks: hooksFor };
  const apart = base.separate ? { store: base.location } : {};
  return {
    base,
    line: base.line,
    runs,
    parallel: options.parallel,
    limit: options.timeLimit,
    untilIdle: options.untilIdle,
    agents,
    contextFor: ({ id, agent, line }: Pick<RunRecord, 'id' | 'agent' | 'line'>, cwd) =>
      makeContext({
        caller: { as: agent, environment: {}, session: id, server: true },
        directory: cwd ?? base.directory,
        ...apart,
        line,
        readFile: base.readFile,
        shared: () => base.store(),
      }),
    place: async () => ({ cwd: base.directory }),
    plan: async (agent, record, claim, { cwd }) =>
      planLaunch({
        agent,
        contract: record.contract,
        attempt: record.attempt ?? 1,
        prompt: runPrompt(claim) ?? '',
        run: record.id,
        line: record.line,
        ...apart,
        directory: directoryOf(runs, record.id),
        cwd,
        settings,
      }),
    used: async (_kind, output) => ({ denials: [], lastLine: lastLineOf(output) }),
    report,
  };
};

/** The first time: nothing new. The second: what runs is stopped. The third leaves it to whoever starts the next supervisor. */
const onSignals = (supervisor: Supervisor): (() => void) => {
  let times = 0;
  const interrupt = (): void => {
    times += 1;
    if (times > 2) process.exit(interrupted);
    supervisor.interrupt();
  };
  // A terminal that goes away asks only once.
  const hangUp = (): void => {
    while (times < 2) interrupt();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  process.on('SIGHUP', hangUp);
  return () => {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    process.off('SIGHUP', hangUp);
  };
};

/** What a shell makes of a program that was ended by Ctrl-C. */
const interrupted = 130;

/** `concord run`: the exit code. */
export const run = async (options: WorkOptions, outside: Outside): Promise<number> => {
  const { context } = outside;
  const told = say(options, outside);
  const store = await context.store();
  const said = agentsSaid(options.agent, store.now());
  const ask =
    process.stdin.isTTY && process.stderr.isTTY && !options.json ? askOnTerminal : undefined;
  const note = (text: string): void => told.event({ type: 'note', at: Date.now(), text });
  const agents = await serving(context, said, { yes: options.yes, ask }, note);
  told.line(`Starts on ${context.line}, ${options.parallel} at a time:`);
  for (const line of listed(await agents())) told.line(line);
  const supervisor = new Supervisor(await crewOf(options, context, agents, told.event));
  const off = onSignals(supervisor);
  try {
    await supervisor.work();
  } finally {
    off();
  }
  return conclude(options, outside, supervisor);
};

const conclude = async (
  options: WorkOptions,
  outside: Outside,
  { endings, phase }: Supervisor,
): Promise<number> => {
  const told = say(options, outside);
  const status = (await invoke(teamStatus, {}, outside.context)) as StatusOutput;
  const failed = status.contracts['failed'] ?? 0;
  told.line('');
  for (const line of summaryLines(endings, status)) told.line(line);
  told.object({ type: 'summary', endings, contracts: status.contracts });
  if (phase === 'stopped' || (phase === 'stopping' && options.untilIdle)) return interrupted;
  return failed > 0 && options.untilIdle ? 1 : 0;
};

/** `concord up`: apply, then run. */
export const up = async (options: UpOptions, outside: Outside): Promise<number> => {
  const { context, speak } = outside;
  const told = say(options, outside);
  const { file, prefix, set } = options;
  const input = { file, set, ...(prefix !== undefined && { prefix }) };
  const applied = (await invoke(teamApply, input, context)) as ApplyOutput;
  told.line(teamApply.render(applied, speak, input as never).replace(/\n\nNext: [^\n]*$/, ''));
  told.line('');
  told.object({ type: 'applied', ...applied });
  const status = (await invoke(teamStatus, {}, context)) as StatusOutput;
  if (status.budget?.limit == null)
    told.event({
      type: 'note',
      at: Date.now(),
      text: 'No budget is set: nothing but attempts and time limits ends what this costs.',
    });
  return run(options, outside);
};

/** A number of the command line. */
export const positive = (text: string, name: string, most: number): number => {
  if (/^\d{1,7}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
  throw new ConcordError(
    'INVALID',
    `${name} must be a whole number from 1 to ${most}; got ${JSON.stringify(text.slice(0, 40))}.`,
  );
};
