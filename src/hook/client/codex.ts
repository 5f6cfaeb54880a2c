import type { Client } from '../happening.ts';
import { answerOf, happeningOf } from './fields.ts';

const names = { 'session-start': 'SessionStart', prompt: 'UserPromptSubmit' } as const;

/** It has taken over the forms of Claude Code, without titles and permissions. */
export const codex: Client = {
  name: 'codex',
  environment: () => ({}),
  parse: happeningOf,
  print: (event, { title: _title, allow: _allow, ...answer }) =>
    answerOf(names, event, answer, 'block'),
};
