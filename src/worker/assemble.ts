import type { Agent } from '../model/entity.ts';
import { makeContext } from '../operations/context.ts';
import { runPrompt } from '../operations/guide/run.ts';
import type { Context } from '../operations/operation.ts';
import { limitOf } from '../model/budget/gate.ts';
import type { Crew } from './crew.ts';
import { planLaunch } from './launch/launch.ts';
import { runningProgram } from './launch/program.ts';
import { directoryOf, runsIn } from './records.ts';

/** What the user said of how the work is to be done. */
export type HowTo = Pick<
  Crew,
  'parallel' | 'limit' | 'untilIdle' | 'place' | 'leave' | 'report'
> & {
  readonly agents: Crew['agents'];
};

/** Dollars that are left of what the contract may cost: the program is told, where it takes such a limit. */
const dollarsLeft = async (context: Context, id: string): Promise<number | undefined> =>
  (await context.store()).look(context.line, (view) => {
    const contract = view.contract(id);
    const limit = contract && limitOf(view, contract)?.usd;
    const spent = view.spending().contract(id).usd ?? 0;
    return limit !== undefined && limit > spent ? Number((limit - spent).toFixed(6)) : undefined;
  });

/** Puts the parts together for one supervisor. */
export const assemble = async (base: Context, how: HowTo): Promise<Crew> => {
  const store = await base.store();
  const runs = runsIn(store.repository.local);
  const apart = base.separate ? { store: base.location } : {};
  const settings = { program: runningProgram(), inherited: process.env };
  const contextFor: Crew['contextFor'] = ({ id, agent, line }) =>
    makeContext({
      caller: { as: agent, environment: {}, session: id, server: true },
      directory: base.directory,
      ...apart,
      line,
      readFile: (path) => base.readFile(path),
      shared: () => base.store(),
    });
  return {
    ...how,
    base,
    line: base.line,
    runs,
    contextFor,
    plan: async (agent: Agent, record, claim, { cwd, tree, writable }) => {
      const usd = await dollarsLeft(base, record.contract);
      return planLaunch({
        agent,
        contract: record.contract,
        attempt: record.attempt ?? 1,
        ...(usd !== undefined && { usd }),
        prompt: runPrompt(claim, { tree }) ?? '',
        run: record.id,
        line: record.line,
        ...apart,
        directory: directoryOf(runs, record.id),
        cwd,
        settings: { ...settings, ...(writable && { workTree: { writable } }) },
      });
    },
  };
};
