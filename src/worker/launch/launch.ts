import { join } from 'node:path';
import { printable } from '../../model/text.ts';
import { claudeLaunch } from './claude.ts';
import { clientOf } from './client.ts';
import { codexLaunch } from './codex.ts';
import { environmentOf } from './environment.ts';
import type { Identity } from './environment.ts';
import { geminiLaunch } from './gemini.ts';
import { plainLaunch } from './plain.ts';
import { concordWords } from './program.ts';
import type { Program } from './program.ts';
import type { Launch, LaunchRequest } from './types.ts';

const lines = {
  claude: claudeLaunch,
  codex: codexLaunch,
  gemini: geminiLaunch,
  none: plainLaunch,
} as const;

/** From an agent's command to the start of a session for a contract. Pure: it is the caller who writes the files and starts the program. */
export const planLaunch = (request: LaunchRequest): Launch => {
  const { agent, contract, attempt, run, line, store, directory, cwd, settings } = request;
  const { kind, extra } = clientOf(agent);
  // An argument cannot hold every character, and nothing that steers a terminal is to reach a log.
  const prompt = printable(request.prompt);
  const promptFile = join(directory, 'prompt.md');
  const bin = join(directory, 'bin');
  const identity: Identity = {
    CONCORD_AGENT: agent.name,
    CONCORD_SESSION: run,
    CONCORD_CONTRACT: contract,
    CONCORD_ATTEMPT: String(attempt),
    CONCORD_WORK: '1',
    CONCORD_RUN: run,
    ...(line !== 'main' && { CONCORD_LINE: line }),
    ...(store !== undefined && { CONCORD_STORE: store }),
  };
  const made = lines[kind]({ ...request, prompt, identity, extra });
  return {
    words: made.words,
    environment: {
      ...environmentOf(settings.inherited, bin),
      ...identity,
      CONCORD_PROMPT_FILE: promptFile,
      ...made.environment,
    },
    cwd,
    stdin: made.stdin,
    files: [
      { path: promptFile, text: prompt },
      { path: join(bin, 'concord'), text: shim(settings.program), executable: true },
      ...(made.files ?? []),
    ],
    usage: kind,
  };
};

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** So that `concord` in a shell of the session is this Concord, too. */
const shim = (program: Program): string =>
  `#!/bin/sh\nexec ${concordWords(program).map(quoted).join(' ')} "$@"\n`;
