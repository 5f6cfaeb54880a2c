import { join } from 'node:path';
import { hooksFor } from '../../operations/client/hooks.ts';
import { concordWords } from './program.ts';
import type { Line, Prepared } from './types.ts';
import { promptLimit } from './limit.ts';
import { serverEntry } from './server.ts';

/** Gemini CLI, once, without a person. Its settings of the system's defaults are the only ones that a caller can name. */
export const geminiLaunch = (prepared: Prepared): Line => {
  const { agent, directory, settings, prompt, extra } = prepared;
  const path = join(directory, 'gemini.json');
  const isShort = Buffer.byteLength(prompt) <= promptLimit;
  const content = {
    mcpServers: { concord: { ...serverEntry(prepared), trust: true } },
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
    environment: { GEMINI_CLI_SYSTEM_DEFAULTS_PATH: path },
    files: [{ path, text: `${JSON.stringify(content, null, 2)}\n` }],
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
