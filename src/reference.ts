import { exitCodes } from './model/error.ts';
import { operations } from './operations/index.ts';
import type { Command, Operation } from './operations/operation.ts';
import { optionName } from './cli/options.ts';
import { optionsOf, placesOf } from './cli/program.ts';
import { listedTools } from './mcp/tools.ts';

/** The pages that are made from the operations, by path. A test holds them against the files. */
export const pages = (version: string): Readonly<Record<string, string>> => ({
  'docs/reference.md': referencePage(),
  'man/concord.1': manPage(version),
  'man/git-concord.1': '.so man1/concord.1\n',
});

const commands = (): { operation: Operation; command: Command }[] =>
  operations.flatMap((operation) => operation.commands.map((command) => ({ operation, command })));

const usageOf = (operation: Operation, command: Command): string => {
  const places = placesOf(operation, command).map(({ name, needed }) =>
    needed ? name : `[${name}]`,
  );
  return [
    'concord',
    command.path,
    ...places,
    ...(optionsOf(operation, command).length > 0 ? ['[OPTION]...'] : []),
  ].join(' ');
};

const referencePage = (): string => {
  const tools = listedTools(operations, 'full');
  const sections = commands().map(({ operation, command }) => commandSection(operation, command));
  return [
    '# Reference',
    '',
    'Made from the operations by `npm run reference`; a test holds it against them.',
    '',
    '## Commands',
    '',
    'Every command takes `--as NAME`, `--store PATH`, `--line LINE`, `--json`, `--quiet` and `--no-color`. `git concord ...` is the same as `concord ...`.',
    '',
    ...sections.flat(),
    '### `concord mcp [--profile core|full]`',
    '',
    'Serve the store to a coding agent: Model Context Protocol on standard input and output.',
    '',
    '### `concord completion bash|zsh|fish`',
    '',
    'Print a completion script for a shell.',
    '',
    '### `concord demo`',
    '',
    'Watch three agents in separate processes publish, derive and go stale, in a directory of its own.',
    '',
    '## MCP tools',
    '',
    ...tools.flatMap((tool) => toolSection(tool)),
    '## Exit codes',
    '',
    '| code | exit | ',
    '| --- | --- |',
    '| done | 0 |',
    ...Object.entries(exitCodes).map(([code, exit]) => `| ${code} | ${exit} |`),
    '| wrong usage | 129 |',
    '',
  ].join('\n');
};

const commandSection = (operation: Operation, command: Command): string[] => {
  const rows = [
    ...placesOf(operation, command).map(({ name, description }) => [name, description] as const),
    ...optionsOf(operation, command).map(([key, property]) => [
      `--${optionName(operation, key)}`,
      property.description,
    ]),
  ];
  return [
    `### \`${usageOf(operation, command)}\``,
    '',
    [command.summary ?? operation.summary, operation.details].filter(Boolean).join(' '),
    '',
    ...(rows.length > 0
      ? [
          '| argument | meaning |',
          '| --- | --- |',
          ...rows.map(([name, text]) => `| \`${name}\` | ${cell(text ?? '')} |`),
          '',
        ]
      : []),
    ...(command.examples ? ['```sh', ...command.examples, '```', ''] : []),
  ];
};

const toolSection = (tool: ReturnType<typeof listedTools>[number]): string[] => {
  const { properties, required = [] } = tool.inputSchema as unknown as Operation['input'];
  return [
    `### \`${tool.name}\``,
    '',
    `${tool.description}${tool.annotations['readOnlyHint'] ? ' Only reads.' : ''}`,
    '',
    '| argument | type | meaning |',
    '| --- | --- | --- |',
    ...Object.entries(properties).map(
      ([key, property]) =>
        `| \`${key}\`${required.includes(key) ? '' : '?'} | ${property.type} | ${cell(property.description)} |`,
    ),
    '',
  ];
};

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`);

/** Escapes what troff would take for its own. */
const troff = (text: string): string =>
  text
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replace(/^([.'])/gm, String.raw`\&$1`);

const manPage = (version: string): string =>
  [
    `.TH CONCORD 1 "" "git-concord ${version}" "Concord"`,
    '.SH NAME',
    String.raw`concord, git\-concord \- versioned artifacts and their lineage for teams of coding agents, in git`,
    '.SH SYNOPSIS',
    ...commands().flatMap(({ operation, command }) => [
      `.B ${troff(usageOf(operation, command))}`,
      '.br',
    ]),
    '.SH DESCRIPTION',
    troff(
      'Agents publish typed, validated, versioned artifacts into refs/concord/main of a git repository, read any version back, and ask how each was derived, what depends on it and what is out of date. Each transaction is one commit: "git log concord/main" is the audit trail.',
    ),
    '.SH COMMANDS',
    ...commands().flatMap(({ operation, command }) => manCommand(operation, command)),
    '.SH OPTIONS OF EVERY COMMAND',
    troff('--as NAME, --store PATH, --line LINE, --json, --quiet, --no-color'),
    '.SH EXIT STATUS',
    troff(
      `0 done, 129 wrong usage; refusals: ${Object.entries(exitCodes)
        .map(([code, exit]) => `${code} ${exit}`)
        .join(', ')}.`,
    ),
    '',
  ].join('\n');

const manCommand = (operation: Operation, command: Command): string[] => [
  `.SS ${troff(usageOf(operation, command))}`,
  troff(command.summary ?? operation.summary),
  ...optionsOf(operation, command).flatMap(([key, property]) => [
    '.TP',
    `.B ${troff(`--${optionName(operation, key)}`)}`,
    troff(property.description),
  ]),
  ...(command.examples ?? []).flatMap((example) => ['.PP', '.RS', troff(example), '.RE']),
];
