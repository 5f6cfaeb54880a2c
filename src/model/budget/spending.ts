import { highest, nothing, plus } from './amount.ts';
import type { Amount } from './amount.ts';

/** Something used up by work on a contract, or without one by what watches over the work. */
export type Usage = {
  readonly contract?: string;
  readonly attempt?: number;
  /** What it adds to what was spent before. */
  readonly amount: Amount;
  /** Under this name it counts once. */
  readonly report?: string;
  readonly session?: string;
  /** What the session has used since it began, where it said that. */
  readonly totals?: Amount;
};

export type UsageRecorded = { readonly type: 'usage-recorded'; readonly usage: Usage };

/** What an event of usage is about where it is about no contract. */
export const monitoring = 'monitoring';

export const usedFor = ({ contract }: Usage): string => contract ?? monitoring;

/** A report that has been counted: for what, and which numbers it gave. */
export type Reported = { readonly usedFor: string; readonly said: Amount };

export const reportedBy = (usage: Usage): Reported => ({
  usedFor: usage.contract === undefined ? monitoring : `contract ${usage.contract}`,
  said: usage.totals ?? usage.amount,
});

export type AttemptSpent = { readonly attempt: number; readonly spent: Amount };

/** What was spent on a line. It only ever grows: it stands in no file, so nothing that is brought back takes it away. */
export interface Spending {
  total(): Amount;
  monitoring(): Amount;
  contract(id: string): Amount;
  /** Every contract for which something was spent. */
  contracts(): Iterable<readonly [id: string, spent: Amount]>;
  attempts(id: string): readonly AttemptSpent[];
  reported(report: string): Reported | undefined;
  /** The highest totals that a session has said. */
  session(name: string): Amount | undefined;
}

export const nothingSpent: Spending = {
  total: () => nothing,
  monitoring: () => nothing,
  contract: () => nothing,
  contracts: () => [],
  attempts: () => [],
  reported: () => undefined,
  session: () => undefined,
};

/** What was spent, and what has come to it since. */
export const withUsage = (base: Spending, since: readonly Usage[]): Spending => {
  if (since.length === 0) return base;
  const of = (wanted: (usage: Usage) => boolean, before: Amount): Amount =>
    since.filter(wanted).reduce((sum, { amount }) => plus(sum, amount), before);
  const spending: Spending = {
    total: () => of(() => true, base.total()),
    monitoring: () => of(({ contract }) => contract === undefined, base.monitoring()),
    contract: (id) => of(({ contract }) => contract === id, base.contract(id)),
    contracts: () => {
      const before = [...base.contracts()].map(([id]) => id);
      const here = since.flatMap(({ contract }) => contract ?? []);
      return [...new Set([...before, ...here])]
        .sort()
        .map((id) => [id, spending.contract(id)] as const);
    },
    attempts: (id) => {
      const before = new Map(base.attempts(id).map(({ attempt, spent }) => [attempt, spent]));
      for (const { contract, attempt = 1, amount } of since)
        if (contract === id) before.set(attempt, plus(before.get(attempt) ?? nothing, amount));
      return [...before]
        .map(([attempt, spent]) => ({ attempt, spent }))
        .sort((a, b) => a.attempt - b.attempt);
    },
    reported: (report) => {
      const here = since.find((usage) => usage.report === report);
      return here ? reportedBy(here) : base.reported(report);
    },
    session: (name) =>
      since
        .flatMap(({ session, totals }) => (session === name && totals ? [totals] : []))
        .reduce<Amount | undefined>(
          (before, totals) => highest(before ?? nothing, totals),
          base.session(name),
        ),
  };
  return spending;
};
