import { apiDev, apiDevMends, dbDev, joinTeam, qaDevFails, qaDevPasses } from './agents.ts';
import { ending, healingTries } from './ending.ts';
import { begin } from './begin.ts';
import { plan, planFile } from './plan.ts';
import type { Stage } from './stage.ts';
import type { Story } from './story.ts';
import type { Step, Teller } from './tell.ts';

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

/** Tests fail, and the team heals itself. */
export const healing: Story = { plan, play, tries: healingTries };
