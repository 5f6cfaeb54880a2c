import type { Command as Program } from 'commander';
import type { Operation } from '../operations/operation.ts';
import { colourWanted, contextOf } from './run.ts';
import type { Globals } from './run.ts';
import { cliSpeak, commandLine, forTerminal } from './speak.ts';

type WorkerFlags = Globals & {
  readonly agent: readonly string[];
  readonly parallel: string;
  readonly timeLimit: string;
  readonly untilIdle?: boolean;
  readonly keepRunning?: boolean;
  readonly worktree?: boolean;
  readonly yes?: boolean;
  readonly set: readonly string[];
  readonly prefix?: string;
};

const repeated = (value: string, before: readonly string[]): readonly string[] => [
  ...before,
  value,
];

const withWorkerOptions = (command: Program): Program =>
  command
    .option(
      '--agent <name=command>',
      'a command to start for an agent: a line for the shell, or claude, codex, gemini (may be repeated)',
      repeated,
      [],
    )
    .option('--parallel <n>', 'how many may run at once', '2')
    .option('--time-limit <seconds>', 'how long one may take', '3600')
    .option('--worktree', 'each contract in a work tree and on a branch of its own')
    .option('--no-worktree', 'all in this directory (default: work trees where several may run)')
    .option('--yes', 'run commands that stand in the store, though they have not been run here')
    .exitOverride();

/** The supervisor: it starts agents, and is none. */
export const addWorker = (program: Program, operations: readonly Operation[]): void => {
  const work = async (command: Program, file?: string): Promise<void> => {
    const flags = command.optsWithGlobals<WorkerFlags>();
    const { positive, run, up } = await import('../worker/main.ts');
    const context = contextOf(flags);
    const speak = cliSpeak(
      (call) => commandLine(operations, flags, call),
      colourWanted(flags),
      Date.now(),
    );
    const print = (text: string): void =>
      void process.stdout.write(`${process.stdout.isTTY ? forTerminal(text) : text}\n`);
    const options = {
      agent: flags.agent,
      parallel: positive(flags.parallel, '--parallel', 64),
      timeLimit: positive(flags.timeLimit, '--time-limit', 604_800),
      untilIdle: file === undefined ? flags.untilIdle === true : flags.keepRunning !== true,
      yes: flags.yes === true,
      json: flags.json === true,
      quiet: flags.quiet === true,
      worktree: flags.worktree,
      colour: colourWanted(flags),
      print,
    };
    try {
      process.exitCode =
        file === undefined
          ? await run(options, context)
          : await up({ ...options, file, prefix: flags.prefix, set: flags.set }, context, speak);
    } finally {
      await context.close();
    }
  };
  withWorkerOptions(program.command('run'))
    .description('Start a command for each contract that becomes ready, and see it to its end.')
    .option('--until-idle', 'end when nothing runs and nothing can become ready by itself')
    .addHelpText('after', examples('run', ["--agent 'qa-dev=./run-tests'", '--parallel 4']))
    .action((_options: unknown, command: Program) => work(command));
  withWorkerOptions(program.command('up'))
    .argument('[file]', 'agents, contracts, pipelines, budget', 'team.yaml')
    .description('Apply a team file, then run its agents until nothing is left to do.')
    .option('--prefix <prefix>', 'put before every id that the file brings: auth/')
    .option('--set <name=value>', 'a parameter of the file (may be repeated)', repeated, [])
    .option('--keep-running', 'go on when nothing is left to do')
    .addHelpText('after', examples('up', ['', 'team.yaml --parallel 3 --time-limit 1800']))
    .action((file: string, _options: unknown, command: Program) => work(command, file));
};

const examples = (name: string, lines: readonly string[]): string =>
  ['', 'Examples:', ...lines.map((line) => `  concord ${name} ${line}`.trimEnd())].join('\n');
