import type { Client } from '../happening.ts';
import { answerOf, happeningOf } from './fields.ts';

const names = { 'session-start': 'SessionStart', prompt: 'BeforeAgent' } as const;

export const gemini: Client = {
  name: 'gemini',
  environment: () => ({ GEMINI_CLI: '1' }),
  parse: happeningOf,
  // The end of an agent's turn is denied: it goes on, with the reason.
  print: (event, { title: _title, allow: _allow, ...answer }) =>
    answerOf(names, event, answer, 'deny'),
};
