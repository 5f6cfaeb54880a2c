import fs from 'node:fs';
import { join } from 'node:path';
import { lists } from '../model/contract/keys.ts';
import { quietly } from '../operations/session/local-file.ts';
import type { Crew } from './crew.ts';
import type { Run as Attended } from './run.ts';
import type { Run, WorkerState } from './state.ts';
import type { Supervisor } from './supervisor.ts';

/** How a supervisor stands now, for a view of it. */
export const stateOf = async (
  { base, line, parallel }: Crew,
  { phase, runs, endings }: Supervisor,
): Promise<WorkerState> => {
  const store = await base.store();
  return store.look(line, (view, facts) => {
    const count = (status: string): number => facts.contracts.count(line, lists.status(status));
    const limit = view.budget()?.total.usd;
    const spent = view.spending().total().usd;
    return {
      line,
      phase,
      runs: runs.map((run) => runShown(run)),
      parallel,
      endings,
      counts: {
        ready: count('ready'),
        waiting: count('pending'),
        completed: count('completed'),
        failed: count('failed'),
      },
      ...((limit !== undefined || spent !== undefined) && {
        budget: { spent: spent ?? 0, ...(limit !== undefined && { limit }) },
      }),
    };
  });
};

export const runShown = ({ record, directory }: Attended): Run => {
  const { id, agent, contract, attempt = 1 } = record;
  const began = Date.parse(record.began);
  const output = join(directory, 'output');
  const heard = quietly(began, () => Math.max(began, fs.statSync(output).mtimeMs));
  return { id, agent, contract, attempt, began, heard };
};
