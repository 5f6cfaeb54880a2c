import { join } from 'node:path';
import { hooksFor } from '../../operations/client/hooks.ts';
import { concordWords } from './program.ts';
import type { Line, Prepared } from './types.ts';
import { promptLimit } from './limit.ts';
import { serverEntry } from './server.ts';

/**
 * Gemini CLI, once, without a person. It reads settings from fixed places only: a work tree of the supervisor's own gets a file of its
 * own, which git does not see. Elsewhere, and where the project brings such a file, Concord has to be set up in it.
 */
export const geminiLaunch = (prepared: Prepared): Line => {
  const { agent, cwd, settings, prompt, extra } = prepared;
  const place = join(cwd, '.gemini');
  const isShort = Buffer.byteLength(prompt) <= promptLimit;
  const { command, args, env } = serverEntry(prepared);
  // By name, not by value: the file outlives the run, and is found again by the next one.
  const named = Object.fromEntries(Object.keys(env).map((name) => [name, `$${name}`]));
  const content = {
    mcpServers: { concord: { command, args, env: named, trust: true } },
    hooks: hooksFor('gemini', concordWords(settings.program)),
  };
  return {
    words: [
      'gemini',
      '--output-format',
      'json',
      '--skip-trust',
      '--approval-mode',
      modes[agent.permissionMode ?? 'default'],
      ...(agent.model === undefined ? [] : ['--model', agent.model]),
      ...(agent.tools ?? []).flatMap((tool) => ['--allowed-tools', tool]),
      ...extra,
      // One word: a prompt that begins with "-" is no option then.
      `--prompt=${isShort ? prompt : ''}`,
    ],
    ...(!isShort && { stdin: prompt }),
    // The option alone comes too late for the settings of the directory.
    environment: { GEMINI_CLI_TRUST_WORKSPACE: 'true' },
    ...(settings.workTree && {
      files: [
        { path: join(place, '.gitignore'), text: '*\n', unlessThere: true },
        {
          path: join(place, 'settings.json'),
          text: `${JSON.stringify(content, null, 2)}\n`,
          unlessThere: true,
        },
      ],
    }),
  };
};

const modes = {
  default: 'default',
  dontAsk: 'default',
  acceptEdits: 'auto_edit',
  auto: 'auto_edit',
  bypassPermissions: 'yolo',
  plan: 'plan',
} as const;
