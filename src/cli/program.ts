import { Command as Program } from 'commander';
import { exitCodes } from '../model/error.ts';
import type { Command, Operation } from '../operations/operation.ts';
import type { Property } from '../operations/schema.ts';
import { optionName, optionOf, valueOf } from './options.ts';
import { runCommand } from './run.ts';
import type { Extra, Globals } from './run.ts';

type Building = {
  readonly program: Program;
  readonly groups: Map<string, Program>;
  readonly operations: readonly Operation[];
  readonly exit: (code: number) => void;
};

/**
 * Builds the command line from the operations: it knows none of them by name. Only those that are `called` become commands; what is said
 * of calls knows them all. `exit` is told the exit code.
 */
export const buildProgram = (
  called: readonly Operation[],
  operations: readonly Operation[],
  exit: (code: number) => void,
): Program => {
  const program = new Program('concord')
    .description(
      'Contracts, versioned artifacts and their lineage for teams of coding agents, in git.',
    )
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false, minWidthToWrap: 20 })
    .showHelpAfterError('(add --help for what is allowed)')
    .exitOverride();
  addGlobals(program);
  const building = { program, groups: new Map<string, Program>(), operations, exit };
  for (const operation of called) {
    for (const command of operation.commands) addCommand(building, operation, command);
  }
  return program;
};

const addGlobals = (program: Program): void => {
  program
    .option(
      '--as <name>',
      'who calls (default: CONCORD_AGENT, the name taken by "concord as", git config concord.agent, then the git user)',
    )
    .option('--store <path>', 'use the store of the repository at this path (CONCORD_STORE)')
    .option('--line <line>', 'line to work on (CONCORD_LINE; default: main)')
    .option('--json', 'print one object: {ok, data} or {ok, error}')
    .option('--quiet', 'print nothing but errors')
    .option('--allow-secrets', 'write what looks like a password or key all the same')
    .option('--no-color', 'print without colours')
    // No option of the program for commander: it would take the --version of "concord get" for its own.
    .addHelpText('after', '\nconcord --version prints the version number.');
};

const addCommand = (building: Building, operation: Operation, command: Command): void => {
  const made = programOf(building, command.path)
    .description(command.summary ?? operation.summary)
    .exitOverride();
  const places = placesOf(operation, command);
  for (const { name, needed, description } of places)
    made.argument(needed ? `<${name}>` : `[${name}]`, description);
  for (const [key, property] of optionsOf(operation, command))
    made.addOption(optionOf(operation, key, property));
  if (operation.following) made.option('--follow', followWords);
  const examples = command.examples?.map((text) => `  ${text}`) ?? [];
  if (examples.length > 0) made.addHelpText('after', ['', 'Examples:', ...examples].join('\n'));
  made.configureOutput({
    outputError: (text, write) => write(`${text}${nearby(text, made, command)}`),
  });
  made.action(async (...given: unknown[]) => {
    const input = await inputOf(operation, command, given.slice(0, places.length), made.opts());
    const globals = made.optsWithGlobals<Globals & Extra>();
    building.exit(await runCommand(building.operations, operation, command, input, globals));
  });
};

export const followWords =
  'Go on, and show what is new as it happens, until Ctrl-C; with --json one object a line.';

/** Below the error that nothing was given: how the command is called. */
const nearby = (error: string, made: Program, { examples = [] }: Command): string => {
  if (!error.includes('missing required argument')) return '';
  const example = examples[0] === undefined ? '' : `Example: ${examples[0]}\n`;
  return `Usage: ${made.createHelp().commandUsage(made)}\n${example}`;
};

/** `artifact list` is `list` below the group `artifact`; a command such as `budget` may have others below it. */
const programOf = ({ program, groups }: Building, path: string): Program => {
  const [first = '', second] = path.split(' ');
  if (second === undefined) {
    const made = groups.get(first) ?? program.command(first);
    groups.set(first, made);
    return made;
  }
  const group =
    groups.get(first) ??
    program
      .command(first)
      .description(groupSummaries[first] ?? `Commands about ${first}s.`)
      .exitOverride();
  groups.set(first, group);
  return group.command(second);
};

const groupSummaries: Readonly<Record<string, string>> = {
  contract: 'Give, list, show and change contracts: work that agents do for each other.',
  pipeline: 'Set up, list, show, try and stop pipelines: rules that react to what happens.',
  artifact: 'List artifacts, their versions, and differences between them.',
  snapshot: 'Name the state of a line, list and show such states.',
  replay: 'Run work again from an earlier state, on a line of its own; take it over, or drop it.',
  type: 'List, show and register artifact types.',
  agent: 'List the agents.',
};

/** What git itself ends with when it is called wrongly; 2 would mean "block" to the hooks of coding agents. */
export const usage = 129;

/** What each exit code means, in order. */
export const exitMeanings = (): readonly (readonly [number, string])[] => {
  const names = new Map<number, string[]>([[0, ['done']]]);
  for (const [name, code] of [...Object.entries(exitCodes), ['wrong usage', usage] as const])
    names.set(code, [...(names.get(code) ?? []), name]);
  return [...names].map(([code, all]) => [code, all.join(', ')] as const).sort(([a], [b]) => a - b);
};

export type Place = {
  readonly key: string;
  readonly name: string;
  readonly needed: boolean;
  readonly description: string;
};

/** The arguments that a command takes by place. */
export const placesOf = (operation: Operation, command: Command): readonly Place[] =>
  (command.positional ?? []).map((key) => ({
    key,
    name: key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
    needed: [...(operation.input.required ?? []), ...(command.needs ?? [])].includes(key),
    description: command.words?.[key] ?? operation.input.properties[key]?.description ?? '',
  }));

/** The arguments that a command takes as options: not those it takes by place, fixes, or leaves to the global options. */
export const optionsOf = (
  operation: Operation,
  command: Command,
): readonly (readonly [string, Property])[] =>
  Object.entries(operation.input.properties)
    .filter(
      ([key]) =>
        key !== 'line' &&
        key !== 'detail' &&
        !command.positional?.includes(key) &&
        !command.without?.includes(key),
    )
    .map(([key, property]) => {
      const description = command.words?.[key] ?? property.description;
      const often = property.type === 'array' ? ' (may be repeated)' : '';
      return [key, { ...property, description: `${description}${often}` }];
    });

const inputOf = async (
  operation: Operation,
  command: Command,
  given: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> => {
  const input: Record<string, unknown> = {};
  for (const [index, { key }] of placesOf(operation, command).entries())
    if (given[index] !== undefined) input[key] = given[index];
  for (const [key, property] of optionsOf(operation, command)) {
    const name = optionName(operation, key);
    const value = options[camel(name)];
    if (value !== undefined) input[key] = await valueOf(key, property, value, name);
  }
  return input;
};

const camel = (name: string): string =>
  name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
