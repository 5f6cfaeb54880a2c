import type { Operation } from '../operations/operation.ts';
import { apiDev, apiDevMends, dbDev, joinTeam, qaDevFails, qaDevPasses } from './demo/agents.ts';
import { ending, onward } from './demo/ending.ts';
import { plan, planFile } from './demo/plan.ts';
import { openStage } from './demo/stage.ts';
import type { Stage } from './demo/stage.ts';
import { teller } from './demo/tell.ts';
import type { Shown, Step, Teller } from './demo/tell.ts';
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
  tell.lines([
    'Concord in one minute: three agents, three processes, and a loop that heals itself.',
  ]);
  const made = await begin(stage);
  const team = await joinTeam(stage);
  const built = Promise.all([apiDev(team.api), dbDev(team.db)]).then(([step]) => step);
  const failed = qaDevFails(team.qa);
  const mended = built.then(() => apiDevMends(team.api));
  const passed = failed.then(() => qaDevPasses(team.qa, stage));
  const acts = begun([built, failed, mended, passed]);
  tell.step({
    text: 'A repository gets a store. Three agents, a process each, only ask for work, publish, and wait.',
    lines: team.lines,
    calls: [made],
  });
  tell.step(await applied(stage));
  await tellAll(tell, acts);
  await team.leave();
  for (const step of await ending(stage)) tell.step(step);
};

/** They act from now on, before anybody looks: what fails meanwhile is found when its turn comes to be told. */
const begun = (actors: readonly Promise<Step>[]): readonly Promise<Step>[] => {
  for (const actor of actors) actor.catch(() => undefined);
  return actors;
};

/** In the order of the story. The first failure of any of them ends it. */
const tellAll = async (tell: Teller, actors: readonly Promise<Step>[]): Promise<void> => {
  const all = Promise.all(actors);
  for (const actor of actors) tell.step(await Promise.race([actor, all.then(() => actor)]));
};

const begin = async (stage: Stage): Promise<Shown> => {
  await stage.prepare();
  const made = await stage.run('concord', 'init');
  made.expect('Made a Concord store');
  return { call: '$ concord init', reply: made.out, lines: 1 };
};

const applied = async (stage: Stage): Promise<Step> => {
  const ran = await stage.run('concord', 'apply', planFile, '--prefix', 'auth/');
  ran.expect('Applied 3 contracts, 1 pipeline.', 'contract-ready auth/setup-schema');
  const lines = plan.trimEnd().split('\n');
  return {
    text: 'The lead says once who does what, and what follows from failing tests. It says nothing more.',
    calls: [
      { call: `$ tail -n 4 ${planFile}`, reply: lines.slice(-4).join('\n') },
      { call: `$ concord apply ${planFile} --prefix auth/`, reply: ran.out, lines: 1 },
    ],
  };
};
