import { claude } from './claude.ts';
import { codex } from './codex.ts';
import { cursor } from './cursor.ts';
import type { ClientPlans } from './entry.ts';
import { gemini } from './gemini.ts';
import { opencode } from './opencode.ts';

/** What each client needs. */
export const plans: ClientPlans = { claude, codex, gemini, opencode, cursor };
