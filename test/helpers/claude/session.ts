import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { bin } from '../cli.ts';
import { fileIn, makeHome } from './home.ts';
import type { Home } from './home.ts';
import type { Model } from './model.ts';
import { programOf } from './program.ts';
import { until } from './until.ts';

/** The real program; undefined where it cannot be had. */
export const claude = programOf('claude');

/** A model that Claude Code has prices for. */
const modelName = 'claude-sonnet-5';
const apiKey = 'sk-ant-fake-0123456789abcdef0123';

/** A home with Claude Code in it, which knows no other model than the scripted one. */
export const claudeHome = (model: Model, env: NodeJS.ProcessEnv = {}): Home => {
  const home = makeHome({ claude: claude ?? '' });
  return {
    ...home,
    env: {
      ...home.env,
      DISABLE_AUTOUPDATER: '1',
      DISABLE_TELEMETRY: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: apiKey,
      ANTHROPIC_MODEL: modelName,
      ...env,
    },
  };
};

/** The options that connect a session with Concord and with nothing else. */
export const concordOnly = (home: Home, ...args: readonly string[]): string[] => {
  const concord = { type: 'stdio', command: process.execPath, args: [bin, 'mcp', ...args] };
  const file = fileIn(home, 'mcp.json', { mcpServers: { concord } });
  return ['--mcp-config', file, '--strict-mcp-config', '--allowedTools', 'mcp__concord'];
};

/** A line of the program's output. */
export type Line = {
  readonly type: string;
  readonly subtype?: string;
  readonly [key: string]: unknown;
};

/** What the program says at the end of a run. */
export type Result = Line & {
  readonly result: string;
  readonly is_error: boolean;
  readonly session_id: string;
  readonly total_cost_usd: number;
  readonly permission_denials: readonly unknown[];
};

export type Ended = {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
};

export type Run = {
  readonly child: ChildProcess;
  /** All that came so far, line by line. */
  readonly lines: Line[];
  readonly ended: Promise<Ended>;
  /** The result of the n-th turn; waits for it. */
  readonly result: (turn?: number) => Promise<Result>;
};

const linesOf = (text: string): Line[] =>
  text.split('\n').flatMap((line) => {
    try {
      return line.startsWith('{') ? [JSON.parse(line) as Line] : [];
    } catch {
      return [];
    }
  });

/** Starts the program. Its own output is read as it comes. */
export const start = (
  home: Home,
  directory: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  input = false,
): Run => {
  const child = spawn(claude ?? '', args, {
    cwd: directory,
    env: { ...home.env, ...env },
    stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  const lines: Line[] = [];
  let out = '';
  let rest = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
    const end = (rest + chunk).lastIndexOf('\n') + 1;
    lines.push(...linesOf((rest + chunk).slice(0, end)));
    rest = (rest + chunk).slice(end);
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (err += chunk));
  let over: Ended | undefined;
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code) => resolve((over = { code, out, err }))),
  );
  const result = (turn = 1): Promise<Result> =>
    until(`the result of turn ${turn}`, () => {
      const found = lines.filter(({ type }) => type === 'result')[turn - 1];
      if (found === undefined && over) throw new Error(`no result: ${JSON.stringify(over)}`);
      return found as Result | undefined;
    });
  return { child, lines, ended, result };
};

const streaming = ['-p', '--verbose', '--output-format', 'stream-json'];

/** One prompt without a terminal: the run ends by itself. */
export const headless = async (
  home: Home,
  directory: string,
  prompt: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended & { readonly result: Result; readonly lines: readonly Line[] }> => {
  const run = start(home, directory, [...streaming, ...args, '--', prompt], env);
  const result = await run.result();
  return { ...(await run.ended), result, lines: run.lines };
};

export type Live = Run & {
  /** The user says something. */
  readonly say: (text: string) => void;
  /** The user leaves. */
  readonly leave: () => Promise<Ended>;
};

/** A session that stays open: it takes prompts from its standard input until that ends. */
export const live = (
  home: Home,
  directory: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Live => {
  const run = start(
    home,
    directory,
    [...streaming, '--input-format', 'stream-json', ...args],
    env,
    true,
  );
  const say = (text: string): void => {
    const message = { type: 'user', message: { role: 'user', content: text } };
    run.child.stdin?.write(`${JSON.stringify(message)}\n`);
  };
  const leave = (): Promise<Ended> => {
    run.child.stdin?.end();
    return run.ended;
  };
  return { ...run, say, leave };
};
