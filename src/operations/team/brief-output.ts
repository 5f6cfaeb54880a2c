import type { CodeSince } from '../../store/code-since.ts';
import type { Gone, Noted } from '../continuity/journal.ts';
import type { News } from '../continuity/news.ts';
import type { Stood } from '../continuity/stood.ts';
import type { ContractLine } from '../contract/shown.ts';
import type { InboxItem } from '../inbox/item.ts';
import type { Contracts } from './state.ts';

export type BriefOutput = {
  readonly agent: string;
  readonly role: string | null;
  readonly line: string;
  /** What this session holds. */
  readonly holds: readonly ContractLine[];
  /** What sessions of the same name hold, this one not being theirs. */
  readonly elsewhere: readonly ContractLine[];
  readonly ready: readonly ContractLine[];
  /** Given to it, and not ready yet. */
  readonly later: readonly ContractLine[];
  readonly inbox: readonly InboxItem[];
  readonly unread: number;
  readonly team: Contracts;
  readonly stale: number;
  readonly recent: readonly { readonly time: string; readonly subject: string }[];
  /** Names that work is ready for, told to a session that has none of its own. */
  readonly unserved: readonly string[];
  /** What the news begin with: when this agent was told last, or what it asked for; null for one that has never been told. */
  readonly since: string | null;
  readonly news: News | null;
  /** The newest of the journal, for who has never been told. */
  readonly journal: { readonly decisions: readonly Noted[]; readonly patterns: readonly Noted[] };
  /** What is remembered and does not hold any more. */
  readonly gone: readonly Gone[];
  readonly code: CodeSince | null;
  /** Where the agent's last session ended. */
  readonly stood: Stood | null;
};
