import type { Operation } from '../operations/operation.ts';
import { apiDev, changedSchema, dbDev, joinTeam, qaDev } from './demo/agents.ts';
import { ending, onward } from './demo/ending.ts';
import { openStage } from './demo/stage.ts';
import type { Stage } from './demo/stage.ts';
import { teller } from './demo/tell.ts';
import type { Step, Teller } from './demo/tell.ts';
import { cliSpeak, commandLine } from './speak.ts';

export type DemoOptions = {
  /** Remove the directory at the end. */
  readonly clean: boolean;
  readonly colour: boolean;
  readonly operations: readonly Operation[];
};

const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Plays a day of a small team with real processes, and checks all that it shows; returns the exit code. */
export const demo = async ({ clean, colour, operations }: DemoOptions): Promise<number> => {
  const stage = openStage();
  const tell = teller(cliSpeak((call) => commandLine(operations, {}, call), colour, Date.now()));
  const left = clean ? 'Its directory is removed.' : `Its directory stays: ${stage.directory}`;
  const leave = (): void => stage.close(clean);
  let stopped = false;
  process.once('exit', leave);
  for (const [signal, code] of Object.entries(signals)) {
    process.once(signal, () => {
      stopped = true;
      tell.hush();
      process.stderr.write(`\nThe demo was stopped. ${left}\n`);
      void stage.end().finally(() => process.exit(code));
    });
  }
  try {
    await play(stage, tell);
    tell.lines(clean ? ['', `Removed ${stage.directory}, as --clean asked.`] : await onward(stage));
    return 0;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!stopped) process.stderr.write(`\nThe demo failed: ${reason}\n${left}\n`);
    return 1;
  } finally {
    await stage.end();
    leave();
    process.off('exit', leave);
  }
};

const play = async (stage: Stage, tell: Teller): Promise<void> => {
  tell.lines(['Concord in one minute: three agents, three processes, one git repository.']);
  tell.step(await begin(stage));
  const team = await joinTeam(stage);
  tell.step({
    text: 'Three agents work at the same time. They never talk to each other: the store is all they share.',
    lines: team.lines,
  });
  const actors = [dbDev(stage), apiDev(team.api), qaDev(team.qa)];
  const all = Promise.all(actors);
  // In the order of the story. The first failure of any of them ends it.
  for (const actor of actors) {
    tell.step(await Promise.race([actor, all.then(() => actor)]));
  }
  await team.leave();
  tell.step(await changedSchema(stage));
  for (const step of await ending(stage)) tell.step(step);
};

const begin = async (stage: Stage): Promise<Step> => {
  await stage.prepare();
  const made = await stage.run('concord', 'init');
  made.expect('Made a Concord store');
  return {
    text: 'A new repository of its own gets a store: one git ref beside its branches, and no server.',
    calls: [{ call: '$ concord init', reply: made.out, lines: 1 }],
  };
};
