import { contractOf } from '../contract/find.ts';
import { ConcordError, invalid } from '../error.ts';
import type { Event } from '../event.ts';
import { canonical } from '../json.ts';
import { shown } from '../text.ts';
import type { View } from '../view.ts';
import { amountText, isNothing, minus, nothing, positive } from './amount.ts';
import type { Amount } from './amount.ts';
import { reportedBy } from './spending.ts';
import type { Usage } from './spending.ts';

/** What was used, as a hook, a worker or a person reports it. */
export type UsageReport = {
  /** Without one it is for monitoring. */
  readonly contractId?: string | undefined;
  readonly attempt?: number | undefined;
  readonly amount: Amount;
  readonly report?: string | undefined;
  readonly session?: string | undefined;
  /** The numbers are what the session has used since it began. */
  readonly cumulative?: boolean | undefined;
};

export type Recorded = {
  readonly events: readonly Event[];
  /** What was counted; nothing where the report says nothing new. */
  readonly counted: Amount;
};

const mark = /^[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,127}$/;

/** Names that stand in a trailer: such words as sessions and reports are known by. */
export const isMark = (text: string): boolean => mark.test(text);

const checkMark = (text: string | undefined, field: string): void => {
  if (text !== undefined && !isMark(text))
    throw invalid(field, '1 to 128 letters, digits and . _ : @ / + -', shown(text));
};

/** Counts usage once: a report that is known, or totals that a session has said before, add nothing. */
export const recordUsage = (view: View, said: UsageReport): Recorded => {
  const { contractId, amount, report, session, cumulative } = said;
  checkMark(report, 'report');
  checkMark(session, 'session');
  if (cumulative && session === undefined)
    throw invalid('session', 'given with cumulative: totals are those of a session', 'nothing');
  const contract = contractId === undefined ? undefined : contractOf(view, contractId);
  const usage: Usage = {
    ...(contract && { contract: contract.id, attempt: said.attempt ?? contract.attempt }),
    amount: cumulative ? positive(minus(amount, seen(view, session))) : positive(amount),
    ...(report !== undefined && { report }),
    ...(session !== undefined && { session }),
    ...(cumulative && { totals: amount }),
  };
  if (report !== undefined && isKnown(view, report, usage)) return { events: [], counted: nothing };
  if (isNothing(usage.amount)) return { events: [], counted: nothing };
  return { events: [{ type: 'usage-recorded', usage }], counted: usage.amount };
};

/** Zero where the session has said nothing: all it has used is new. */
const seen = (view: View, session: string | undefined): Amount =>
  session === undefined ? nothing : (view.spending().session(session) ?? nothing);

/** Whether the report was counted before. One that says something else under the same name is refused. */
const isKnown = (view: View, report: string, usage: Usage): boolean => {
  const before = view.spending().reported(report);
  if (!before) return false;
  const now = reportedBy(usage);
  if (canonical(before) === canonical(now)) return true;
  throw new ConcordError(
    'CONFLICT',
    `The report ${report} was recorded before, for ${before.usedFor} with ${amountText(before.said)}; nothing was recorded.`,
    {
      hint: 'A report counts once. What is new needs another report id.',
      next: { operation: 'budget_show', input: {} },
    },
  );
};
