import { concordWords } from './program.ts';
import type { Prepared } from './types.ts';

/** Concord as a server of the client's tools. Some clients hand their environment to nobody, so who the session is stands in the entry. */
export const serverEntry = ({
  settings,
  identity,
}: Prepared): { command: string; args: string[]; env: Record<string, string> } => {
  const [command, ...args] = concordWords(settings.program, 'mcp');
  return { command, args, env: { ...identity } };
};
