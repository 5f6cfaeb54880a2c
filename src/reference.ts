import { operations } from './operations/index.ts';
import type { Command, Operation } from './operations/operation.ts';
import { optionName } from './cli/options.ts';
import { exitMeanings, followWords, optionsOf, placesOf } from './cli/program.ts';
import { listedTools } from './mcp/tools.ts';

export { pluginFiles } from './operations/guide/plugin.ts';

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

/** An argument, and what it means. */
type Row = readonly [string, string];

const rowsOf = (operation: Operation, command: Command): readonly Row[] => [
  ...placesOf(operation, command).map(({ name, description }): Row => [name, description]),
  ...optionsOf(operation, command).map(([key, { description }]): Row => [
    `--${optionName(operation, key)}`,
    description,
  ]),
  ...(operation.following ? [['--follow', followWords] as const] : []),
];

/** What both commands of the supervisor take. */
const worker: readonly Row[] = [
  [
    '--agent',
    'name=command: a command to start for an agent, a line for the shell, or claude, codex, gemini (may be repeated). Without it, agents of the store that have a command.',
  ],
  ['--parallel', 'How many may run at once (default: 2).'],
  ['--time-limit', 'Seconds that one may take (default: 3600).'],
  [
    '--worktree, --no-worktree',
    'Each contract in a work tree and on a branch of its own, or all in this directory (default: work trees where several may run).',
  ],
  ['--yes', 'Run commands that stand in the store, though they have not been run here.'],
];

/** The commands that are no operations. */
const extras: readonly { usage: string; summary: string; rows: readonly Row[] }[] = [
  {
    usage: 'concord mcp [OPTION]...',
    summary:
      'Serve the store to a coding agent: Model Context Protocol on standard input and output.',
    rows: [['--profile', 'core: the tools that every session needs; full: all (default: core)']],
  },
  {
    usage: 'concord run [OPTION]...',
    summary:
      'Start a command for each contract that becomes ready, and see it to its end. The first Ctrl-C starts nothing new, the second stops what runs and gives it back. Exits with 0, with 1 where --until-idle leaves a failed contract, with 130 where it was interrupted.',
    rows: [
      ...worker,
      ['--until-idle', 'End when nothing runs and nothing can become ready by itself.'],
    ],
  },
  {
    usage: 'concord up [FILE] [OPTION]...',
    summary:
      'Apply a team file, then run its agents until nothing is left to do. Exits as concord run --until-idle does.',
    rows: [
      ['FILE', 'Agents, contracts, pipelines, budget (default: team.yaml).'],
      ...worker,
      ['--prefix', 'Put before every id that the file brings: auth/.'],
      ['--set', 'A parameter of the file: name=value (may be repeated).'],
      ['--keep-running', 'Go on when nothing is left to do.'],
    ],
  },
  {
    usage: 'concord completion SHELL',
    summary: 'Print a completion script for a shell.',
    rows: [['SHELL', 'bash, zsh or fish']],
  },
  {
    usage: 'concord demo [STORY] [OPTION]...',
    summary:
      'Watch three agents in separate processes work through contracts, in a directory of its own.',
    rows: [
      ['STORY', 'healing (default): failing tests are repaired; replay: one input is changed.'],
      ['--clean', 'Remove that directory at the end.'],
    ],
  },
];

const environment: readonly Row[] = [
  ['CONCORD_AGENT', 'Who calls, where --as does not say it.'],
  ['CONCORD_STORE', 'The repository whose store is used, where --store does not say it.'],
  ['CONCORD_LINE', 'The line to work on, where --line does not say it.'],
  [
    'CONCORD_SESSION',
    'Tells the calls of one session from those of another: what was read belongs to a session. Without it, the session of the coding agent, or the shell.',
  ],
  [
    'GIT_PAGER, PAGER',
    'What long output is shown through on a terminal, as git does it (core.pager too); "cat" for none.',
  ],
  ['NO_COLOR', 'Set to anything: print without colours.'],
];

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
    ...extras.flatMap(({ usage, summary, rows }) => [
      `### \`${usage}\``,
      '',
      summary,
      '',
      ...table(rows),
    ]),
    '## MCP tools',
    '',
    ...tools.flatMap((tool) => toolSection(tool)),
    '## Exit codes',
    '',
    '| exit | meaning |',
    '| --- | --- |',
    ...exitMeanings().map(([code, names]) => `| ${code} | ${names} |`),
    '',
  ].join('\n');
};

const commandSection = (operation: Operation, command: Command): string[] => {
  const rows = rowsOf(operation, command);
  return [
    `### \`${usageOf(operation, command)}\``,
    '',
    [command.summary ?? operation.summary, operation.details].filter(Boolean).join(' '),
    '',
    ...table(rows),
    ...(command.examples ? ['```sh', ...command.examples, '```', ''] : []),
  ];
};

const table = (rows: readonly Row[]): string[] =>
  rows.length === 0
    ? []
    : [
        '| argument | meaning |',
        '| --- | --- |',
        ...rows.map(([name, text]) => `| \`${name}\` | ${cell(text)} |`),
        '',
      ];

const toolSection = (tool: ReturnType<typeof listedTools>[number]): string[] => {
  const { required = [] } = tool.inputSchema as unknown as Operation['input'];
  // Arguments that speak for themselves are listed to agents without words; here they have them.
  const operation = operations.find(({ name }) => name === tool.name);
  const listed = Object.keys(tool.inputSchema['properties'] as object);
  const properties = listed.map((key) => [key, operation?.input.properties[key]] as const);
  return [
    `### \`${tool.name}\``,
    '',
    `${tool.description}${tool.annotations['readOnlyHint'] ? ' Only reads.' : ''}`,
    '',
    '| argument | type | meaning |',
    '| --- | --- | --- |',
    ...properties.map(
      ([key, property]) =>
        `| \`${key}\`${required.includes(key) ? '' : '?'} | ${property?.type ?? ''} | ${cell(property?.description ?? '')} |`,
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
    ...extras.flatMap(({ usage }) => [`.B ${troff(usage)}`, '.br']),
    '.SH DESCRIPTION',
    troff(
      'Agents publish typed, validated, versioned artifacts into refs/concord/main of a git repository, read any version back, and ask how each was derived, what depends on it and what is out of date. Each transaction is one commit: "git log concord/main" is the audit trail.',
    ),
    '.SH COMMANDS',
    ...commands().flatMap(({ operation, command }) => manCommand(operation, command)),
    ...extras.flatMap(({ usage, summary, rows }) => [
      `.SS ${troff(usage)}`,
      troff(summary),
      ...manRows(rows),
    ]),
    '.SH OPTIONS OF EVERY COMMAND',
    troff('--as NAME, --store PATH, --line LINE, --json, --quiet, --no-color'),
    '.SH ENVIRONMENT',
    ...manRows(environment),
    '.SH EXIT STATUS',
    ...manRows(exitMeanings().map(([code, names]): Row => [String(code), names])),
    '',
  ].join('\n');

const manRows = (rows: readonly Row[]): string[] =>
  rows.flatMap(([name, text]) => ['.TP', `.B ${troff(name)}`, troff(text)]);

const manCommand = (operation: Operation, command: Command): string[] => [
  `.SS ${troff(usageOf(operation, command))}`,
  troff(command.summary ?? operation.summary),
  ...manRows(rowsOf(operation, command)),
  ...(command.examples ?? []).flatMap((example) => ['.PP', '.RS', troff(example), '.RE']),
];
