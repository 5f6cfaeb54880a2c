import { Argument, Option } from 'commander';
import type { Command as Program } from 'commander';
import type { Operation } from '../operations/operation.ts';
import { colourWanted } from './run.ts';
import type { Globals } from './run.ts';
import { addWorker } from './supervise.ts';
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
  addHook(program);
  addCompletion(program);
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

const addHook = (program: Program): void => {
  program
    .command('hook')
    .argument('<event>', 'session-start, prompt, stop, wait and others')
    .description('Answer a hook of a coding agent: init --client registers them.')
    .option('--client <name>', 'claude, codex, gemini or cursor', 'claude')
    .option('--timeout <seconds>', 'wait: at most so many seconds', '3500')
    .exitOverride()
    .action(async (event: string, { client, timeout }: { client: string; timeout: string }) => {
      const { hook } = await import('../hook/main.ts');
      await hook([event, '--client', client, '--timeout', timeout]);
    });
};

const addCompletion = (program: Program): void => {
  program
    .command('completion')
    .argument('<shell>', 'bash, zsh or fish')
    .description('Print a completion script for a shell.')
    .exitOverride()
    .action(async (shell: string) => {
      const { completion } = await import('./completion.ts');
      process.stdout.write(completion(shell, program));
    });
};
