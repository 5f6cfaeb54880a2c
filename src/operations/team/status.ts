import { isNothing } from '../../model/budget/amount.ts';
import { overBudget, standingOf } from '../budget/report.ts';
import type { OverBudget, Standing } from '../budget/report.ts';
import { defineOperation } from '../operation.ts';
import { line } from '../schema.ts';
import { contractsOf } from './state.ts';
import type { Contracts, Ready, Running } from './state.ts';
import { staleRefs } from './stale.ts';
import { renderStatus } from './status-text.ts';

export type StatusOutput = {
  readonly line: string;
  readonly contracts: Contracts['counts'];
  readonly artifacts: number;
  readonly agents: readonly string[];
  readonly stale: readonly string[];
  readonly staleTotal: number;
  readonly needsYou: Contracts['failed'];
  /** Pipelines that do not run, and why. */
  readonly paused: readonly { readonly id: string; readonly reason: string }[];
  readonly pausedTotal: number;
  /** What the line has cost; null where it has cost nothing and has no budget. */
  readonly budget: Standing | null;
  /** Open contracts that have used up their part of it. */
  readonly overBudget: readonly OverBudget[];
  readonly overBudgetTotal: number;
  readonly inProgress: readonly Running[];
  readonly ready: readonly Ready[];
  readonly waiting: Contracts['waiting'];
  /** Newest first. */
  readonly recent: readonly {
    readonly commit: string;
    readonly agent: string;
    readonly time: string;
    readonly subject: string;
  }[];
  readonly warning?: string;
};

const shownRecent = 8;
const shownStale = 5;
const shownContracts = 8;

export const teamStatus = defineOperation({
  name: 'team_status',
  summary: 'Show the state of the team: who does what, what is ready, what waits and why.',
  input: { type: 'object', properties: { line }, additionalProperties: false },
  readOnly: true,
  profile: 'cli',
  commands: [{ path: 'status' }],
  run: async (_input, context): Promise<StatusOutput> => {
    const store = await context.store();
    const name = context.line;
    return store.look(name, (view, facts) => {
      const stale = staleRefs(store, facts, name);
      const illegal = facts.head(name)?.illegal;
      const looking = { view, facts, line: name, conditions: store.conditions, now: store.now() };
      const { counts, failed, running, ready, waiting } = contractsOf(looking, shownContracts);
      const paused = view
        .pipelines()
        .flatMap((one) => (one.paused ? [{ id: one.id, reason: one.paused.text }] : []));
      const over = overBudget(view);
      const whole = standingOf(view.spending().total(), view.budget()?.total);
      return {
        line: name,
        contracts: counts,
        artifacts: facts.latestCount(name),
        agents: view.agents().map((agent) => agent.name),
        stale: stale.slice(0, shownStale),
        staleTotal: stale.length,
        needsYou: failed,
        paused: paused.slice(0, shownContracts),
        pausedTotal: paused.length,
        budget: whole.limit === null && isNothing(whole.spent) ? null : whole,
        overBudget: over.slice(0, shownContracts),
        overBudgetTotal: over.length,
        inProgress: running,
        ready,
        waiting,
        recent: facts
          .entries(name, { limit: shownRecent })
          .map(({ oid, agent, time, subject }) => ({ commit: oid, agent, time, subject })),
        ...(illegal && {
          warning: `The newest commits break the rules and are not applied: ${illegal.why}.`,
        }),
      };
    });
  },
  render: renderStatus,
});
