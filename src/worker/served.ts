import { createInterface } from 'node:readline/promises';
import type { Agent } from '../model/entity.ts';
import { ConcordError, invalid } from '../model/error.ts';
import { oneLine, shown } from '../model/text.ts';
import { agentOf } from '../operations/team/agent.ts';
import { isTrusted, trust } from '../operations/team/trusted.ts';
import type { Context } from '../operations/operation.ts';

/** `qa-dev=./run-tests`: what the user wrote is the user's own, a line for the shell or the name of a coding agent. */
export const agentsSaid = (values: readonly string[], now: string): readonly Agent[] =>
  values.map((value) => {
    const at = value.indexOf('=');
    if (at <= 0)
      throw invalid('--agent', "name=command, such as 'qa-dev=./run-tests'", shown(value));
    return agentOf({ name: value.slice(0, at), command: value.slice(at + 1) }, now, undefined);
  });

/** Agents of the store that come with a command; those that the user named stand for themselves. */
const stored = async (context: Context, said: readonly Agent[]): Promise<readonly Agent[]> => {
  const store = await context.store();
  const own = new Set(said.map(({ name }) => name));
  return store.look(context.line, (view) =>
    view.agents().filter(({ name, command }) => command !== undefined && !own.has(name)),
  );
};

const commandWords = ({ command = [] }: Agent): string =>
  oneLine(
    command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' '),
    300,
  );

/** What it would run, for a person to read before it does. */
export const listed = (agents: readonly Agent[]): readonly string[] =>
  agents.map((agent) => {
    const { name, tools, permissionMode } = agent;
    const more = [
      ...(tools ? [`tools ${tools.join(', ')}`] : []),
      ...(permissionMode ? [`permission mode ${permissionMode}`] : []),
    ];
    return `  ${name}: ${commandWords(agent)}${more.length > 0 ? oneLine(` (${more.join('; ')})`, 200) : ''}`;
  });

export type Asking = {
  readonly yes: boolean;
  /** Asks a person; undefined where there is nobody to ask. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
};

/** On the terminal, beside what the program prints. */
export const askOnTerminal = async (question: string): Promise<boolean> => {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(question)).trim());
  } finally {
    lines.close();
  }
};

/**
 * Whom a supervisor starts commands for. Commands that stand in the store are run only where this user has applied them here, or says so now;
 * one that changes later is not run before it was looked at.
 */
export const serving = async (
  context: Context,
  said: readonly Agent[],
  asking: Asking,
  note: (text: string) => void,
): Promise<() => Promise<readonly Agent[]>> => {
  const store = await context.store();
  const { local } = store.repository;
  const first = await stored(context, said);
  if (first.length + said.length === 0)
    throw new ConcordError('INVALID', 'There is no agent with a command; nothing was started.', {
      hint: 'Commands stand in a team file (agents: [{name, command}]), or are given with --agent.',
      next: "concord run --agent 'api-dev=claude'",
    });
  const unknown = first.filter((agent) => !isTrusted(local, agent));
  if (unknown.length > 0) {
    await confirm(unknown, asking);
    for (const agent of unknown) trust(local, agent);
  }
  const refused = new Set<string>();
  return async () => {
    const now = await stored(context, said);
    for (const agent of now.filter((one) => !isTrusted(local, one))) {
      const words = commandWords(agent);
      if (refused.has(words)) continue;
      refused.add(words);
      note(
        `${agent.name} is not started: its command is new here (${words}). Start again to confirm it.`,
      );
    }
    return [...said, ...now.filter((agent) => isTrusted(local, agent))];
  };
};

const confirm = async (unknown: readonly Agent[], { yes, ask }: Asking): Promise<void> => {
  if (yes) return;
  const lines = listed(unknown).join('\n');
  const question = `These commands stand in the store and have not been run here before:\n${lines}\nRun them? [y/N] `;
  if (ask && (await ask(question))) return;
  throw new ConcordError(
    'NOT_ALLOWED',
    `Commands that stand in the store have not been run here before; nothing was started.\n${lines}`,
    {
      hint: 'Whoever wrote the store wrote them. Read them first; --yes runs them.',
      next: 'concord agent list',
    },
  );
};
