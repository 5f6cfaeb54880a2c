import { Command as Program } from 'commander';
import type { Command, Operation } from '../operations/operation.ts';
import { optionName, optionOf, valueOf } from './options.ts';
import { runCommand } from './run.ts';
import type { Globals } from './run.ts';

/** Builds the command line from the operations: it knows none of them by name. `exit` is told the exit code. */
export const buildProgram = (
  operations: readonly Operation[],
  version: string,
  exit: (code: number) => void,
): Program => {
  const program = new Program('concord')
    .description('Versioned artifacts and their lineage for teams of coding agents, in git.')
    .version(version)
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .showHelpAfterError('(add --help for what is allowed)')
    .enablePositionalOptions(false)
    .exitOverride();
  addGlobals(program);
  const groups = new Map<string, Program>();
  for (const operation of operations) {
    for (const command of operation.commands)
      addCommand(program, groups, operations, operation, command, exit);
  }
  return program;
};

const addGlobals = (program: Program): void => {
  program
    .option(
      '--as <name>',
      'who calls (default: CONCORD_AGENT, git config concord.agent, then the git user)',
    )
    .option('--store <path>', 'use the store of the repository at this path (CONCORD_STORE)')
    .option('--line <line>', 'line to work on (CONCORD_LINE; default: main)')
    .option('--json', 'print one object: {ok, data} or {ok, error}')
    .option('--quiet', 'print nothing but errors')
    .option('--no-color', 'print without colours');
};

const groupSummaries: Readonly<Record<string, string>> = {
  artifact: 'List artifacts, their versions, and differences between them.',
  type: 'List, show and register artifact types.',
  agent: 'List the agents.',
};

const addCommand = (
  program: Program,
  groups: Map<string, Program>,
  operations: readonly Operation[],
  operation: Operation,
  command: Command,
  exit: (code: number) => void,
): void => {
  const [first = '', second] = command.path.split(' ');
  const parent = second === undefined ? program : groupOf(program, groups, first);
  const made = parent
    .command(second ?? first)
    .description(command.summary ?? operation.summary)
    .exitOverride();
  const required = operation.input.required ?? [];
  for (const key of command.positional ?? []) {
    const name = key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    const must = required.includes(key) && command.preset?.[key] === undefined;
    made.argument(must ? `<${name}>` : `[${name}]`, operation.input.properties[key]?.description);
  }
  for (const [key, property] of optionsOf(operation, command))
    made.addOption(optionOf(operation, key, property));
  if (command.examples)
    made.addHelpText(
      'after',
      `\nExamples:\n${command.examples.map((text) => `  ${text}`).join('\n')}`,
    );
  made.action(async (...given: unknown[]) => {
    const input = await inputOf(
      operation,
      command,
      given.slice(0, command.positional?.length ?? 0),
      made.opts(),
    );
    exit(await runCommand(operations, operation, command, input, made.optsWithGlobals<Globals>()));
  });
};

const groupOf = (program: Program, groups: Map<string, Program>, name: string): Program => {
  const known = groups.get(name);
  if (known) return known;
  const group = program
    .command(name)
    .description(groupSummaries[name] ?? `Commands about ${name}s.`)
    .exitOverride();
  groups.set(name, group);
  return group;
};

type PropertyEntry = readonly [string, Operation['input']['properties'][string]];

/** The arguments that a command takes as options: not those it takes by place, fixes, or leaves to the global options. */
export const optionsOf = (operation: Operation, command: Command): readonly PropertyEntry[] =>
  Object.entries(operation.input.properties).filter(
    ([key]) =>
      key !== 'line' &&
      key !== 'detail' &&
      !command.positional?.includes(key) &&
      !command.without?.includes(key),
  );

const inputOf = async (
  operation: Operation,
  command: Command,
  given: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> => {
  const input: Record<string, unknown> = {};
  for (const [index, key] of (command.positional ?? []).entries())
    if (given[index] !== undefined) input[key] = given[index];
  for (const [key, property] of optionsOf(operation, command)) {
    const value = options[camel(optionName(operation, key))];
    if (value !== undefined) input[key] = await valueOf(key, property, value);
  }
  return input;
};

const camel = (name: string): string =>
  name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
