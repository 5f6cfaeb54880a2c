import { Argument, Option } from 'commander';
import type { Command as Program } from 'commander';
import type { Operation } from '../operations/operation.ts';
import { colourWanted, contextOf } from './run.ts';
import type { Globals } from './run.ts';
import { cliSpeak, commandLine, forTerminal } from './speak.ts';
import { version } from './version.ts';

/** Commands that are no operations: they serve the store or explain the program. Each is loaded when it is called. */
export const addExtras = (program: Program, operations: readonly Operation[]): void => {
  program
    .command('mcp')
    .description(
      'Serve the store to a coding agent: Model Context Protocol on standard input and output.',
    )
    .addOption(
      new Option('--profile <name>', 'core: the tools that every session needs; full: all')
        .choices(['core', 'full'])
        .default('core'),
    )
    .exitOverride()
    .action(async (options: { profile: string }, command: Program) => {
      const { serve } = await import('../mcp/main.ts');
      const { as, store, line } = command.optsWithGlobals<Globals>();
      await serve({
        version: version(),
        as,
        store,
        line,
        profile: options.profile === 'full' ? 'full' : 'core',
      });
    });
  addWorker(program, operations);
  program
    .command('completion')
    .argument('<shell>', 'bash, zsh or fish')
    .description('Print a completion script for a shell.')
    .exitOverride()
    .action(async (shell: string) => {
      const { completion } = await import('./completion.ts');
      process.stdout.write(completion(shell, program));
    });
  addDemo(program, operations);
};

const addDemo = (program: Program, operations: readonly Operation[]): void => {
  program
    .command('demo')
    .description(
      'Watch three agents in separate processes work through contracts, in a directory of its own.',
    )
    .addArgument(
      new Argument('[story]', 'healing: failing tests are repaired; replay: one input is changed')
        .choices(['healing', 'replay'])
        .default('healing'),
    )
    .option('--clean', 'remove that directory at the end')
    .exitOverride()
    .action(async (story: 'healing' | 'replay', options: { clean?: boolean }, command: Program) => {
      const { demo } = await import('./demo.ts');
      const colour = colourWanted(command.optsWithGlobals<Globals>());
      process.exitCode = await demo({ story, clean: options.clean ?? false, colour, operations });
    });
};

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
const addWorker = (program: Program, operations: readonly Operation[]): void => {
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
