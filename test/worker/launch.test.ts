import {
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Agent } from '../../src/model/entity.ts';
import { hooksFor } from '../../src/operations/client/hooks.ts';
import { planLaunch } from '../../src/worker/launch/launch.ts';
import { runningProgram } from '../../src/worker/launch/program.ts';
import { writeFiles } from '../../src/worker/launch/write.ts';
import type { Launch, LaunchRequest } from '../../src/worker/launch/types.ts';
import { tempDirectory } from '../helpers/repository.ts';

const bin = fileURLToPath(new URL('../../bin/concord.js', import.meta.url));

const agent = (more: Partial<Agent>): Agent => ({
  name: 'api-dev',
  registered: '2026-11-22T17:43:22Z',
  ...more,
});

type Changes = Partial<Omit<LaunchRequest, 'settings'>> & {
  readonly settings?: Partial<LaunchRequest['settings']>;
};

const plan = (more: Partial<Agent>, changes: Changes = {}): Launch =>
  planLaunch({
    agent: agent(more),
    contract: 'auth/build-api',
    attempt: 2,
    prompt: 'Build the API.',
    run: 'run-7c2e',
    line: 'main',
    directory: '/run/7c2e',
    cwd: '/tree',
    ...changes,
    settings: {
      program: { node: '/opt/node', script: '/opt/concord.js' },
      inherited: { PATH: '/usr/bin', HOME: '/home/ann' },
      ...changes.settings,
    },
  });

const fileOf = (launch: Launch, ending: string): string =>
  launch.files.find(({ path }) => path.endsWith(ending))?.text ?? '';

const identity = {
  CONCORD_AGENT: 'api-dev',
  CONCORD_SESSION: 'run-7c2e',
  CONCORD_CONTRACT: 'auth/build-api',
  CONCORD_ATTEMPT: '2',
  CONCORD_WORK: '1',
  CONCORD_RUN: 'run-7c2e',
};

describe('claude', () => {
  test('is expanded to a line that names hooks, server and allowed tools', () => {
    const launch = plan({ command: ['claude'] });
    expect(launch.words).toEqual([
      'claude',
      '-p',
      '--mcp-config',
      '/run/7c2e/mcp.json',
      '--settings',
      '/run/7c2e/settings.json',
      '--allowedTools',
      'mcp__concord',
      '--output-format',
      'stream-json',
      '--verbose',
      '--',
      'Build the API.',
    ]);
    expect(launch).toMatchObject({ cwd: '/tree', stdin: undefined, usage: 'claude' });
    expect(JSON.parse(fileOf(launch, 'mcp.json'))).toEqual({
      mcpServers: {
        concord: {
          type: 'stdio',
          command: '/opt/node',
          args: ['/opt/concord.js', 'mcp'],
          env: identity,
        },
      },
    });
    expect(JSON.parse(fileOf(launch, 'settings.json'))).toEqual({
      hooks: hooksFor('claude', ['/opt/node', '/opt/concord.js'], { once: true }),
    });
  });

  test("takes the agent's tools, mode, model and what is left of the budget; the user's words come last", () => {
    const { words } = plan(
      {
        command: ['claude', '--effort', 'high'],
        tools: ['Edit', 'Bash(npm test:*)'],
        permissionMode: 'acceptEdits',
        model: 'sonnet',
      },
      { usd: 1.5000000001, settings: { maxTurns: 40 } },
    );
    expect(words.slice(words.indexOf('--allowedTools'))).toEqual([
      '--allowedTools',
      'mcp__concord',
      'Edit',
      'Bash(npm test:*)',
      '--output-format',
      'stream-json',
      '--verbose',
      '--permission-mode',
      'acceptEdits',
      '--model',
      'sonnet',
      '--max-turns',
      '40',
      '--max-budget-usd',
      '1.5',
      '--effort',
      'high',
      '--',
      'Build the API.',
    ]);
  });

  test('gets a prompt that is too long for an argument on standard input', () => {
    const prompt = 'ü'.repeat(60_000);
    const launch = plan({ command: ['claude'] }, { prompt });
    expect(launch.stdin).toBe(prompt);
    expect(launch.words).not.toContain('--');
    expect(Math.max(...launch.words.map((word) => word.length))).toBeLessThan(1000);
  });
});

describe('codex and gemini', () => {
  test('codex gets the server, with who it is, as values of its configuration', () => {
    const { words, stdin, usage } = plan(
      { command: ['codex'], model: 'gpt-x' },
      { settings: { workTree: { writable: ['/repo/.git/objects'] } } },
    );
    expect(words.slice(0, 5)).toEqual(['codex', 'exec', '--json', '--sandbox', 'workspace-write']);
    expect(words).toContain('mcp_servers.concord.command="/opt/node"');
    expect(words).toContain('mcp_servers.concord.args=["/opt/concord.js", "mcp"]');
    expect(words.find((word) => word.includes('.env='))).toContain('CONCORD_SESSION = "run-7c2e"');
    expect(words).toContain('sandbox_workspace_write.writable_roots=["/repo/.git/objects"]');
    expect(words.slice(-4)).toEqual(['--model', 'gpt-x', '--', 'Build the API.']);
    expect([stdin, usage]).toEqual([undefined, 'codex']);
  });

  test.each([
    ['plan', 'read-only', 'plan'],
    ['acceptEdits', 'workspace-write', 'auto_edit'],
    ['bypassPermissions', 'danger-full-access', 'yolo'],
  ] as const)('%s is said in the words of each', (permissionMode, sandbox, mode) => {
    expect(plan({ command: ['codex'], permissionMode }).words).toContain(sandbox);
    expect(plan({ command: ['gemini'], permissionMode }).words).toContain(mode);
  });

  test('gemini gets server and hooks in a file of a work tree of its own; its prompt is no option', () => {
    const changes = { prompt: '--yolo', settings: { workTree: { writable: [] } } };
    const launch = plan({ command: ['gemini'] }, changes);
    expect(JSON.parse(fileOf(launch, '/tree/.gemini/settings.json'))).toMatchObject({
      mcpServers: {
        concord: { command: '/opt/node', env: { CONCORD_SESSION: '$CONCORD_SESSION' } },
      },
      hooks: hooksFor('gemini', ['/opt/node', '/opt/concord.js']),
    });
    expect(fileOf(launch, '/tree/.gemini/.gitignore')).toBe('*\n');
    expect(launch.words.at(-1)).toBe('--prompt=--yolo');
    expect(launch.words).not.toContain('--yolo');
  });

  test("nothing is written into the user's own work tree", () => {
    const { files } = plan({ command: ['gemini'] });
    expect(files.filter(({ path }) => path.startsWith('/tree'))).toEqual([]);
  });
});

describe('any other command', () => {
  test('gets the prompt on standard input and in a file; a line of the shell stays as the user wrote it', () => {
    const launch = plan({ command: ['sh', '-c', './work.sh | tee {prompt}'] });
    expect(launch.words).toEqual(['sh', '-c', './work.sh | tee {prompt}']);
    expect(launch).toMatchObject({ stdin: 'Build the API.', usage: 'none' });
    expect(fileOf(launch, launch.environment['CONCORD_PROMPT_FILE'] ?? '')).toBe('Build the API.');
  });

  test('has whole words replaced, never parts of a word', () => {
    const command = ['my-agent', '--task={prompt}', '{contract}', '{prompt}'];
    const launch = plan({ command }, { prompt: '$(rm -rf .) {contract}' });
    expect(launch.words).toEqual([
      'my-agent',
      '--task={prompt}',
      'auth/build-api',
      '$(rm -rf .) {contract}',
    ]);
  });

  test.each([
    [['sh', '-c', '{prompt}']],
    [['/bin/bash', '-ec', '{prompt}']],
    [['python3', '-c', '{prompt}']],
    [['node', '-e', '{prompt}']],
  ])('%j is refused: the prompt is no program', (command) => {
    expect(() => plan({ command })).toThrow(/run the prompt as a program/);
  });

  test('without a command there is nothing to start', () => {
    expect(() => plan({})).toThrow(/api-dev has no command/);
  });

  test('what no argument can hold does not reach it', () => {
    const { words } = plan({ command: ['x', '{prompt}'] }, { prompt: 'a\u0000b\u001b[2Jc\n' });
    expect(words[1]).toBe('a\\u{0000}b\\u{001b}[2Jc\n');
  });
});

describe('the environment', () => {
  const environment = (inherited: Readonly<Record<string, string>>): Launch['environment'] =>
    plan({ command: ['x'] }, { settings: { inherited } }).environment;

  test('says who the session is; line and store only where they are not the usual ones', () => {
    expect(plan({ command: ['x'] }).environment).toEqual({
      HOME: '/home/ann',
      PATH: '/run/7c2e/bin:/usr/bin',
      CONCORD_PROMPT_FILE: '/run/7c2e/prompt.md',
      ...identity,
    });
    expect(
      plan({ command: ['x'] }, { line: 'replay/b', store: '/stores/team.git' }).environment,
    ).toMatchObject({ CONCORD_LINE: 'replay/b', CONCORD_STORE: '/stores/team.git' });
  });

  test('is not that of the session or the git around the supervisor', () => {
    const around = {
      GIT_DIR: '/elsewhere',
      GIT_INDEX_FILE: '/elsewhere/index',
      GIT_WORK_TREE: '/',
      GIT_CONFIG_PARAMETERS: "'a.b=c'",
      CLAUDECODE: '1',
      CLAUDE_CODE_SESSION_ID: 'x',
      CLAUDE_CODE_CHILD_SESSION: '1',
      CLAUDE_CODE_ENTRYPOINT: 'cli',
      CLAUDE_CODE_MESSAGING_TOKEN: 'secret',
      CLAUDE_PROJECT_DIR: '/p',
      AI_AGENT: 'claude-code',
      GEMINI_CLI: '1',
      CODEX_SANDBOX: 'seatbelt',
      CONCORD_LINE: 'replay/old',
      CONCORD_STORE: '/old',
      CONCORD_AGENT: 'ann',
    };
    expect(Object.keys(environment({ HOME: '/h', ...around })).sort()).toEqual(
      ['HOME', 'PATH', 'CONCORD_PROMPT_FILE', ...Object.keys(identity)].sort(),
    );
  });

  test('keeps what a person has set a coding agent up with', () => {
    const set = {
      ANTHROPIC_API_KEY: 'k',
      CLAUDE_CONFIG_DIR: '/c',
      CLAUDE_CODE_USE_BEDROCK: '1',
      CLAUDE_CODE_OAUTH_TOKEN: 't',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      GEMINI_API_KEY: 'g',
      GIT_SSH_COMMAND: 'ssh -i key',
    };
    expect(environment(set)).toMatchObject(set);
  });

  test('`concord` in a shell of the session is this Concord, whatever its path contains', () => {
    const launch = plan(
      { command: ['x'] },
      { settings: { program: { node: '/a b/node', script: "/it's/concord.js" } } },
    );
    const shim = launch.files.find(({ executable }) => executable);
    expect(shim).toEqual({
      path: '/run/7c2e/bin/concord',
      text: `#!/bin/sh\nexec '/a b/node' '/it'\\''s/concord.js' "$@"\n`,
      executable: true,
    });
  });
});

test('files are written for the user alone, and what the project brings stays', () => {
  const [directory, cwd] = [tempDirectory(), tempDirectory()];
  const settings = join(cwd, '.gemini/settings.json');
  mkdirSync(join(cwd, '.gemini'));
  writeFileSync(settings, '{}');
  const launch = plan(
    { command: ['gemini'] },
    { directory, cwd, settings: { workTree: { writable: [] } } },
  );
  writeFiles(launch);
  writeFiles(launch);
  const elsewhere = tempDirectory();
  const linked = tempDirectory();
  symlinkSync(elsewhere, join(linked, '.gemini'));
  writeFiles(
    plan(
      { command: ['gemini'] },
      { directory, cwd: linked, settings: { workTree: { writable: [] } } },
    ),
  );
  expect(readdirSync(elsewhere)).toEqual([]);
  expect(readFileSync(settings, 'utf8')).toBe('{}');
  expect(readFileSync(join(cwd, '.gemini/.gitignore'), 'utf8')).toBe('*\n');
  expect(statSync(join(directory, 'bin/concord')).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, 'prompt.md')).mode & 0o777).toBe(0o600);
});

test('the program that runs is named without links', () => {
  const [node, script] = process.argv;
  const link = join(tempDirectory(), 'concord');
  symlinkSync(bin, link);
  process.argv[1] = link;
  try {
    expect(runningProgram()).toEqual({ node: process.execPath, script: realpathSync(bin) });
  } finally {
    process.argv.splice(0, 2, node ?? '', script ?? '');
  }
});
