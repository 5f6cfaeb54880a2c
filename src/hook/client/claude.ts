import type { Client } from '../happening.ts';
import { answerOf, happeningOf } from './fields.ts';

const names = {
  'session-start': 'SessionStart',
  prompt: 'UserPromptSubmit',
  'pre-tool': 'PreToolUse',
} as const;

export const claude: Client = {
  name: 'claude',
  environment: (session) => ({ CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: session }),
  parse: happeningOf,
  print: (event, answer) => answerOf(names, event, answer, 'block'),
};
